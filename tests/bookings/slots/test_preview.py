"""What a change of hours or rules would do, before it is saved."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from mentormap.availability.models import BookingRules, DateOverride, WeeklyHours
from mentormap.availability.open_hours import DaySpan, Hours
from mentormap.availability.slots import SlotRules
from mentormap.availability.weekly import WeeklyRange
from mentormap.bookings.models import PaymentStatus, Session, SessionStatus
from mentormap.bookings.slots import finder
from mentormap.bookings.slots.preview import Terms, availability_preview, sessions_outside, terms_of
from mentormap.lib.zones import days_span
from mentormap.mentors.models import Mentor
from tests import make

pytestmark = pytest.mark.django_db

TUESDAY_NOON = datetime(2026, 11, 24, 11, tzinfo=UTC)
"""In Berlin."""
MORNINGS = [WeeklyRange(day, time(9), time(12)) for day in range(7)]


@pytest.fixture
def maya(db: None) -> Mentor:
    return make.mentor()


def test_the_stored_terms_give_the_open_slots(maya: Mentor, now: datetime) -> None:
    DateOverride.objects.create(mentor=maya, day=date(2026, 11, 25))
    found = availability_preview(maya, terms_of(maya, now=now), now=now)
    window = days_span(date(2026, 11, 23), date(2026, 12, 6), "Europe/Berlin")
    assert window is not None
    assert found.days == DaySpan(date(2026, 11, 23), date(2026, 12, 6))
    assert found.starts == finder.open_starts(maya, duration_minutes=60, window=window, now=now)
    assert found.outside == []


def test_other_terms_are_tried_without_being_stored(maya: Mentor, now: datetime) -> None:
    make.session(student=make.sam(), mentor=maya, starts_at=TUESDAY_NOON - timedelta(hours=2))
    tried = Terms(Hours(MORNINGS), SlotRules(step_minutes=60, most_a_day=1), "Europe/London")
    found = availability_preview(maya, tried, now=now)
    assert [f"{start:%d %H:%M}" for start in found.starts][:5] == [
        "23 10:00",
        "23 11:00",
        "25 09:00",
        "25 10:00",
        "25 11:00",
    ]
    assert WeeklyHours.objects.filter(mentor=maya, starts=time(8)).count() == 7
    assert BookingRules.objects.get().most_a_day is None


def test_a_later_day_is_looked_at_with_the_two_weeks_after_it(maya: Mentor, now: datetime) -> None:
    christmas = date(2026, 12, 24)
    found = availability_preview(maya, terms_of(maya, now=now), now=now, first=christmas)
    assert found.days == DaySpan(christmas, date(2027, 1, 6))
    assert found.starts[0] == datetime(2026, 12, 24, 7, tzinfo=UTC)
    past = availability_preview(maya, terms_of(maya, now=now), now=now, first=date(2020, 1, 1))
    assert past.days.first == date(2026, 11, 23)


def test_who_is_no_mentor_yet_may_try(now: datetime) -> None:
    new = Mentor(user=make.sam(), time_zone="Europe/Berlin")
    terms = terms_of(new, now=now)
    assert terms == Terms(Hours(), terms.rules, "Europe/Berlin")
    assert len(availability_preview(new, replace(terms, hours=Hours(MORNINGS)), now=now).starts) > 50


def outside(mentor: Mentor, terms: Terms, now: datetime) -> list[Session]:
    return sessions_outside(mentor, terms, now=now)


def test_booked_sessions_outside_are_named_soonest_first(maya: Mentor, now: datetime) -> None:
    sam, terms = make.sam(), terms_of(maya, now=now)
    late, runs_over, within = (
        make.session(student=sam, mentor=maya, starts_at=TUESDAY_NOON + delay)
        for delay in (timedelta(days=30), -timedelta(minutes=30), -timedelta(hours=2))
    )
    mornings = replace(terms, hours=Hours(MORNINGS))
    assert outside(maya, terms, now) == []
    assert outside(maya, mornings, now) == [runs_over, late]
    vacation = replace(
        mornings, hours=replace(mornings.hours, vacations=[DaySpan(date(2026, 11, 24), date(2026, 11, 24))])
    )
    assert outside(maya, vacation, now) == [within, runs_over, late]


@pytest.mark.parametrize(
    ("status", "payment_status"),
    [
        (SessionStatus.SCHEDULED, PaymentStatus.PENDING),
        (SessionStatus.CANCELLED, PaymentStatus.PAID),
        (SessionStatus.COMPLETED, PaymentStatus.PAID),
    ],
)
def test_what_is_not_booked_is_not_named(
    maya: Mentor, now: datetime, status: str, payment_status: str
) -> None:
    make.session(
        student=make.sam(), mentor=maya, starts_at=TUESDAY_NOON, status=status, payment_status=payment_status
    )
    assert outside(maya, replace(terms_of(maya, now=now), hours=Hours()), now) == []


def test_a_session_that_has_started_is_not_named(maya: Mentor, now: datetime) -> None:
    make.session(student=make.sam(), mentor=maya, starts_at=now - timedelta(minutes=30))
    assert outside(maya, replace(terms_of(maya, now=now), hours=Hours()), now) == []
