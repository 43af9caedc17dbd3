from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from mentormap.availability.open_hours import Hours
from mentormap.availability.slots import (
    BadRules,
    Closed,
    SlotInputs,
    SlotRules,
    is_open,
    next_open_slots,
    open_slots,
    why_not,
)
from mentormap.availability.weekly import WeeklyRange
from mentormap.lib.spans import CELL, NaiveInstant, Span
from mentormap.lib.zones import UnknownZone

HOUR = timedelta(hours=1)
EVERY_DAY = [WeeklyRange(day, time(9), time(12)) for day in range(7)]
LONG_AGO = datetime(2025, 12, 1, tzinfo=UTC)
TUESDAY = 1
SUNDAY = 6


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def hours(weekday: int, starts: str, ends: str) -> WeeklyRange:
    return WeeklyRange(weekday, time.fromisoformat(starts), time.fromisoformat(ends))


def week(*ranges: WeeklyRange) -> Hours:
    return Hours(ranges)


def inputs(**changes: Any) -> SlotInputs:
    """Maya's Tuesday in Berlin, 09:00 to 12:00, booked by the hour."""
    made: dict[str, Any] = {
        "hours": week(hours(TUESDAY, "09:00", "12:00")),
        "zone": "Europe/Berlin",
        "rules": SlotRules(step_minutes=60, horizon=timedelta(days=4000)),
        "taken": [],
        "busy": [],
        "booked": [],
        "duration": HOUR,
        "now": LONG_AGO,
    }
    return SlotInputs(**made | changes)


def rules(**changes: Any) -> SlotRules:
    chosen: dict[str, Any] = {"step_minutes": 60, "horizon": timedelta(days=4000)} | changes
    return SlotRules(**chosen)


def slots_on(day: str, facts: SlotInputs) -> list[str]:
    """The UTC times of day of the slots within two days around a UTC day."""
    start = at(day)
    found = open_slots(facts, window=Span(start - 12 * HOUR, start + 36 * HOUR))
    return [f"{slot:%d %H:%M}" for slot in found]


def test_hours_are_wall_clock_in_the_mentors_zone() -> None:
    assert slots_on("2026-11-24", inputs()) == ["24 08:00", "24 09:00", "24 10:00"]
    assert slots_on("2026-07-07", inputs()) == ["07 07:00", "07 08:00", "07 09:00"]


def test_a_session_ends_within_the_hours() -> None:
    assert slots_on("2026-11-24", inputs(duration=2 * HOUR)) == ["24 08:00", "24 09:00"]
    assert slots_on("2026-11-24", inputs(duration=4 * HOUR)) == []


def test_starts_are_counted_from_the_start_of_each_range() -> None:
    two = [hours(TUESDAY, "09:15", "11:30"), hours(TUESDAY, "14:30", "16:00")]
    assert slots_on("2026-11-24", inputs(hours=week(*two))) == ["24 08:15", "24 09:15", "24 13:30"]


def test_adjacent_ranges_are_one_stretch_of_hours() -> None:
    two = [hours(TUESDAY, "09:00", "10:00"), hours(TUESDAY, "10:00", "12:00")]
    assert slots_on("2026-11-24", inputs(hours=week(*two), duration=2 * HOUR)) == ["24 08:00", "24 09:00"]


def test_hours_go_on_across_midnight() -> None:
    night = [hours(TUESDAY, "23:00", "00:00"), hours(TUESDAY + 1, "00:00", "01:00")]
    assert slots_on("2026-11-24", inputs(hours=week(*night), duration=2 * HOUR)) == ["24 22:00"]


def test_overlapping_ranges_offer_each_start_once() -> None:
    two = [hours(TUESDAY, "09:00", "11:00"), hours(TUESDAY, "10:00", "12:00")]
    assert slots_on("2026-11-24", inputs(hours=week(*two))) == ["24 08:00", "24 09:00", "24 10:00"]


def test_in_a_gap_there_is_no_slot() -> None:
    sunday = inputs(hours=week(hours(SUNDAY, "01:00", "05:00")))
    assert slots_on("2026-03-29", sunday) == ["29 00:00", "29 01:00", "29 02:00"]  # 01:00, 03:00, 04:00


def test_a_gap_makes_the_hours_shorter() -> None:
    sunday = inputs(hours=week(hours(SUNDAY, "01:00", "04:00")), duration=3 * HOUR)
    assert slots_on("2026-03-29", sunday) == []
    assert slots_on("2026-03-22", sunday) == ["22 00:00"]


def test_in_a_fold_each_instant_is_a_slot_once() -> None:
    sunday = inputs(hours=week(hours(SUNDAY, "01:00", "04:00")))
    assert slots_on("2026-10-25", sunday) == ["24 23:00", "25 00:00", "25 01:00", "25 02:00"]


def test_hours_that_end_within_a_fold_open_twice() -> None:
    sunday = inputs(
        hours=week(hours(SUNDAY, "01:00", "02:30")), duration=HOUR / 2, rules=rules(step_minutes=30)
    )
    assert slots_on("2026-10-25", sunday) == ["24 23:00", "24 23:30", "25 00:00", "25 01:00"]


def test_a_fold_of_half_an_hour() -> None:
    """Lord Howe's clocks go from 02:00 back to 01:30 at 15:00 UTC."""
    sunday = inputs(
        hours=week(hours(SUNDAY, "01:00", "03:00")), zone="Australia/Lord_Howe", rules=rules(step_minutes=30)
    )
    assert slots_on("2026-04-04", sunday) == ["04 14:00", "04 14:30", "04 15:00", "04 15:30"]


def test_a_session_next_to_a_reserved_one_is_open() -> None:
    reserved = [at("2026-11-24 09:00") + index * CELL for index in range(4)]
    assert slots_on("2026-11-24", inputs(taken=reserved)) == ["24 08:00", "24 10:00"]


def test_one_reserved_cell_is_enough() -> None:
    assert slots_on("2026-11-24", inputs(taken=[at("2026-11-24 09:45")])) == ["24 08:00", "24 10:00"]


@pytest.mark.parametrize("buffer", ["buffer_before", "buffer_after"])
def test_buffers_keep_apart_from_reserved_cells_and_busy_times(buffer: str) -> None:
    kept = rules(**{buffer: CELL})
    taken = at("2026-11-24 08:45") if buffer == "buffer_before" else at("2026-11-24 10:00")
    assert why_not(at("2026-11-24 09:00"), inputs(rules=kept, taken=[taken])) == Closed.RESERVED
    assert (
        why_not(at("2026-11-24 09:00"), inputs(rules=kept, busy=[Span(taken, taken + CELL)])) == Closed.BUSY
    )
    assert is_open(at("2026-11-24 09:00"), inputs(taken=[taken], busy=[Span(taken, taken + CELL)]))


def test_buffers_may_lie_outside_the_hours() -> None:
    assert is_open(at("2026-11-24 08:00"), inputs(rules=rules(buffer_before=HOUR)))


def test_busy_times_close_what_they_overlap() -> None:
    lunch = Span(at("2026-11-24 09:59"), at("2026-11-24 10:00"))
    assert slots_on("2026-11-24", inputs(busy=[lunch])) == ["24 08:00", "24 10:00"]


def test_a_full_day_is_closed_and_the_next_one_open() -> None:
    booked = [at("2026-11-24 08:00"), at("2026-11-24 22:59")]
    two = inputs(rules=rules(most_a_day=2), booked=booked, hours=week(*EVERY_DAY))
    assert slots_on("2026-11-24", two) == ["25 08:00", "25 09:00", "25 10:00"]
    assert why_not(at("2026-11-24 09:00"), two) == Closed.DAY_FULL
    assert is_open(at("2026-11-24 09:00"), replace(two, rules=rules(most_a_day=3)))


def test_a_day_is_full_by_the_mentors_clocks() -> None:
    """22:30 UTC on Monday is Tuesday in Tokyo already, and still Monday in Berlin where it is 23:30."""
    booked = [at("2026-11-23 22:30")]
    one = inputs(rules=rules(most_a_day=1), booked=booked)
    assert is_open(at("2026-11-24 09:00"), one)
    there = replace(one, zone="Asia/Tokyo", hours=week(hours(TUESDAY, "18:00", "19:00")))
    assert why_not(at("2026-11-24 09:00"), there) == Closed.DAY_FULL


def test_a_full_week_is_closed_from_monday_to_sunday() -> None:
    full = inputs(
        rules=rules(most_a_week=1), booked=[at("2026-11-26 08:00")], hours=week(hours(0, "09:00", "10:00"))
    )
    assert why_not(at("2026-11-23 08:00"), full) == Closed.WEEK_FULL
    assert is_open(at("2026-11-30 08:00"), full)
    assert is_open(at("2026-11-16 08:00"), full)


def test_notice_and_horizon_are_inclusive() -> None:
    near = rules(minimum_notice=HOUR, horizon=2 * HOUR)
    assert slots_on("2026-11-24", inputs(rules=near, now=at("2026-11-24 07:00"))) == ["24 08:00", "24 09:00"]
    later = at("2026-11-24 07:00") + timedelta(microseconds=1)
    assert slots_on("2026-11-24", inputs(rules=near, now=later)) == ["24 09:00"]


def test_a_session_does_not_start_this_very_moment() -> None:
    assert slots_on("2026-11-24", inputs(now=at("2026-11-24 09:00"))) == ["24 10:00"]


def test_a_session_may_run_past_the_end_of_the_window() -> None:
    window = Span(at("2026-11-24 08:30"), at("2026-11-24 09:01"))
    assert open_slots(inputs(duration=2 * HOUR), window=window) == [at("2026-11-24 09:00")]


@pytest.mark.parametrize(
    ("start", "changes", "reason"),
    [
        ("2026-11-24 09:00", {}, None),
        ("2026-11-24 09:00", {"now": at("2026-11-24 09:00")}, Closed.PAST),
        ("0001-01-01 00:00", {}, Closed.PAST),
        (
            "2026-11-24 09:00",
            {"now": at("2026-11-24 08:00"), "rules": rules(minimum_notice=2 * HOUR)},
            Closed.NOTICE,
        ),
        ("2026-11-24 09:00", {"rules": rules(horizon=HOUR)}, Closed.HORIZON),
        ("9999-12-31 23:45", {}, Closed.HORIZON),
        ("2026-11-24 09:07", {}, Closed.OFF_GRID),
        ("2026-11-24 09:00:00.000001", {}, Closed.OFF_GRID),
        ("2026-11-24 10:30", {}, Closed.OUTSIDE_HOURS),
        ("2026-11-25 09:00", {}, Closed.OUTSIDE_HOURS),
        ("2026-11-24 09:00", {"hours": Hours()}, Closed.OUTSIDE_HOURS),
        ("2026-11-24 09:00", {"taken": [at("2026-11-24 09:15")]}, Closed.RESERVED),
        ("2026-11-24 09:00", {"busy": [Span(at("2026-11-24 08:00"), at("2026-11-24 09:01"))]}, Closed.BUSY),
    ],
)
def test_a_closed_start_has_a_reason(start: str, changes: dict[str, Any], reason: Closed | None) -> None:
    assert why_not(at(start), inputs(**changes)) == reason


def test_the_next_slots_are_found_over_weeks() -> None:
    found = next_open_slots(inputs(), count=4, after=at("2026-11-24 09:30"))
    assert found == [
        at(text) for text in ("2026-11-24 10:00", "2026-12-01 08:00", "2026-12-01 09:00", "2026-12-01 10:00")
    ]


def test_the_next_slots_end_at_the_horizon() -> None:
    near = inputs(now=at("2026-11-24 09:30"), rules=rules(horizon=timedelta(days=7)))
    assert next_open_slots(near, count=9, after=LONG_AGO) == [
        at("2026-11-24 10:00"),
        at("2026-12-01 08:00"),
        at("2026-12-01 09:00"),
    ]
    assert next_open_slots(near, count=9, after=at("2027-01-01")) == []


def test_a_start_is_an_instant() -> None:
    with pytest.raises(NaiveInstant):
        why_not(datetime(2026, 11, 24, 9), inputs())  # noqa: DTZ001 - the point of the test


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(UnknownZone):
        slots_on("2026-11-24", inputs(zone="Mars/Base"))


@pytest.mark.parametrize(
    "changes",
    [
        {"step_minutes": 20},
        {"buffer_before": timedelta(minutes=10)},
        {"buffer_after": -CELL},
        {"minimum_notice": -HOUR},
        {"horizon": -HOUR},
        {"most_a_day": 0},
        {"most_a_week": -1},
    ],
)
def test_bad_rules_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadRules):
        rules(**changes)
