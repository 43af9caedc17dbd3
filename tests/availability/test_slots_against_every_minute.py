"""Open slots, compared with a slow reference that looks at every minute on the wall clock."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentormap.availability.slots import Diary, SlotRules, WeeklyRange, next_open_slots, open_slots, why_not
from mentormap.lib.spans import CELL, Span

pytestmark = pytest.mark.thorough
MINUTE = timedelta(minutes=1)
NIGHTS = {
    "Australia/Lord_Howe": [date(2026, 4, 4), date(2026, 10, 3)],
    "Asia/Kathmandu": [date(2026, 5, 1)],
    "Pacific/Chatham": [date(2026, 4, 4), date(2026, 9, 26)],
    "Pacific/Apia": [date(2011, 12, 29), date(2021, 4, 3), date(2026, 1, 1)],
    "Africa/Casablanca": [date(2026, 2, 14), date(2026, 3, 21)],
    "America/Havana": [date(2026, 3, 7), date(2026, 10, 31)],
    "Asia/Gaza": [date(2026, 3, 27), date(2026, 10, 23)],
    "Europe/Berlin": [date(2026, 3, 28), date(2026, 10, 24), date(2026, 7, 1)],
    "America/St_Johns": [date(2026, 3, 7), date(2026, 10, 31)],
}
lengths = st.integers(0, 3).map(lambda count: count * CELL)
moments = st.one_of(
    st.integers(0, 140).map(lambda count: count * CELL),
    st.integers(0, 2100).map(lambda count: count * MINUTE),
)


@dataclass(frozen=True)
class Case:
    diary: Diary
    window: Span


@st.composite
def ranges(draw: st.DrawFn, weekday: int) -> WeeklyRange:
    opens = draw(st.integers(0, 95))
    closes = draw(st.one_of(st.just(96), st.integers(opens + 1, 96)))
    return WeeklyRange(weekday, wall(opens), wall(closes % 96))


def wall(quarter: int) -> time:
    return time(quarter // 4, quarter % 4 * 15)


@st.composite
def rules(draw: st.DrawFn) -> SlotRules:
    return SlotRules(
        step_minutes=draw(st.sampled_from([15, 30, 60])),
        minimum_notice=draw(st.sampled_from([0, 0, 45, 300])) * MINUTE,
        horizon=draw(st.sampled_from([9999, 9999, 1440, 95])) * MINUTE,
        buffer_before=draw(lengths),
        buffer_after=draw(lengths),
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A window of up to 30 hours from the noon before a night on; hours on the days around it."""
    zone = draw(st.sampled_from(sorted(NIGHTS)))
    night = draw(st.sampled_from(NIGHTS[zone]))
    noon = datetime.combine(night, time(12), UTC)
    start = noon + draw(moments) / 4 // MINUTE * MINUTE
    days = st.integers(night.weekday(), night.weekday() + 2).map(lambda day: day % 7)
    diary = Diary(
        hours=draw(st.lists(days.flatmap(ranges), min_size=1, max_size=5)),
        zone=zone,
        rules=draw(rules()),
        taken=[cell(noon + moment) for moment in draw(st.lists(moments, max_size=3))],
        busy=[
            Span(noon + moment, noon + moment + 40 * MINUTE) for moment in draw(st.lists(moments, max_size=2))
        ],
        duration=draw(st.sampled_from([30, 60, 90, 120])) * MINUTE,
        now=draw(st.one_of(st.just(noon - CELL), moments.map(lambda moment: noon + moment / 3))),
    )
    return Case(diary, Span(start, start + draw(st.integers(60, 1800)) * MINUTE))


def cell(instant: datetime) -> datetime:
    return instant.replace(minute=instant.minute // 15 * 15, second=0, microsecond=0)


def every_minute(starts_at: datetime, ends_at: datetime) -> list[datetime]:
    return [starts_at + index * MINUTE for index in range((ends_at - starts_at) // MINUTE)]


def ranges_open_at(instant: datetime, diary: Diary) -> list[WeeklyRange]:
    local = instant.astimezone(ZoneInfo(diary["zone"]))
    return [
        weekly
        for weekly in diary["hours"]
        if weekly.weekday == local.weekday()
        and weekly.starts <= local.time()
        and (local.time() < weekly.ends or weekly.ends == time(0))
    ]


def on_grid(instant: datetime, diary: Diary) -> bool:
    local = instant.astimezone(ZoneInfo(diary["zone"]))
    since = (
        (local.hour - weekly.starts.hour) * 60 + local.minute - weekly.starts.minute
        for weekly in ranges_open_at(instant, diary)
    )
    return any(minutes % diary["rules"].step_minutes == 0 for minutes in since)


def reference(start: datetime, diary: Diary) -> bool:
    """Whether a start on a full minute is open, told from the words of the rules."""
    rules, end = diary["rules"], start + diary["duration"]
    if (
        not diary["now"] < start
        or not diary["now"] + rules.minimum_notice <= start <= diary["now"] + rules.horizon
    ):
        return False
    if not on_grid(start, diary):
        return False
    guarded = every_minute(start - rules.buffer_before, end + rules.buffer_after)
    busy = {minute for span in diary["busy"] for minute in every_minute(span.starts_at, span.ends_at)}
    return (
        all(ranges_open_at(minute, diary) for minute in every_minute(start, end))
        and not {cell(minute) for minute in guarded} & set(diary["taken"])
        and not set(guarded) & busy
    )


@settings(max_examples=300, deadline=None)
@given(cases())
def test_slots_are_those_of_the_reference(case: Case) -> None:
    minutes = every_minute(case.window.starts_at, case.window.ends_at)
    expected = [minute for minute in minutes if reference(minute, case.diary)]
    assert open_slots(window=case.window, **case.diary) == expected
    assert all(start.minute % 15 == 0 and start.tzinfo is UTC for start in expected)


@settings(max_examples=100, deadline=None)
@given(cases())
def test_a_start_is_open_exactly_if_it_is_listed(case: Case) -> None:
    listed = open_slots(window=case.window, **case.diary)
    minutes = every_minute(case.window.starts_at, case.window.ends_at)
    assert [minute for minute in minutes if why_not(minute, **case.diary) is None] == listed


@settings(max_examples=100, deadline=None)
@given(cases(), st.integers(1, 4))
def test_the_next_slots_are_the_first_that_are_listed(case: Case, count: int) -> None:
    after = case.window.starts_at
    everything = open_slots(window=Span(after, after + timedelta(days=30)), **case.diary)
    assert next_open_slots(count=count, after=after, **case.diary) == everything[:count]
