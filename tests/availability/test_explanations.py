"""Why there is no slot: each rule by its name, with what stands in the way."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from mentormap.availability.explanations import Booked, ClockChange, Explanation, Stretch, Why, explain
from mentormap.availability.open_hours import DaySpan, Hours
from mentormap.availability.slots import SlotInputs, SlotRules
from mentormap.availability.weekly import WallRange, WeeklyRange
from mentormap.lib.spans import CELL, Span, cells

HOUR = timedelta(hours=1)
TUESDAY = date(2026, 11, 24)
MORNING = Hours([WeeklyRange(1, time(9), time(12))])
MIDNIGHT = datetime(2026, 11, 23, 23, tzinfo=UTC)
"""Of Tuesday in Berlin."""


def at(clock: str) -> datetime:
    """Of Tuesday, by the clocks of Berlin."""
    hours, minutes = clock.split(":")
    return MIDNIGHT + timedelta(hours=int(hours), minutes=int(minutes))


def rules(**changes: Any) -> SlotRules:
    chosen: dict[str, Any] = {"step_minutes": 60, "horizon": timedelta(days=400)} | changes
    return SlotRules(**chosen)


def booked(number: int, start: str, end: str, *, buffer: timedelta = timedelta(0)) -> Booked:
    span = Span(at(start), at(end))
    return Booked(number, span, span.widened(before=buffer, after=buffer))


def explained(*bookings: Booked, day: date = TUESDAY, **changes: Any) -> Explanation:
    """Maya's Tuesday in Berlin, 09:00 to 12:00, an hour each."""
    inputs: dict[str, Any] = {
        "hours": MORNING,
        "zone": "Europe/Berlin",
        "rules": rules(),
        "taken": [cell for one in bookings for cell in cells(one.reserves)],
        "busy": [],
        "booked": [one.span.starts_at for one in bookings],
        "duration": HOUR,
        "now": MIDNIGHT - timedelta(days=2),
    }
    return explain(day, SlotInputs(**inputs | changes), bookings=bookings)


def lines(explanation: Explanation) -> list[str]:
    """As "09:00-12:00 open 09:00 10:00", the nights before nine and after twelve left out."""
    return [
        _line(stretch)
        for stretch in explanation.stretches
        if at("09:00") <= stretch.span.starts_at < at("12:00")
    ]


def _line(stretch: Stretch) -> str:
    reason = stretch.reason
    facts = [str(reason.why), *(clock(start) for start in stretch.starts)]
    facts += [f"#{reason.session}"] if reason.session else []
    facts += [f"({reason.obstacle})"] if reason.obstacle else []
    facts += [f"at {clock(reason.meets_at)}"] if reason.meets_at else []
    return f"{clock(stretch.span.starts_at)}-{clock(stretch.span.ends_at)} {' '.join(facts)}"


def clock(instant: datetime) -> str:
    return f"{instant + HOUR:%H:%M}"


def test_what_remains_open_has_its_starts() -> None:
    assert lines(explained()) == [
        "09:00-11:15 open 09:00 10:00 11:00",
        "11:15-12:00 too_short (weekly_hours) at 12:00",
    ]


def test_the_day_is_covered_from_its_first_instant_to_its_last() -> None:
    stretches = explained().stretches
    assert [stretch.reason.why for stretch in (stretches[0], stretches[-1])] == [Why.WEEKLY_HOURS] * 2
    assert (stretches[0].span.starts_at, stretches[-1].span.ends_at) == (at("00:00"), at("24:00"))


def test_a_session_its_buffers_and_what_is_too_short_before_it_are_told_apart() -> None:
    session = booked(7, "10:30", "11:00", buffer=CELL)
    assert lines(explained(session)) == [
        "09:00-09:30 open 09:00",
        "09:30-10:15 too_short #7 (reserved) at 10:15",
        "10:15-10:30 buffer #7 (reserved)",
        "10:30-11:00 reserved #7",
        "11:00-11:15 buffer #7 (reserved)",
        "11:15-12:00 too_short (weekly_hours) at 12:00",
    ]


def test_the_mentors_own_buffers_keep_apart_from_sessions_that_reserved_none() -> None:
    session = booked(7, "10:00", "10:30")
    buffered = rules(step_minutes=15, buffer_before=CELL, buffer_after=CELL)
    assert lines(explained(session, rules=buffered, duration=HOUR / 2)) == [
        "09:00-09:30 open 09:00 09:15",
        "09:30-10:00 too_short #7 (reserved) at 10:00",
        "10:00-10:30 reserved #7",
        "10:30-10:45 buffer #7 (reserved)",
        "10:45-11:45 open 10:45 11:00 11:15 11:30",
        "11:45-12:00 too_short (weekly_hours) at 12:00",
    ]


def test_cells_of_an_unknown_session_are_reserved() -> None:
    assert "10:00-10:15 reserved" in lines(explained(taken=[at("10:00")]))


def test_busy_times_and_the_buffer_to_them() -> None:
    lunch = Span(at("10:05"), at("10:30"))
    assert lines(explained(busy=[lunch], rules=rules(step_minutes=15, buffer_before=CELL))) == [
        "09:00-09:15 open 09:00",
        "09:15-10:00 too_short (busy) at 10:05",
        "10:00-10:30 busy",
        "10:30-10:45 buffer (busy)",
        "10:45-11:15 open 10:45 11:00",
        "11:15-12:00 too_short (weekly_hours) at 12:00",
    ]


def test_time_between_the_starts_that_cannot_be_used_is_off_the_grid() -> None:
    assert lines(explained(booked(7, "09:00", "09:45"), duration=HOUR / 4)) == [
        "09:00-09:45 reserved #7",
        "09:45-12:00 open 10:00 11:00",
    ]
    blocked = [booked(7, "09:00", "09:15"), booked(8, "09:45", "12:00")]
    assert lines(explained(*blocked, duration=HOUR / 2))[1] == "09:15-09:30 off_grid"


@pytest.mark.parametrize(
    ("hours", "why"),
    [
        (Hours(MORNING.weekly, {TUESDAY: [WallRange(time(18), time(20))]}), Why.OVERRIDE),
        (Hours(MORNING.weekly, {TUESDAY: []}), Why.OVERRIDE),
        (Hours(MORNING.weekly, {}, [DaySpan(TUESDAY, TUESDAY)]), Why.VACATION),
        (Hours(MORNING.weekly, {TUESDAY: []}, [DaySpan(TUESDAY, TUESDAY)]), Why.VACATION),
        (Hours(), Why.WEEKLY_HOURS),
    ],
)
def test_days_that_differ_are_told_apart(hours: Hours, why: Why) -> None:
    first = explained(hours=hours).stretches[0]
    assert (first.reason.why, first.span.starts_at) == (why, at("00:00"))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"now": at("09:30")},
            [
                "09:00-09:45 past",
                "09:45-11:15 open 10:00 11:00",
                "11:15-12:00 too_short (weekly_hours) at 12:00",
            ],
        ),
        (
            {"now": at("08:00"), "rules": rules(minimum_notice=2 * HOUR)},
            [
                "09:00-10:00 notice",
                "10:00-11:15 open 10:00 11:00",
                "11:15-12:00 too_short (weekly_hours) at 12:00",
            ],
        ),
        (
            {"now": at("08:00"), "rules": rules(horizon=2 * HOUR)},
            ["09:00-10:15 open 09:00 10:00", "10:15-12:00 horizon"],
        ),
        ({"booked": [at("18:00")], "rules": rules(most_a_day=1)}, ["09:00-12:00 day_full"]),
        ({"booked": [at("48:00")], "rules": rules(most_a_week=1)}, ["09:00-12:00 week_full"]),
    ],
)
def test_rules_are_named(changes: dict[str, Any], expected: list[str]) -> None:
    assert lines(explained(**changes)) == expected


def test_a_gap_is_told_and_cuts_the_day() -> None:
    sunday = explained(day=date(2026, 3, 29), now=MIDNIGHT - timedelta(days=300))
    change = datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert sunday.changes == [ClockChange(change, time(2), time(3))]
    assert change in [stretch.span.starts_at for stretch in sunday.stretches]
    assert sunday.stretches[-1].span.ends_at - sunday.stretches[0].span.starts_at == 23 * HOUR


def test_a_fold_is_told() -> None:
    sunday = explained(day=date(2026, 10, 25))
    assert sunday.changes == [ClockChange(datetime(2026, 10, 25, 1, tzinfo=UTC), time(3), time(2))]


def test_a_gap_at_midnight_belongs_to_the_day_that_it_shortens() -> None:
    before, after = (explained(day=date(2026, 3, day), zone="America/Havana") for day in (7, 8))
    assert before.changes == []
    assert after.changes == [ClockChange(datetime(2026, 3, 8, 5, tzinfo=UTC), time(0), time(1))]


def test_a_day_that_the_clocks_skip_has_nothing() -> None:
    assert explained(day=date(2011, 12, 30), zone="Pacific/Apia").stretches == []
