"""Open slots, compared with a slow reference that looks at every minute on the wall clock."""

from collections import Counter
from datetime import UTC, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentormap.availability.slots import is_open, next_open_slots, open_slots
from mentormap.lib.spans import Span
from tests.availability.cases import ZONES, Case, cases, nights
from tests.availability.reference import every_minute, offers

pytestmark = pytest.mark.thorough


def test_the_zones_change_their_clocks_in_every_way() -> None:
    """By half an hour, at midnight, four times a year with Ramadan, never: what the made-up cases rest on."""
    changes = Counter({zone: len(nights(zone)) for zone in ZONES})
    assert changes["Australia/Lord_Howe"] == changes["America/Havana"] == 4
    assert changes["Africa/Casablanca"] == changes["Pacific/Chatham"] == 4
    assert changes["Asia/Gaza"] >= 4
    assert changes["Asia/Kathmandu"] == changes["Pacific/Apia"] == 0


@settings(max_examples=400, deadline=None)
@given(cases())
def test_slots_are_those_of_the_reference(case: Case) -> None:
    expected = [minute for minute in every_minute(case.window) if offers(minute, case.diary)]
    assert open_slots(window=case.window, **case.diary) == expected
    assert all(start.minute % 15 == 0 and start.tzinfo is UTC for start in expected)


@settings(max_examples=100, deadline=None)
@given(cases())
def test_a_start_is_open_exactly_if_it_is_listed(case: Case) -> None:
    listed = open_slots(window=case.window, **case.diary)
    assert [minute for minute in every_minute(case.window) if is_open(minute, **case.diary)] == listed


@settings(max_examples=100, deadline=None)
@given(cases(), st.integers(1, 4))
def test_the_next_slots_are_the_first_that_are_listed(case: Case, count: int) -> None:
    after = case.window.starts_at
    everything = open_slots(window=Span(after, after + timedelta(days=30)), **case.diary)
    assert next_open_slots(count=count, after=after, **case.diary) == everything[:count]
