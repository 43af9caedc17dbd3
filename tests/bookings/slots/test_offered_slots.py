"""Every slot that is offered can be booked, and none is missing: made-up mentors in the database against the slow reference."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mentormap.accounts.models import User
from mentormap.availability import reservations
from mentormap.availability.days_off import add_vacation, override_day
from mentormap.availability.hours import replace_hours
from mentormap.availability.models import BusyCalendar, BusyTime
from mentormap.availability.rules import keep_rules
from mentormap.availability.slots import SlotInputs
from mentormap.availability.weekly import RangesOverlap, WallRange, WeeklyRange, in_order
from mentormap.bookings.models import SessionStatus
from mentormap.bookings.slots import finder
from mentormap.bookings.slots.finder import SlotRefused
from mentormap.lib.spans import Span, cells
from mentormap.mentors.models import Mentor
from tests import make
from tests.availability.cases import Case, cases
from tests.availability.reference import MINUTE, every_minute, offers
from tests.conftest import StandingClock, Stripe
from tests.effort import examples

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]

DAY = timedelta(days=1)


@st.composite
def storable(draw: st.DrawFn) -> Case:
    """Horizons of whole days, and no two ranges of a day that overlap."""
    case = draw(cases())
    inputs, hours = case.inputs, case.inputs.hours
    overrides = {day: _apart(ranges) for day, ranges in hours.overrides.items()}
    weekly = [
        WeeklyRange(day, wall.starts, wall.ends)
        for day in range(7)
        for wall in _apart([one.wall for one in hours.weekly if one.weekday == day])
    ]
    stored = replace(
        inputs,
        hours=replace(hours, weekly=weekly, overrides=overrides),
        rules=replace(inputs.rules, horizon=max(inputs.rules.horizon // DAY, 1) * DAY),
        taken=set(inputs.taken),
        busy=list(dict.fromkeys(inputs.busy)),
    )
    return Case(stored, case.window)


def _apart(ranges: Iterable[WallRange]) -> list[WallRange]:
    """Those that overlap none before them."""
    kept: list[WallRange] = []
    for wall in ranges:
        with suppress(RangesOverlap):
            in_order([*kept, wall])
            kept.append(wall)
    return kept


def stored(inputs: SlotInputs, student: User) -> Mentor:
    """The inputs as rows: the sessions that count are over, so that only `taken` has cells."""
    mentor, hours = make.mentor(zone=inputs.zone), inputs.hours
    replace_hours(mentor, hours.weekly, time_zone=inputs.zone)
    keep_rules(mentor, inputs.rules)
    for day, ranges in hours.overrides.items():
        override_day(mentor, day, ranges)
    for vacation in hours.vacations:
        add_vacation(mentor, first=vacation.first, last=vacation.last, note="")
    reservations.reserve(mentor_id=mentor.pk, session_id=10**6, cells=list(inputs.taken))
    calendar = BusyCalendar.objects.create(
        mentor=mentor, url="https://calendar.example/", added_at=inputs.now, next_read_at=inputs.now
    )
    for busy in inputs.busy:
        BusyTime.objects.create(calendar=calendar, starts_at=busy.starts_at, ends_at=busy.ends_at)
    for start in inputs.booked:
        make.session(
            student=student, mentor=mentor, starts_at=start, status=SessionStatus.COMPLETED, source="recorded"
        )
    return mentor


def offered_by(mentor: Mentor, case: Case) -> list[datetime]:
    return finder.open_starts(mentor, duration_minutes=minutes(case), window=case.window, now=case.inputs.now)


def minutes(case: Case) -> int:
    return case.inputs.duration // MINUTE


def expected(case: Case) -> list[datetime]:
    return [minute for minute in every_minute(case.window) if offers(minute, case.inputs)]


def can_be_booked(mentor: Mentor, start: datetime, case: Case) -> bool:
    try:
        finder.check(mentor, start, duration_minutes=minutes(case), now=case.inputs.now)
    except SlotRefused:
        return False
    return True


def reserves(start: datetime, inputs: SlotInputs) -> list[datetime]:
    rules, span = inputs.rules, Span(start, start + inputs.duration)
    return cells(span.widened(before=rules.buffer_before, after=rules.buffer_after))


@settings(
    max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(storable(), st.integers(0, 1000))
def test_offered_slots_are_those_that_can_be_booked(
    stripe: Stripe, clock: StandingClock, case: Case, choice: int
) -> None:
    """One of them is booked, by a hold with its checkout; then again those are offered that the reference finds."""
    with transaction.atomic():
        inputs, clock.now = case.inputs, case.inputs.now
        sam, olga = make.sam(), make.olga()
        maya = stored(inputs, sam)
        offered = offered_by(maya, case)
        assert offered == expected(case)
        assert all(can_be_booked(maya, start, case) for start in offered[::3])
        others = [minute for minute in every_minute(case.window) if minute not in offered]
        assert not any(can_be_booked(maya, start, case) for start in others[choice % 97 :: 97])
        if offered:
            start = offered[choice % len(offered)]
            hold = make.hold(student=olga, mentor=maya, starts_at=start, now=clock.now, minutes=minutes(case))
            reserved = reserves(start, inputs)
            assert list(reservations.cells_of(hold.pk)) == reserved
            after = replace(inputs, taken={*inputs.taken, *reserved}, booked=[*inputs.booked, start])
            assert offered_by(maya, case) == expected(replace(case, inputs=after))
        transaction.set_rollback(True)
