"""Open slots, compared with a slow reference that looks at every minute on the wall clock."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentormap.availability.explanations import Stretch, Why, explain
from mentormap.availability.slots import SlotInputs, is_open, next_open_slots, open_slots
from mentormap.lib.spans import CELL, Span
from tests.availability.cases import ZONES, Case, cases, nights
from tests.availability.reference import every_minute, local, offers
from tests.effort import examples

pytestmark = pytest.mark.thorough


def test_the_zones_change_their_clocks_in_every_way() -> None:
    """By half an hour, at midnight, four times a year with Ramadan, never: what the made-up cases rest on."""
    changes = Counter({zone: len(nights(zone)) for zone in ZONES})
    assert changes["Australia/Lord_Howe"] == changes["America/Havana"] == 4
    assert changes["Africa/Casablanca"] == changes["Pacific/Chatham"] == 4
    assert changes["Asia/Gaza"] >= 4
    assert changes["Asia/Kathmandu"] == changes["Pacific/Apia"] == 0


@settings(max_examples=examples(400), deadline=None)
@given(cases())
def test_slots_are_those_of_the_reference(case: Case) -> None:
    expected = [minute for minute in every_minute(case.window) if offers(minute, case.inputs)]
    assert open_slots(case.inputs, window=case.window) == expected
    assert all(start.minute % 15 == 0 and start.tzinfo is UTC for start in expected)


@settings(max_examples=examples(100), deadline=None)
@given(cases())
def test_a_start_is_open_exactly_if_it_is_listed(case: Case) -> None:
    listed = open_slots(case.inputs, window=case.window)
    assert [minute for minute in every_minute(case.window) if is_open(minute, case.inputs)] == listed


@settings(max_examples=examples(100), deadline=None)
@given(cases(), st.integers(1, 4))
def test_the_next_slots_are_the_first_that_are_listed(case: Case, count: int) -> None:
    after = case.window.starts_at
    everything = open_slots(case.inputs, window=Span(after, after + timedelta(days=30)))
    assert next_open_slots(case.inputs, count=count, after=after) == everything[:count]


@settings(max_examples=examples(150), deadline=None)
@given(cases())
def test_a_start_is_open_exactly_if_it_is_explained_as_open(case: Case) -> None:
    day = local(case.window.starts_at, case.inputs).date()
    explanation = explain(day, case.inputs, bookings=[])
    spans = [stretch.span for stretch in explanation.stretches]
    assert all(one.ends_at == other.starts_at for one, other in pairwise(spans))
    assert {local(span.starts_at, case.inputs).date() for span in spans} == {day}
    whole = Span(spans[0].starts_at, spans[-1].ends_at)
    assert explanation.starts == [start for start in every_minute(whole) if offers(start, case.inputs)]


@settings(max_examples=examples(300), deadline=None)
@given(cases())
def test_a_rule_that_is_named_stands_in_the_way(case: Case) -> None:
    """Without that rule the start is open, or closed by another."""
    day = local(case.window.starts_at, case.inputs).date()
    for stretch in explain(day, case.inputs, bookings=[]).stretches:
        if stretch.reason.why not in {Why.OPEN, Why.WEEKLY_HOURS, Why.PAST}:
            without = explain(day, relaxed(case.inputs, stretch), bookings=[])
            same = next(one for one in without.stretches if stretch.span.starts_at in one.span)
            assert same.reason != stretch.reason


def relaxed(inputs: SlotInputs, stretch: Stretch) -> SlotInputs:
    """The inputs without the one rule or thing that the stretch names."""
    rules, hours = inputs.rules, inputs.hours
    names = {stretch.reason.why, stretch.reason.obstacle}
    lifted: dict[Why, dict[str, Any]] = {
        Why.VACATION: {"hours": replace(hours, vacations=[])},
        Why.OVERRIDE: {"hours": replace(hours, overrides={})},
        Why.RESERVED: {"taken": []},
        Why.BUSY: {"busy": []},
        Why.WEEKLY_HOURS: {"duration": CELL},
    }
    for name, changes in lifted.items():
        inputs = replace(inputs, **changes) if name in names else inputs
    less: dict[Why, dict[str, Any]] = {
        Why.NOTICE: {"minimum_notice": timedelta(0)},
        Why.HORIZON: {"horizon": timedelta(days=4000)},
        Why.DAY_FULL: {"most_a_day": None},
        Why.WEEK_FULL: {"most_a_week": None},
        Why.OFF_GRID: {"step_minutes": 15},
    }
    return replace(inputs, rules=replace(rules, **less.get(stretch.reason.why, {})))
