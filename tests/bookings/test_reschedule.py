"""Moving a paid session: the same session at another time, within the policy's limits, and at no loss to whoever was moved."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mentormap.accounts.models import User
from mentormap.availability.models import BookingRules, ReservedCell
from mentormap.bookings import cancellation, lifecycle
from mentormap.bookings.checkout import book
from mentormap.bookings.lifecycle import MoveLost
from mentormap.bookings.models import Session
from mentormap.bookings.reschedule import (
    CannotMove,
    MovedMeanwhile,
    TooLateToMove,
    check_movable,
    reschedule,
    slot_inputs,
)
from mentormap.bookings.slots.finder import DayFull, OffGrid, OutsideHours, PastTime, TimeTaken
from mentormap.lib.spans import cells
from mentormap.mentors.models import Mentor
from mentormap.notifications.models import Delivery, Notice
from tests import make
from tests.conftest import StandingClock, Stripe

pytestmark = pytest.mark.django_db
QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)
THURSDAY_14 = datetime(2026, 11, 26, 14, 0, tzinfo=UTC)
FRIDAY_14 = THURSDAY_14 + timedelta(days=1)


@pytest.fixture
def maya(db: None) -> Mentor:
    return make.mentor()


@pytest.fixture
def booked(sam: User, maya: Mentor) -> Session:
    """Sam with Maya on Thursday at 14:00 UTC; it is Monday, 9:00."""
    return make.session(student=sam, mentor=maya, starts_at=THURSDAY_14)


def reserved(session: Session) -> list[datetime]:
    rows = ReservedCell.objects.filter(session_id=session.pk).order_by("starts_at")
    return list(rows.values_list("starts_at", flat=True))


def by_student(session: Session, starts_at: datetime, now: datetime, **more: Any) -> Session:
    return reschedule(make.current(session), actor=session.student, starts_at=starts_at, now=now, **more)


def by_mentor(session: Session, starts_at: datetime, now: datetime) -> Session:
    return reschedule(make.current(session), actor=session.mentor.user, starts_at=starts_at, now=now)


def test_it_is_the_same_session_at_another_time(booked: Session, now: datetime) -> None:
    moved = by_student(booked, FRIDAY_14, now)
    assert (moved.pk, moved.uid, moved.sequence) == (booked.pk, booked.uid, 1)
    assert (moved.scheduled_at, moved.ends_at) == (FRIDAY_14, FRIDAY_14 + HOUR)
    assert (moved.status, moved.payment_status, moved.money) == ("scheduled", "paid", booked.money)
    assert moved.payment_id == booked.payment_id
    assert reserved(moved) == [FRIDAY_14 + step * QUARTER for step in range(4)]


def test_the_move_is_remembered(booked: Session, now: datetime) -> None:
    by_student(booked, FRIDAY_14, now)
    row = booked.history.latest("pk")
    assert (row.at, row.actor, row.from_start, row.to_start) == (now, booked.student, THURSDAY_14, FRIDAY_14)
    assert (row.from_status, row.from_payment_status) == (row.to_status, row.to_payment_status)


def test_it_may_overlap_itself_and_takes_what_it_lacks_alone(booked: Session, now: datetime) -> None:
    kept = set(ReservedCell.objects.filter(starts_at__gte=THURSDAY_14 + 2 * QUARTER).values_list("pk"))
    moved = by_student(booked, THURSDAY_14 + 2 * QUARTER, now)
    assert reserved(moved) == [THURSDAY_14 + step * QUARTER for step in range(2, 6)]
    assert kept <= set(ReservedCell.objects.values_list("pk"))


def test_buffers_move_along_as_the_mentor_has_them_now(booked: Session, now: datetime) -> None:
    BookingRules.objects.update(buffer_before_minutes=15, buffer_after_minutes=30)
    moved = by_student(booked, FRIDAY_14, now)
    assert reserved(moved) == cells(moved.reserved)
    assert (moved.reserves_from, moved.reserves_to) == (FRIDAY_14 - QUARTER, FRIDAY_14 + HOUR + 2 * QUARTER)


def test_to_the_time_that_it_has_it_comes_back_unchanged(booked: Session, now: datetime) -> None:
    assert by_student(booked, THURSDAY_14, now).sequence == 0
    assert booked.history.count() == 1
    assert Notice.objects.count() == 0
    late = THURSDAY_14 - HOUR
    assert by_student(booked, THURSDAY_14, late).sequence == 0


@pytest.mark.parametrize(
    ("status", "payment_status"),
    [("scheduled", "pending"), ("cancelled", "pending"), ("cancelled", "paid"), ("completed", "paid")],
)
def test_only_what_is_booked_can_be_moved(
    sam: User, maya: Mentor, now: datetime, status: str, payment_status: str
) -> None:
    session = make.session(
        student=sam, mentor=maya, starts_at=THURSDAY_14, status=status, payment_status=payment_status
    )
    for starts_at in (FRIDAY_14, THURSDAY_14):
        with pytest.raises(CannotMove):
            by_student(session, starts_at, now)


def test_what_has_started_cannot_be_moved(booked: Session) -> None:
    with pytest.raises(CannotMove):
        by_student(booked, THURSDAY_14, THURSDAY_14)


def test_the_limit_counts_from_the_present_start(booked: Session, clock: StandingClock) -> None:
    """A move puts it off; the last instant still counts."""
    moved = by_mentor(booked, FRIDAY_14, clock.now)
    limit = FRIDAY_14 - timedelta(hours=24)
    check_movable(moved, now=limit)
    with pytest.raises(TooLateToMove) as refused:
        by_student(moved, FRIDAY_14 + HOUR, limit + timedelta.resolution)
    assert refused.value.until == limit


def test_the_limit_is_that_of_the_purchase(sam: User, maya: Mentor, now: datetime) -> None:
    Mentor.objects.update(reschedule_hours=100)
    maya.refresh_from_db()
    session = make.session(student=sam, mentor=maya, starts_at=THURSDAY_14)
    Mentor.objects.update(reschedule_hours=0)
    with pytest.raises(TooLateToMove, match="until 100 hours before its start"):
        by_student(session, FRIDAY_14, now)


def test_policies_that_are_older_than_the_limit_have_24_hours(booked: Session, now: datetime) -> None:
    Session.objects.update(policy={"full_refund_hours": 24, "late_refund_percent": 50})
    assert make.current(booked).movable_until == THURSDAY_14 - timedelta(hours=24)


@pytest.mark.parametrize(
    ("starts_at", "refusal"),
    [
        (THURSDAY_14 - timedelta(days=6), PastTime),
        (FRIDAY_14 + timedelta(hours=9), OutsideHours),
        (FRIDAY_14 + timedelta(minutes=5), OffGrid),
        (FRIDAY_14 + timedelta(days=90), OutsideHours),
    ],
)
def test_the_new_time_must_be_open_as_for_a_booking(
    booked: Session, now: datetime, starts_at: datetime, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        by_student(booked, starts_at, now)
    assert make.current(booked).scheduled_at == THURSDAY_14


def test_a_taken_time_is_refused_with_the_next_open_ones(booked: Session, now: datetime) -> None:
    make.session(student=make.olga(), mentor=booked.mentor, starts_at=FRIDAY_14)
    with pytest.raises(TimeTaken) as refused:
        by_student(booked, FRIDAY_14 + 2 * QUARTER, now)
    assert refused.value.next_open == [FRIDAY_14 + HOUR + step * 2 * QUARTER for step in range(3)]


def test_its_own_time_is_among_what_it_is_offered(booked: Session, now: datetime) -> None:
    taken = slot_inputs(booked, actor=booked.student, now=now).taken
    assert set(reserved(booked)).isdisjoint(taken)


def test_the_minimum_notice_protects_whoever_is_surprised(booked: Session, clock: StandingClock) -> None:
    """The mentor's own does not bind the mentor; the student has the hours of the policy instead."""
    BookingRules.objects.update(minimum_notice_minutes=5 * 24 * 60)
    with pytest.raises(OutsideHours, match="Maya needs more notice than that"):
        by_student(booked, FRIDAY_14, clock.now)
    soon = clock.now + timedelta(hours=23)
    with pytest.raises(OutsideHours, match="Your student must hear of it 24 hours before") as refused:
        by_mentor(booked, soon, clock.now)
    assert refused.value.next_open[0] == clock.now + timedelta(hours=24)
    assert by_mentor(booked, FRIDAY_14, clock.now).scheduled_at == FRIDAY_14


def test_who_moves_what_was_moved_meanwhile_is_told(booked: Session, now: datetime) -> None:
    seen = make.current(booked)
    by_mentor(booked, FRIDAY_14, now)
    with pytest.raises(MovedMeanwhile) as refused:
        reschedule(seen, actor=booked.student, starts_at=FRIDAY_14 + HOUR, now=now)
    assert refused.value.starts_at == FRIDAY_14
    assert reschedule(seen, actor=booked.student, starts_at=FRIDAY_14, now=now).sequence == 1


def test_a_page_that_is_older_than_a_move_moves_nothing(booked: Session, now: datetime) -> None:
    by_mentor(booked, FRIDAY_14, now)
    with pytest.raises(MovedMeanwhile):
        by_student(booked, FRIDAY_14 + HOUR, now, seen=0)


def test_any_move_from_a_time_that_is_gone_is_lost(booked: Session, now: datetime) -> None:
    """Whoever read the session before it was moved neither completes nor moves it."""
    seen = make.current(booked)
    by_student(booked, FRIDAY_14, now)
    with pytest.raises(MoveLost):
        lifecycle.complete(seen, now=THURSDAY_14 + HOUR)
    assert make.current(booked).status == "scheduled"


def test_the_time_that_is_left_can_be_booked(stripe: Stripe, booked: Session, now: datetime) -> None:
    by_student(booked, FRIDAY_14, now)
    wish = make.request(student=make.olga(), mentor=booked.mentor, starts_at=THURSDAY_14)
    assert book(wish, origin=make.ORIGIN, now=now).is_hold


def preview(session: Session, now: datetime) -> int:
    session = make.current(session)
    return cancellation.refund_preview(session, actor=session.student, now=now).minor


def test_moving_is_no_way_to_a_free_cancellation(booked: Session, clock: StandingClock) -> None:
    """The deadlines stay where they were with the first start."""
    by_student(booked, FRIDAY_14, clock.now)
    assert make.current(booked).earliest_start == THURSDAY_14
    assert preview(booked, THURSDAY_14 - timedelta(hours=24)) == 12_000
    assert preview(booked, THURSDAY_14 - timedelta(hours=23)) == 6_000
    assert preview(booked, THURSDAY_14) == 0
    ended = cancellation.cancel(make.current(booked), actor=booked.student, now=THURSDAY_14 + HOUR)
    assert (ended.status, ended.payment.owed_minor) == ("cancelled", 0)


def test_an_earlier_start_brings_the_deadlines_forward_for_good(booked: Session, now: datetime) -> None:
    wednesday = THURSDAY_14 - timedelta(days=1)
    by_student(booked, wednesday, now)
    by_student(booked, FRIDAY_14, now)
    assert make.current(booked).earliest_start == wednesday
    assert preview(booked, wednesday - timedelta(hours=23)) == 6_000


def test_what_the_mentor_moves_can_be_cancelled_at_no_loss_for_a_day(
    booked: Session, clock: StandingClock
) -> None:
    """Even though the first start's deadline falls into that day."""
    moved_at = THURSDAY_14 - timedelta(hours=25)
    by_mentor(booked, FRIDAY_14, moved_at)
    assert make.current(booked).full_refund_until == moved_at + timedelta(hours=24)
    assert preview(booked, moved_at + timedelta(hours=24)) == 12_000
    assert preview(booked, moved_at + timedelta(hours=24, seconds=1)) == 6_000


def test_a_students_move_neither_ends_nor_lengthens_that_day(booked: Session, now: datetime) -> None:
    by_mentor(booked, FRIDAY_14, now)
    moved = by_student(booked, FRIDAY_14 + HOUR, now + HOUR)
    assert moved.full_refund_until == now + timedelta(hours=24)


def test_nothing_is_promised_for_after_the_start(booked: Session, now: datetime) -> None:
    """The student moves what the mentor moved to a start within that day."""
    BookingRules.objects.update(minimum_notice_minutes=0)
    Session.objects.update(policy=booked.policy | {"reschedule_hours": 2})
    by_mentor(booked, FRIDAY_14, now)
    moved = by_student(booked, now + 5 * HOUR, now)
    assert moved.full_until == now + 5 * HOUR


def test_the_video_link_comes_before_the_new_start(booked: Session, now: datetime) -> None:
    moved = by_student(booked, FRIDAY_14, now)
    due = Delivery.objects.values_list("notice__occasion", "notice__revision", "due_at")
    told = {(occasion, revision, due_at) for occasion, revision, due_at in due}
    assert told == {("rescheduled", "1", now), ("link", "1", moved.link_opens_at())}
    assert Delivery.objects.count() == 4


def test_a_full_day_takes_no_session_from_another_day(booked: Session, now: datetime) -> None:
    """Within its own day a session may move: it is not one more."""
    BookingRules.objects.update(most_a_day=1)
    make.session(student=make.olga(), mentor=booked.mentor, starts_at=FRIDAY_14)
    with pytest.raises(DayFull):
        by_student(booked, FRIDAY_14 + 2 * HOUR, now)
    assert by_student(booked, THURSDAY_14 + 2 * HOUR, now).sequence == 1
