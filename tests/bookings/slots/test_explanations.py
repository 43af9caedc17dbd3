"""Why a day has the open slots that it has, in the words that mentor and operator read."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mentormap.availability.models import BookingRules, BusyCalendar, BusyTime, DateOverride, Vacation
from mentormap.bookings.models import PaymentStatus
from mentormap.bookings.slots import finder
from mentormap.bookings.slots.explanations import ExplainedDay, explain_day
from mentormap.bookings.slots.finder import BadDuration
from mentormap.lib.zones import days_span
from mentormap.mentors.models import Mentor
from tests import make

pytestmark = pytest.mark.django_db

TUESDAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 24, 11, tzinfo=UTC)
"""In Berlin."""


@pytest.fixture
def maya(db: None) -> Mentor:
    """In Berlin from 9 to 17."""
    return make.mentor(hours=((time(9), time(17)),))


def explained(mentor: Mentor, now: datetime, day: date = TUESDAY, minutes: int = 60) -> ExplainedDay:
    return explain_day(mentor, day, duration_minutes=minutes, now=now, locale="en")


def sentences(mentor: Mentor, now: datetime, **asked: Any) -> dict[str, str]:
    """By the clock in Berlin at which each begins."""
    return {
        f"{line.span.starts_at + timedelta(hours=1):%H:%M}": line.sentence
        for line in explained(mentor, now, **asked).lines
    }


def rules(mentor: Mentor, **rules: int) -> None:
    BookingRules.objects.filter(mentor=mentor).update(**rules)


def test_an_empty_day_says_when_it_is_open(maya: Mentor, now: datetime) -> None:
    day = explained(maya, now)
    assert sentences(maya, now) == {
        "00:00": "Outside the weekly hours.",
        "09:00": "Open.",
        "16:15": "Too short: a session of 60 minutes is not over when the hours end at 17:00.",
        "17:00": "Outside the weekly hours.",
    }
    window = days_span(TUESDAY, TUESDAY, "Europe/Berlin")
    assert window is not None
    assert day.starts == finder.open_starts(maya, duration_minutes=60, window=window, now=now)
    assert [line.is_open for line in day.lines] == [False, True, False, False]


def test_a_session_is_named_with_its_buffers(maya: Mentor, now: datetime) -> None:
    rules(maya, buffer_after_minutes=15)
    session = make.session(student=make.sam(), mentor=maya, starts_at=NOON)
    found = sentences(maya, now)
    assert (found["12:00"], found["13:00"]) == (
        "Reserved for “System design review”.",
        "Open.",
    )
    assert found["11:00"] == (
        "Too short: a session of 60 minutes, with 15 minutes kept free after it, is not over when “System design review” "
        "begins at 12:00."
    )
    assert [line.session for line in explained(maya, now).lines if line.session] == [session, session]


def test_time_that_is_kept_free_around_a_session_is_told(maya: Mentor, now: datetime) -> None:
    rules(maya, buffer_before_minutes=30)
    make.session(student=make.sam(), mentor=maya, starts_at=NOON)
    assert sentences(maya, now)["13:00"] == "Kept free around “System design review”."


def test_an_unpaid_hold_has_no_name(maya: Mentor, now: datetime) -> None:
    make.session(student=make.sam(), mentor=maya, starts_at=NOON, payment_status=PaymentStatus.PENDING)
    found = sentences(maya, now)
    assert found["12:00"] == "Held for a student who is paying."
    assert "held for a student who is paying begins at 12:00." in found["11:15"]
    assert [line.session for line in explained(maya, now).lines if line.session] == []


def test_busy_times_are_told(maya: Mentor, now: datetime) -> None:
    rules(maya, buffer_before_minutes=15)
    calendar = BusyCalendar.objects.create(
        mentor=maya, url="https://calendar.example/maya.ics", added_at=now, next_read_at=now
    )
    BusyTime.objects.create(calendar=calendar, starts_at=NOON, ends_at=NOON + timedelta(hours=1))
    found = sentences(maya, now)
    assert (found["12:00"], found["13:00"]) == (
        "Busy, by a calendar.",
        "Kept free around a busy time of a calendar.",
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"minimum_notice_minutes": 48 * 60}, "Too soon: sessions are booked at least 2 days ahead."),
        (
            {"minimum_notice_minutes": 30 * 60 + 15},
            "Too soon: sessions are booked at least 1815 minutes ahead.",
        ),
        ({"horizon_days": 1}, "Open."),
        ({"horizon_days": 0}, "Too far ahead: sessions are booked up to 0 minutes ahead."),
        ({"most_a_day": 1}, "The day is full: 1 session a day are the most."),
        ({"most_a_week": 2}, "The week is full: 2 sessions a week are the most."),
    ],
)
def test_rules_are_told_with_their_figures(
    maya: Mentor, now: datetime, changes: dict[str, int], sentence: str
) -> None:
    sam = make.sam()
    make.session(student=sam, mentor=maya, starts_at=NOON + timedelta(hours=7))
    make.session(student=sam, mentor=maya, starts_at=NOON + timedelta(hours=48))
    rules(maya, **changes)
    assert sentences(maya, now)["09:00"] == sentence


def test_clock_times_are_those_before_a_change(maya: Mentor, now: datetime) -> None:
    night = explained(maya, now, day=date(2026, 10, 25)).lines[:2]
    assert [(line.from_wall, line.to_wall) for line in night] == [(time(0), time(3)), (time(2), time(9))]


def test_days_that_differ_are_told(maya: Mentor, now: datetime) -> None:
    DateOverride.objects.create(mentor=maya, day=TUESDAY, starts=time(18), ends=time(20))
    DateOverride.objects.create(mentor=maya, day=TUESDAY + timedelta(days=1))
    Vacation.objects.create(mentor=maya, first_day=date(2026, 11, 26), last_day=date(2026, 11, 26))
    assert sentences(maya, now)["00:00"] == "Outside the hours of this day, which has its own."
    assert sentences(maya, now, day=date(2026, 11, 25)) == {"00:00": "This day is closed."}
    assert sentences(maya, now, day=date(2026, 11, 26)) == {"00:00": "Vacation."}
    assert sentences(maya, now, day=date(2026, 11, 22))["09:00"] == "Past."


def test_a_duration_that_nobody_offers_is_refused(maya: Mentor, now: datetime) -> None:
    with pytest.raises(BadDuration):
        explained(maya, now, minutes=45)


def test_a_day_costs_few_queries(maya: Mentor, now: datetime) -> None:
    rules(maya, most_a_day=5)
    with CaptureQueriesContext(connection) as queries:
        explained(maya, now)
    assert len(queries) == 6
