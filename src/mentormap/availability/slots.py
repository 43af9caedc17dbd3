"""Open slots: the instants at which a session may start. Pure; it is handed what is taken."""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice
from operator import attrgetter
from typing import Final

from django.utils.translation import gettext

from mentormap.availability.open_hours import Hours, OpenHours, open_hours
from mentormap.availability.session_counts import SessionCounts
from mentormap.lib.spans import CELL, Span, cells, merge, utc

STEPS: Final = (15, 30, 60)
_NOTHING: Final = timedelta(0)
_WEEK: Final = timedelta(days=7)
_starts_at: Final = attrgetter("starts_at")
_ends_at: Final = attrgetter("ends_at")


class Closed(StrEnum):
    """Why a start is not open; of several reasons, the first of this list."""

    PAST = "past"
    NOTICE = "notice"
    HORIZON = "horizon"
    OUTSIDE_HOURS = "outside_hours"
    OFF_GRID = "off_grid"
    RESERVED = "reserved"
    BUSY = "busy"
    DAY_FULL = "day_full"
    WEEK_FULL = "week_full"


class BadRules(ValueError):
    """A buffer is not a multiple of 15 minutes, a step not 15, 30 or 60 minutes, a length negative, or a cap below 1."""

    def __init__(self, rules: "SlotRules") -> None:
        super().__init__(
            gettext(
                "Slots start every 15, 30 or 60 minutes; buffers are multiples of 15 minutes; a cap is 1 or more."
            )
        )
        self.rules = rules


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotRules:
    """When a mentor may be booked within the hours. Buffers keep apart from other sessions and busy times.

    A cap of None is no cap; days and weeks are those of the mentor's clocks. Raises BadRules.
    """

    step_minutes: int = 30
    minimum_notice: timedelta = _NOTHING
    horizon: timedelta = timedelta(days=60)
    buffer_before: timedelta = _NOTHING
    buffer_after: timedelta = _NOTHING
    most_a_day: int | None = None
    most_a_week: int | None = None

    def __post_init__(self) -> None:
        buffers = (self.buffer_before, self.buffer_after)
        lengths = (self.minimum_notice, self.horizon, *buffers)
        is_off_grid = self.step_minutes not in STEPS or any(buffer % CELL for buffer in buffers)
        if is_off_grid or min(lengths) < _NOTHING or any(cap < 1 for cap in self.caps):
            raise BadRules(self)

    @property
    def step(self) -> timedelta:
        return timedelta(minutes=self.step_minutes)

    @property
    def caps(self) -> Sequence[int]:
        """The caps that are set."""
        return [cap for cap in (self.most_a_day, self.most_a_week) if cap is not None]


@dataclass(frozen=True, kw_only=True)
class SlotInputs:
    """What decides whether a start is open.

    `hours` are wall-clock in `zone`; `taken` are the starts of reserved 15-minute cells, as instants; `booked` are the starts of
    the sessions that count towards the caps, those of the whole weeks around the window; `now` is aware.
    """

    hours: Hours
    zone: str
    rules: SlotRules
    taken: Collection[datetime]
    busy: Sequence[Span]
    booked: Collection[datetime]
    duration: timedelta
    now: datetime


def open_slots(inputs: SlotInputs, *, window: Span) -> list[datetime]:
    """The open starts within the window, ascending, in UTC; a session may run past its end. Raises UnknownZone."""
    return list(_open_slots(window, inputs))


def next_open_slots(inputs: SlotInputs, *, count: int, after: datetime) -> list[datetime]:
    """The first `count` open starts from `after` on, ascending, in UTC; it looks no further than it must.

    Raises UnknownZone.
    """
    return list(islice(_week_by_week(utc(after), inputs), count))


def why_not(start: datetime, inputs: SlotInputs) -> Closed | None:
    """Why a session may not start at this instant; None if it may. Raises UnknownZone."""
    start = utc(start)
    return outside_booking_window(start, inputs) or Judge.over(_session(start, inputs), inputs).why_not(start)


def is_open(start: datetime, inputs: SlotInputs) -> bool:
    """Returns whether a session may start at this instant, that is, whether `open_slots` would list it. Raises UnknownZone."""
    return why_not(start, inputs) is None


@dataclass(frozen=True, slots=True)
class Judge:
    """Says which starts the hours and what is taken leave open, once the hours have been turned into instants."""

    open_hours: OpenHours
    taken: frozenset[datetime]
    busy: list[Span]
    counts: SessionCounts
    inputs: SlotInputs

    @classmethod
    def over(cls, window: Span, inputs: SlotInputs) -> "Judge":
        """Knows the hours in the window alone."""
        hours = open_hours(inputs.hours, zone=inputs.zone, step=inputs.rules.step, window=window)
        counts = SessionCounts.of(inputs.booked, inputs.zone)
        return cls(hours, frozenset(inputs.taken), merge(inputs.busy), counts, inputs)

    def why_not(self, start: datetime) -> Closed | None:
        """Hours and grid are of the session itself; reserved cells and busy times, of it and its buffers."""
        session, rules = _session(start, self.inputs), self.inputs.rules
        guarded = session.widened(before=rules.buffer_before, after=rules.buffer_after)
        if not _is_covered(session, self.open_hours.spans):
            return Closed.OUTSIDE_HOURS
        if start not in self.open_hours.starts:
            return Closed.OFF_GRID
        if not self.taken.isdisjoint(cells(guarded)):
            return Closed.RESERVED
        return Closed.BUSY if _met(guarded, self.busy) else cap_reached(start, rules, self.counts)


def cap_reached(start: datetime, rules: SlotRules, counts: SessionCounts) -> Closed | None:
    """Returns the cap that one more session at this instant would exceed, of its day or its week."""
    if rules.most_a_day is not None and counts.on_day_of(start) >= rules.most_a_day:
        return Closed.DAY_FULL
    if rules.most_a_week is not None and counts.in_week_of(start) >= rules.most_a_week:
        return Closed.WEEK_FULL
    return None


def outside_booking_window(start: datetime, inputs: SlotInputs) -> Closed | None:
    """Returns why the start is past, too soon or too far ahead, whatever the hours."""
    ahead, rules = start - inputs.now, inputs.rules
    if ahead <= _NOTHING:
        return Closed.PAST
    if ahead < rules.minimum_notice:
        return Closed.NOTICE
    return Closed.HORIZON if ahead > rules.horizon else None


def _open_slots(window: Span, inputs: SlotInputs) -> Iterator[datetime]:
    bookable = window.intersect(_bookable(inputs))
    if bookable:
        judge = Judge.over(bookable.widened(before=_NOTHING, after=inputs.duration), inputs)
        starts = sorted(start for start in judge.open_hours.starts if start in bookable)
        yield from (
            start for start in starts if not (outside_booking_window(start, inputs) or judge.why_not(start))
        )


def _week_by_week(after: datetime, inputs: SlotInputs) -> Iterator[datetime]:
    bookable = _bookable(inputs)
    start = max(after, bookable.starts_at)
    while start < bookable.ends_at:
        yield from _open_slots(Span(start, start + _WEEK), inputs)
        start += _WEEK


def _session(start: datetime, inputs: SlotInputs) -> Span:
    return Span(start, start + inputs.duration)


def _bookable(inputs: SlotInputs) -> Span:
    """From the end of the notice to the horizon, which itself can still be booked."""
    now, rules = inputs.now, inputs.rules
    last = now + max(rules.horizon, rules.minimum_notice)
    return Span(now + rules.minimum_notice, last + timedelta.resolution)


def _is_covered(session: Span, merged: Sequence[Span]) -> bool:
    index = bisect_right(merged, session.starts_at, key=_starts_at) - 1
    return index >= 0 and merged[index].covers(session)


def _met(session: Span, merged: Sequence[Span]) -> bool:
    index = bisect_right(merged, session.starts_at, key=_ends_at)
    return index < len(merged) and merged[index].overlaps(session)
