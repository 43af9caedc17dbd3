"""How long a month of slots takes for a mentor with a long past and a full calendar, beside one who has just begun.

    .venv-dev/bin/python bench/month_of_slots.py        (aims: at most 6 queries, and 1.5 times the beginner's time)

Both have the same weekly hours. The busy one has had 5,000 sessions and has 60 ahead, 20 days that differ from the week
and a calendar of 2,000 events in the year to come. The database is SQLite in a folder of its own, or what DATABASE_URL names,
which must be empty.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

FOLDER: Final = tempfile.mkdtemp(prefix="mentormap-bench-")
os.environ |= {
    "MENTORMAP_DATA_DIR": FOLDER,
    "DJANGO_SETTINGS_MODULE": "mentormap.settings.base",
    "LOG_LEVEL": "WARNING",
}
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django  # noqa: E402 - after the environment

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from tests import make  # noqa: E402

from mentormap.availability.models import (  # noqa: E402
    BookingRules,
    BusyCalendar,
    BusyTime,
    DateOverride,
    ReservedCell,
)
from mentormap.bookings.models import PaymentStatus, Session, SessionStatus  # noqa: E402
from mentormap.bookings.slots.finder import SlotData, open_starts  # noqa: E402
from mentormap.lib.spans import Span, cells  # noqa: E402
from mentormap.mentors.models import Mentor  # noqa: E402
from mentormap.payments.models import Payment  # noqa: E402
from mentormap.web.presenters.open_month import open_month  # noqa: E402

NOW: Final = datetime(2026, 11, 23, 9, tzinfo=UTC)
MONTH: Final = Span(datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
HOURS: Final = ((time(8), time(12)), (time(13), time(19)))
PAST, AHEAD, OVERRIDES, EVENTS = 5_000, 60, 20, 2_000
ROUNDS: Final = 60
MOST_QUERIES, MOST_TIMES = 6, 1.5


def fill(mentor: Mentor) -> None:
    """A long past, 60 sessions ahead at 10:00, days that differ, and a calendar with an event every four hours or so."""
    BookingRules.objects.filter(mentor=mentor).update(buffer_after_minutes=15)
    starts = [NOW.replace(hour=10) - (number + 1) * 9 * HOUR for number in range(PAST)]
    _have(mentor, starts, SessionStatus.COMPLETED)
    ahead = [NOW.replace(hour=10) + (number + 1) * DAY for number in range(AHEAD)]
    for session in _have(mentor, ahead, SessionStatus.SCHEDULED):
        taken = cells(Span(session.reserves_from, session.reserves_to))
        ReservedCell.objects.bulk_create(
            ReservedCell(mentor=mentor, starts_at=cell, session_id=session.pk) for cell in taken
        )
    DateOverride.objects.bulk_create(
        DateOverride(mentor=mentor, day=date(2026, 12, 1) + 2 * number * DAY, starts=time(9), ends=time(20))
        for number in range(OVERRIDES)
    )
    calendar = BusyCalendar.objects.create(
        mentor=mentor, url="https://calendars.example.com/maya.ics", added_at=NOW, next_read_at=NOW
    )
    BusyTime.objects.bulk_create(
        BusyTime(calendar=calendar, starts_at=start, ends_at=start + HOUR / 2)
        for start in (NOW + number * 4.38 * HOUR for number in range(EVENTS))
    )


def _have(mentor: Mentor, starts: list[datetime], status: str) -> list[Session]:
    student = make.person(f"Student of {len(starts)}", email=f"student{len(starts)}@example.com")
    facts = {"currency": "USD", "created_at": NOW}
    payments = Payment.objects.bulk_create(
        Payment(reference=start.isoformat(), idempotency_key=start.isoformat(), amount_minor=12_000, **facts)
        for start in starts
    )
    return Session.objects.bulk_create(
        Session(
            student=student,
            mentor=mentor,
            payment=payment,
            title="System design",
            scheduled_at=start,
            earliest_start=start,
            duration_minutes=60,
            ends_at=start + HOUR,
            reserves_from=start,
            reserves_to=start + HOUR + timedelta(minutes=15),
            status=status,
            payment_status=PaymentStatus.PAID,
            was_paid=True,
            price=120,
            **facts,
        )
        for start, payment in zip(starts, payments, strict=True)
    )


def by_window(mentor: Mentor) -> int:
    """As the API computes it: what touches the month alone."""
    return len(open_starts(mentor, duration_minutes=60, window=MONTH, now=NOW))


def by_page(mentor: Mentor) -> int:
    """As the picker computes it, for a viewer on another continent: it knows all up to the horizon."""
    inputs = SlotData.of([mentor], now=NOW).inputs(mentor, duration_minutes=60, now=NOW)
    month = open_month(MONTH.starts_at.date(), zone="America/New_York", inputs=inputs)
    return sum(map(len, month.starts.values()))


def measure(compute: Callable[[Mentor], int], *mentors: Mentor) -> list[float]:
    """Median milliseconds of each mentor, taken in turns so that a slow moment meets all."""
    taken: dict[int, list[float]] = {mentor.pk: [] for mentor in mentors}
    for _ in range(ROUNDS):
        for mentor in mentors:
            began = perf_counter()
            compute(mentor)
            taken[mentor.pk].append((perf_counter() - began) * 1000)
    return [median(taken[mentor.pk]) for mentor in mentors]


def main() -> int:
    call_command("migrate", verbosity=0)
    maya = make.mentor(hours=HOURS)
    noor = make.mentor(make.person("Noor"), hours=HOURS)
    fill(maya)
    is_fine = True
    for name, compute in {"API, a window": by_window, "page, a picker": by_page}.items():
        with CaptureQueriesContext(
            connection,
        ) as seen:
            slots = compute(maya)
        busy, empty = measure(compute, maya, noor)
        is_fine &= len(seen) <= MOST_QUERIES and busy <= MOST_TIMES * empty
        print(
            f"{name}: {busy:.1f} ms for {slots} slots in {len(seen)} queries; "
            f"beginner {empty:.1f} ms for {compute(noor)} slots; {busy / empty:.2f} times"
        )
    return 0 if is_fine else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)
