from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentormap.lib.spans import (
    CELL,
    EmptySpan,
    NaiveInstant,
    Span,
    cell_of,
    cells,
    merge,
)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def span(start: int, end: int) -> Span:
    """Minutes after noon."""
    return Span(NOON + start * MINUTE, NOON + end * MINUTE)


def minutes_of(*spans: Span) -> set[datetime]:
    """The slow truth: every minute that the spans hold."""
    return {one.starts_at + index * MINUTE for one in spans for index in range(one.duration // MINUTE)}


spans = st.builds(lambda start, length: span(start, start + length), st.integers(-90, 90), st.integers(1, 60))


def test_a_span_is_kept_in_utc() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    made = Span(datetime(2026, 10, 25, 1, tzinfo=berlin), datetime(2026, 10, 25, 4, tzinfo=berlin))
    assert made == Span(datetime(2026, 10, 24, 23, tzinfo=UTC), datetime(2026, 10, 25, 3, tzinfo=UTC))
    assert made.duration == timedelta(hours=4)


def test_a_time_without_a_zone_is_no_instant() -> None:
    naive = datetime(2026, 11, 24, 12)  # noqa: DTZ001 - the point of the test
    with pytest.raises(NaiveInstant) as refusal:
        Span(naive, NOON)
    assert refusal.value.naive == naive


@pytest.mark.parametrize("length", [0, -1])
def test_a_span_lasts(length: int) -> None:
    with pytest.raises(EmptySpan) as refusal:
        span(0, length)
    assert (refusal.value.starts_at, refusal.value.ends_at) == (NOON, NOON + length * MINUTE)


def test_a_span_holds_its_start_and_not_its_end() -> None:
    assert [instant in span(0, 60) for instant in (NOON, NOON + 59 * MINUTE, NOON + 60 * MINUTE)] == [
        True,
        True,
        False,
    ]


def test_spans_that_touch_do_not_overlap() -> None:
    assert not span(0, 60).overlaps(span(60, 90))
    assert span(0, 60).intersect(span(60, 90)) is None


def test_spans_that_touch_merge() -> None:
    assert merge([span(60, 90), span(0, 60), span(100, 110)]) == [span(0, 90), span(100, 110)]


def test_a_buffer_widens_a_span() -> None:
    assert span(0, 60).widened(before=15 * MINUTE, after=30 * MINUTE) == span(-15, 90)


@given(spans, spans)
def test_pairs_agree_with_their_minutes(one: Span, other: Span) -> None:
    shared = minutes_of(one) & minutes_of(other)
    common = one.intersect(other)
    assert one.overlaps(other) == bool(shared)
    assert (minutes_of(common) if common else set()) == shared
    assert one.covers(other) == (minutes_of(other) <= minutes_of(one))


@pytest.mark.thorough
@given(st.lists(spans, max_size=6))
def test_merged_spans_are_the_same_minutes_apart(several: list[Span]) -> None:
    merged = merge(several)
    assert minutes_of(*merged) == minutes_of(*several)
    assert all(one.ends_at < other.starts_at for one, other in pairwise(merged))


def test_cells_of_a_session() -> None:
    assert cells(span(0, 60)) == [NOON, NOON + CELL, NOON + 2 * CELL, NOON + 3 * CELL]


def test_a_span_off_the_quarters_touches_the_cells_at_its_edges() -> None:
    assert cells(span(14, 31)) == [NOON, NOON + CELL, NOON + 2 * CELL]
    assert cells(Span(NOON, NOON + timedelta(microseconds=1))) == [NOON]


@given(spans)
def test_cells_cover_every_minute_and_no_more(one: Span) -> None:
    covering = cells(one)
    assert covering == sorted({cell_of(minute) for minute in minutes_of(one)})
    assert all(cell.minute % 15 == 0 and cell.second == 0 and cell.tzinfo is UTC for cell in covering)
