"""When a mentor can be booked, as the database has it."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mentormap.availability.models import BookingRules, DateOverride, Vacation
from mentormap.bookings.errors import RefusalKind
from mentormap.bookings.models import PaymentStatus, SessionStatus
from mentormap.bookings.slots import finder
from mentormap.bookings.slots.finder import DayFull, OutsideHours, SlotData, WeekFull
from mentormap.lib.spans import Span
from mentormap.mentors.models import Mentor
from tests import make

pytestmark = pytest.mark.django_db

TUESDAY = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MONTH = Span(TUESDAY - DAY, TUESDAY + 30 * DAY)


def cap(mentor: Mentor, **caps: int) -> None:
    BookingRules.objects.filter(mentor=mentor).update(**caps)


def open_on(mentor: Mentor, day: date, now: datetime) -> list[str]:
    """The UTC times of day at which an hour can be booked."""
    starts = finder.open_starts(mentor, duration_minutes=60, window=MONTH, now=now)
    return [f"{start:%H:%M}" for start in starts if start.date() == day]


def test_overrides_and_vacations_decide(now: datetime) -> None:
    maya = make.mentor()
    DateOverride.objects.create(mentor=maya, day=date(2026, 11, 24), starts=time(6), ends=time(7, 30))
    DateOverride.objects.create(mentor=maya, day=date(2026, 11, 25))
    Vacation.objects.create(mentor=maya, first_day=date(2026, 11, 27), last_day=date(2026, 11, 28))
    days = [date(2026, 11, number) for number in range(24, 30)]
    assert [len(open_on(maya, day, now)) for day in days] == [2, 0, 23, 0, 0, 23]
    assert open_on(maya, days[0], now) == ["05:00", "05:30"]


@pytest.mark.parametrize(
    ("status", "payment_status", "is_counted"),
    [
        (SessionStatus.SCHEDULED, PaymentStatus.PENDING, True),
        (SessionStatus.SCHEDULED, PaymentStatus.PAID, True),
        (SessionStatus.COMPLETED, PaymentStatus.PAID, True),
        (SessionStatus.CANCELLED, PaymentStatus.PENDING, False),
        (SessionStatus.CANCELLED, PaymentStatus.REFUNDED, False),
    ],
)
def test_what_is_not_cancelled_counts_towards_the_day(
    now: datetime, status: str, payment_status: str, is_counted: bool
) -> None:
    maya = make.mentor()
    cap(maya, most_a_day=1)
    make.session(
        student=make.sam(), mentor=maya, starts_at=TUESDAY, status=status, payment_status=payment_status
    )
    assert (open_on(maya, TUESDAY.date(), now) == []) == is_counted
    assert len(open_on(maya, TUESDAY.date() + DAY, now)) == 23


def test_a_full_day_or_week_is_refused_with_the_next_open_times(now: datetime) -> None:
    maya = make.mentor()
    make.session(student=make.sam(), mentor=maya, starts_at=TUESDAY)
    wanted = TUESDAY + timedelta(hours=3)
    cap(maya, most_a_day=1)
    with pytest.raises(DayFull, match=r"^Maya takes no more sessions that day") as day:
        finder.check(maya, wanted, duration_minutes=60, now=now)
    assert (day.value.kind, day.value.code, day.value.next_open[0]) == (
        RefusalKind.CONFLICT,
        "day-full",
        datetime(2026, 11, 25, 7, tzinfo=UTC),
    )
    BookingRules.objects.filter(mentor=maya).update(most_a_day=None, most_a_week=1)
    with pytest.raises(WeekFull, match=r"^Maya takes no more sessions that week") as week:
        finder.check(maya, wanted, duration_minutes=60, now=now)
    assert (week.value.code, week.value.next_open[0]) == ("week-full", datetime(2026, 11, 30, 7, tzinfo=UTC))


def test_a_session_that_is_moved_does_not_stand_in_its_own_way(now: datetime) -> None:
    maya = make.mentor()
    cap(maya, most_a_day=1)
    session = make.session(student=make.sam(), mentor=maya, starts_at=TUESDAY)
    later = TUESDAY + timedelta(minutes=30)
    with pytest.raises(DayFull):
        finder.check(maya, later + timedelta(hours=2), duration_minutes=60, now=now)
    finder.check(maya, later, duration_minutes=60, now=now, own_hold=session)


def test_hours_that_an_override_took_away_are_refused(now: datetime) -> None:
    maya = make.mentor()
    DateOverride.objects.create(mentor=maya, day=TUESDAY.date())
    with pytest.raises(OutsideHours):
        finder.check(maya, TUESDAY, duration_minutes=60, now=now)


def busy_mentors(count: int, now: datetime) -> list[Mentor]:
    """Each with a cap, a session, overrides and a vacation."""
    mentors = make.mentors(count)
    for number, mentor in enumerate(mentors):
        cap(mentor, most_a_day=3, most_a_week=9)
        make.session(student=make.person(f"Student{number}"), mentor=mentor, starts_at=TUESDAY)
        DateOverride.objects.bulk_create(
            DateOverride(mentor=mentor, day=now.date() + index * DAY) for index in range(20)
        )
        Vacation.objects.create(
            mentor=mentor, first_day=now.date() + 20 * DAY, last_day=now.date() + 30 * DAY
        )
    return mentors


@pytest.mark.parametrize("count", [1, 30])
def test_a_month_takes_as_many_queries_for_thirty_mentors_as_for_one(now: datetime, count: int) -> None:
    mentors = busy_mentors(count, now)
    with CaptureQueriesContext(connection) as queries:
        SlotData.of(mentors, now=now, window=MONTH)
    assert len(queries) == 5
