"""The most sessions a day and a week, as they are kept inside the transaction that books."""

from datetime import UTC, datetime, timedelta

import pytest

from mentormap.availability.models import BookingRules
from mentormap.availability.slots import Closed
from mentormap.bookings import lifecycle, limits
from mentormap.bookings.checkout import book
from mentormap.bookings.limits import CapReached
from mentormap.bookings.models import Session
from mentormap.bookings.settlement.settle import settle
from mentormap.bookings.slots import finder
from mentormap.bookings.slots.finder import DayFull
from mentormap.mentors.models import Mentor
from tests import make
from tests.conftest import StandingClock, Stripe

pytestmark = pytest.mark.django_db

SUNDAY_LATE = datetime(2026, 11, 29, 22, 30, tzinfo=UTC)
"""In Berlin still Sunday; in London too."""


def capped(**caps: int) -> Mentor:
    maya = make.mentor()
    BookingRules.objects.filter(mentor=maya).update(**caps)
    return maya


def session(mentor: Mentor, starts_at: datetime) -> Session:
    student = make.person(f"Student{Session.objects.count()}")
    return make.session(student=student, mentor=mentor, starts_at=starts_at, source="recorded")


def test_without_a_cap_nothing_is_refused(now: datetime) -> None:
    maya = make.mentor()
    sessions = [session(maya, now + timedelta(hours=hours)) for hours in (24, 25, 26)]
    limits.check_sessions_a_day(sessions[-1])


@pytest.mark.parametrize(
    ("caps", "closed"),
    [({"most_a_day": 2}, Closed.DAY_FULL), ({"most_a_week": 2}, Closed.WEEK_FULL), ({"most_a_day": 3}, None)],
)
def test_the_session_itself_does_not_count_and_the_others_do(
    now: datetime, caps: dict[str, int], closed: Closed | None
) -> None:
    maya = capped(**caps)
    sessions = [session(maya, now + timedelta(hours=hours)) for hours in (24, 25, 26)]
    if closed is None:
        limits.check_sessions_a_day(sessions[-1])
    else:
        with pytest.raises(CapReached) as refusal:
            limits.check_sessions_a_day(sessions[-1])
        assert refusal.value.closed == closed


def test_a_week_ends_at_midnight_by_the_mentors_clocks() -> None:
    maya = capped(most_a_week=1)
    session(maya, SUNDAY_LATE)
    monday = session(maya, SUNDAY_LATE + timedelta(hours=1))
    limits.check_sessions_a_day(monday)
    Mentor.objects.update(time_zone="Europe/London")
    monday.refresh_from_db()
    with pytest.raises(CapReached):
        limits.check_sessions_a_day(Session.objects.get(pk=monday.pk))


def test_others_mentors_sessions_do_not_count(now: datetime) -> None:
    noor = make.mentor(make.person("Noor"))
    session(noor, now + timedelta(hours=24))
    limits.check_sessions_a_day(session(capped(most_a_day=1), now + timedelta(hours=25)))


def test_a_cap_that_fills_after_the_look_still_refuses(
    stripe: Stripe, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if another student had been quicker between the polite check and the hold."""
    maya, starts_at = capped(most_a_day=1), now.replace(hour=12) + timedelta(days=1)
    look = finder.check

    def overtaken(*args: object, **facts: object) -> object:
        rules = look(*args, **facts)  # type: ignore[arg-type]
        session(maya, starts_at + timedelta(hours=2))
        return rules

    monkeypatch.setattr(finder, "check", overtaken)
    with pytest.raises(DayFull) as refusal:
        book(make.request(student=make.sam(), mentor=maya, starts_at=starts_at), origin=make.ORIGIN, now=now)
    assert refusal.value.next_open[0] == datetime(2026, 11, 25, 7, tzinfo=UTC)
    assert Session.objects.count() == 1


def test_money_that_comes_late_for_a_full_day_goes_back(stripe: Stripe, clock: StandingClock) -> None:
    maya, starts_at = capped(most_a_day=1), clock.now.replace(hour=12) + timedelta(days=1)
    hold = make.hold(student=make.sam(), mentor=maya, starts_at=starts_at, now=clock.now)
    stripe.pay(hold.payment.checkout_id)
    release_behind_stripes_back(hold, now=clock.now)
    session(maya, starts_at + timedelta(hours=2))
    settle(hold.payment_id, now=clock.now)
    hold.refresh_from_db()
    assert (hold.status, hold.payment_status) == ("cancelled", "refunded")


def release_behind_stripes_back(hold: Session, *, now: datetime) -> None:
    """The hold ends though its checkout was paid a moment ago."""
    lifecycle.release(hold, now=now, why="For a test.")
