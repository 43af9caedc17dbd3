"""What people are told because time has passed or money has moved: each once, in time, and only while it is so."""

from datetime import datetime, timedelta

import pytest

from mentormap.accounts.models import User
from mentormap.bookings import reviews
from mentormap.bookings.models import Session
from mentormap.bookings.notices import scheduled
from mentormap.bookings.notices.render import render_notice
from mentormap.bookings.reschedule import reschedule
from mentormap.mentors.models import Mentor
from mentormap.notifications.channels.email import Message
from mentormap.notifications.models import Delivery
from mentormap.notifications.notice_kinds import NoticeKind
from mentormap.payments import flags
from mentormap.payments.models import Flag, Payment, Refund
from tests import make
from tests.conftest import Stripe

pytestmark = pytest.mark.django_db


@pytest.fixture
def maya() -> Mentor:
    return make.mentor()


def scheduled_notices() -> list[tuple[str, str, datetime]]:
    rows = Delivery.objects.select_related("notice__person").order_by("pk")
    return [(row.notice.occasion, str(row.notice.person), row.due_at) for row in rows]


def mails(now: datetime) -> list[Message | None]:
    found = [render_notice(row, now) for row in Delivery.objects.order_by("pk")]
    assert all(mail is None or isinstance(mail, Message) for mail in found)
    return [mail for mail in found if mail is None or isinstance(mail, Message)]


def test_both_are_reminded_a_day_before_and_once(sam: User, maya: Mentor, now: datetime) -> None:
    session = make.session(student=sam, mentor=maya, starts_at=now + timedelta(days=3))
    due_at = session.scheduled_at - timedelta(days=1)
    assert [scheduled.run(now) for _ in range(2)] == [1, 0]
    assert scheduled_notices() == [("reminder", "Sam", due_at), ("reminder", "Maya", due_at)]
    mail = mails(due_at)[0]
    assert mail is not None
    assert mail.subject.startswith("Tomorrow: ")
    assert mails(session.link_opens_at()) == [None, None]


def test_a_moved_session_has_a_reminder_of_its_own(sam: User, maya: Mentor, now: datetime) -> None:
    session = make.session(student=sam, mentor=maya, starts_at=now + timedelta(days=3))
    scheduled.run(now)
    later = now + timedelta(days=5)
    Session.objects.filter(pk=session.pk).update(scheduled_at=later, sequence=1)
    assert scheduled.run(now) == 1
    assert [mail is None for mail in mails(now + timedelta(days=2))] == [True, True, False, False]


@pytest.mark.parametrize("hours", [1, 23])
def test_what_was_booked_on_the_day_needs_no_reminder(
    sam: User, maya: Mentor, now: datetime, hours: int
) -> None:
    make.session(student=sam, mentor=maya, starts_at=now + timedelta(hours=hours), created_at=now)
    assert scheduled.run(now) == 0


def test_a_worker_that_was_away_still_reminds(sam: User, maya: Mentor, now: datetime) -> None:
    make.session(
        student=sam, mentor=maya, starts_at=now + timedelta(hours=5), created_at=now - timedelta(days=3)
    )
    assert scheduled.run(now) == 1


@pytest.mark.parametrize(("moved_before", "reminded"), [(29, 1), (25, 1), (24, 0), (5, 0)])
def test_a_worker_that_was_away_still_reminds_of_what_was_moved(
    sam: User, maya: Mentor, now: datetime, moved_before: int, reminded: int
) -> None:
    """What counts is the last move: the mail about one on the day says all that a reminder could say."""
    starts_at = now + timedelta(hours=5)
    booked_at, at_first = now - timedelta(days=9), starts_at + timedelta(days=4)
    session = make.session(student=sam, mentor=maya, starts_at=at_first, created_at=booked_at)
    for start, before in [(at_first - timedelta(days=1), moved_before + 30), (starts_at, moved_before)]:
        session = reschedule(session, actor=sam, starts_at=start, now=starts_at - timedelta(hours=before))
    Delivery.objects.all().delete()
    assert scheduled.run(now) == reminded
    due_at = starts_at - timedelta(days=1)
    assert scheduled_notices() == [("reminder", "Sam", due_at), ("reminder", "Maya", due_at)][: 2 * reminded]


def test_a_holder_is_warned_before_the_hold_ends(
    stripe: Stripe, sam: User, maya: Mentor, now: datetime
) -> None:
    held = make.hold(student=sam, mentor=maya, starts_at=now + timedelta(hours=5), now=now)
    assert held.hold_expires_at is not None
    early = held.hold_expires_at - scheduled.HOLD_WARNING
    assert scheduled.run(early - timedelta(seconds=1)) == 0
    assert [scheduled.run(early) for _ in range(2)] == [1, 0]
    assert scheduled_notices() == [("hold_expiring", "Sam", early)]
    mail = mails(early)[0]
    assert mail is not None
    assert "is held until" in mail.subject
    assert mails(held.hold_expires_at) == [None]


def test_the_student_of_a_finished_session_is_asked_how_it_was(
    sam: User, maya: Mentor, now: datetime
) -> None:
    over = make.session(student=sam, mentor=maya, starts_at=now - timedelta(hours=2), status="completed")
    make.session(student=sam, mentor=maya, starts_at=now - timedelta(days=9), status="completed")
    assert [scheduled.run(now) for _ in range(2)] == [1, 0]
    assert scheduled_notices() == [("finished", "Sam", now)]
    mail = mails(now)[0]
    assert mail is not None
    assert f"/sessions/{over.pk}/review" in mail.text
    reviews.review(over, stars=5, text="", now=now)
    assert mails(now) == [None]


def refund_of(session: Session, state: str, created_at: datetime) -> Refund:
    return Refund.objects.create(
        payment=session.payment,
        amount_minor=6_000,
        currency="USD",
        state=state,
        created_at=created_at,
        updated_at=created_at,
    )


@pytest.fixture
def cancelled(sam: User, maya: Mentor, now: datetime) -> Session:
    return make.session(student=sam, mentor=maya, starts_at=now + timedelta(days=1), status="cancelled")


def test_a_refund_that_is_done_is_announced_once(cancelled: Session, now: datetime) -> None:
    refund_of(cancelled, Refund.State.SUCCEEDED, now)
    assert [scheduled.run(now) for _ in range(2)] == [1, 0]
    mail = mails(now)[0]
    assert mail is not None
    assert mail.subject == "Refund sent: 60.00\N{NO-BREAK SPACE}USD for System design review"


def test_a_refund_is_announced_as_on_its_way_only_if_it_is_slow(cancelled: Session, now: datetime) -> None:
    refund = refund_of(cancelled, Refund.State.PENDING, now)
    assert scheduled.run(now) == 0
    later = now + scheduled.SLOW_REFUND
    assert [scheduled.run(later) for _ in range(2)] == [1, 0]
    assert scheduled_notices() == [("refund_requested", "Sam", later)]
    assert [mail is not None for mail in mails(later)] == [True]
    Refund.objects.filter(pk=refund.pk).update(state=Refund.State.SUCCEEDED)
    assert scheduled.run(later) == 1
    assert [mail is not None for mail in mails(later)] == [False, True]


def test_what_was_paid_elsewhere_is_given_back_there(cancelled: Session, now: datetime) -> None:
    Payment.objects.update(source=Payment.Source.RECORDED)
    refund_of(cancelled, Refund.State.SUCCEEDED, now)
    assert scheduled.run(now) == 0


def test_operators_hear_of_flagged_money_until_it_is_dealt_with(cancelled: Session, now: datetime) -> None:
    make.ada()
    flags.raise_flag(cancelled.payment, Flag.Name.REFUND_FAILED, "Refund 1 failed.", now=now)
    flags.raise_flag(cancelled.payment, Flag.Name.DISPUTED, "It is disputed.", now=now)
    assert [scheduled.run(now) for _ in range(2)] == [2, 0]
    assert scheduled_notices() == [("money_flagged", "Ada", now), ("dispute", "Ada", now)]
    first = mails(now)[0]
    assert first is not None
    assert first.subject == "A payment waits for you: Refund failed"
    assert "Refund 1 failed." in first.text
    flags.clear(cancelled.payment, Flag.Name.REFUND_FAILED, now=now)
    assert [mail is None for mail in mails(now)] == [True, False]


def test_without_operators_nothing_is_repeated(cancelled: Session, now: datetime) -> None:
    flags.raise_flag(cancelled.payment, Flag.Name.REFUND_FAILED, "Refund 1 failed.", now=now)
    scheduled.run(now)
    assert scheduled_notices() == []


def test_free_occasions_can_be_stopped_by_one_click(sam: User, maya: Mentor, now: datetime) -> None:
    make.session(student=sam, mentor=maya, starts_at=now + timedelta(days=3))
    scheduled.run(now)
    mail = mails(now + timedelta(days=2))[0]
    assert mail is not None
    assert mail.unsubscribe_url.startswith("http://localhost:3002/unsubscribe/")
    assert NoticeKind.REMINDER in mail.unsubscribe_url
