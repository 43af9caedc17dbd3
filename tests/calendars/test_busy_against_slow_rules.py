"""Busy times of made-up calendars, compared with those of the slow rules."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentormap.calendars.busy import agenda
from mentormap.lib.spans import Span, merge
from tests.calendars.ics import calendar
from tests.calendars.slow_rules import Rule
from tests.effort import examples

ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "America/Havana",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Asia/Gaza",
    "America/St_Johns",
    "UTC",
]
START = date(2026, 9, 1)
DAYS = st.integers(0, 500).map(lambda days: START + timedelta(days=days))


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """Rules that begin before, in or after the window, with times about the hours at which clocks are changed."""
    freq = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]))
    weekdays = st.lists(st.integers(0, 6), unique=True, max_size=3).map(sorted).map(tuple)
    month_days = st.lists(st.sampled_from([1, 13, 28, 29, 30, 31, -1, -3]), unique=True, max_size=3).map(
        tuple
    )
    bound = draw(st.sampled_from(["none", "count", "until"]))
    first_day = draw(DAYS)
    rule = Rule(
        zone=draw(st.sampled_from(ZONES)),
        first_day=first_day,
        at=time(draw(st.integers(0, 23)), draw(st.sampled_from([0, 15, 30, 45]))),
        minutes=draw(st.sampled_from([15, 60, 210, 1440, 4000])),
        has_duration=draw(st.booleans()),
        freq=freq,
        interval=draw(st.integers(1, 4)),
        weekdays=draw(weekdays) if freq != "MONTHLY" else (),
        month_days=draw(month_days) if freq == "MONTHLY" else (),
        count=draw(st.integers(1, 60)) if bound == "count" else None,
        until=first_day + timedelta(days=draw(st.integers(0, 300))) if bound == "until" else None,
        skipped=frozenset(draw(st.lists(DAYS, max_size=4))),
    )
    return rule.from_its_first_day()


def check(made: list[Rule], window: Span) -> None:
    text = calendar(*(rule.ics(uid=f"{number}@example.com") for number, rule in enumerate(made)))
    last_day = window.ends_at.date() + timedelta(days=2)
    times = [Span(*pair) for rule in made for pair in rule.occurrences(last_day) if pair[0] < pair[1]]
    expected = merge(shared for one in times if (shared := one.intersect(window)))
    found = agenda(text, zone="UTC", window=window)
    assert (found.unread, found.spans) == (0, expected)


WINDOWS = DAYS.map(
    lambda day: Span(
        datetime.combine(day, time(7), UTC), datetime.combine(day, time(7), UTC) + timedelta(days=100)
    )
)


@given(st.lists(rules(), min_size=1, max_size=3), WINDOWS)
@settings(max_examples=15, deadline=None)
def test_busy_times_are_those_of_the_slow_rules(made: list[Rule], window: Span) -> None:
    check(made, window)


@pytest.mark.thorough
@given(st.lists(rules(), min_size=1, max_size=4), WINDOWS)
@settings(max_examples=examples(600), deadline=None)
def test_busy_times_are_those_of_the_slow_rules_thoroughly(made: list[Rule], window: Span) -> None:
    check(made, window)
