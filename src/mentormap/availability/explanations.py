"""Why sessions can or cannot start in each part of a day: which rule removed which time. Pure, like open slots."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import groupby, pairwise
from typing import Final

from mentormap.availability.slots import Closed, Judge, SlotInputs, cap_reached, outside_booking_window
from mentormap.lib.spans import CELL, Span, cells
from mentormap.lib.zones import days_span, local_day, steady_stretches, zone_info

_NOTHING: Final = timedelta(0)
_MINUTE: Final = timedelta(minutes=1)


class Why(StrEnum):
    """The reason for the state of a part of a day; if several rules apply, the first of this list."""

    OPEN = "open"
    VACATION = "vacation"
    OVERRIDE = "override"
    WEEKLY_HOURS = "weekly_hours"
    PAST = "past"
    NOTICE = "notice"
    HORIZON = "horizon"
    RESERVED = "reserved"
    BUFFER = "buffer"
    BUSY = "busy"
    DAY_FULL = "day_full"
    WEEK_FULL = "week_full"
    TOO_SHORT = "too_short"
    OFF_GRID = "off_grid"


@dataclass(frozen=True, slots=True)
class Booked:
    """A session by its number, its own time, and what it reserves: its buffers too."""

    number: int
    span: Span
    reserves: Span


@dataclass(frozen=True, slots=True)
class ClosedReason:
    """`session` is the number of the one that stands in the way, if it is known.

    A BUFFER is kept to a session or to a busy time; what is TOO_SHORT ends at `meets_at`. `obstacle` says what is there.
    """

    why: Why
    session: int | None = None
    obstacle: Why | None = None
    meets_at: datetime | None = None


_OPEN: Final = ClosedReason(Why.OPEN)
_OFF_GRID: Final = ClosedReason(Why.OFF_GRID)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the day, and why no session can start in it; if it is open, the `starts` at which one can."""

    span: Span
    reason: ClosedReason
    starts: Sequence[datetime] = ()


@dataclass(frozen=True, slots=True)
class ClockChange:
    """At this instant the clocks go from one time of day to another."""

    at: datetime
    before: time
    after: time


@dataclass(frozen=True)
class Explanation:
    """A day from its first instant to its last, in stretches without a gap between them; none if the clocks skip the day."""

    day: date
    stretches: Sequence[Stretch]
    changes: Sequence[ClockChange]

    @property
    def starts(self) -> list[datetime]:
        """The open starts of the day (UTC)."""
        return [start for stretch in self.stretches for start in stretch.starts]


def explain(day: date, inputs: SlotInputs, *, bookings: Sequence[Booked]) -> Explanation:
    """Explains a day in the time zone of the inputs. `bookings` are the sessions whose cells are taken. Raises UnknownZone."""
    window = days_span(day, day, inputs.zone)
    if window is None:
        return Explanation(day, [], [])
    judge = Judge.over(window.widened(before=_NOTHING, after=inputs.duration), inputs)
    inquiry = _Inquiry(judge, inputs, bookings)
    pieces = [piece for piece, _ in steady_stretches(window, inputs.zone)]
    stretches = [stretch for piece in pieces for stretch in inquiry.stretches(piece)]
    return Explanation(day, stretches, list(_changes(window, inputs.zone)))


def _changes(window: Span, zone: str) -> Iterator[ClockChange]:
    """Returns clock changes within the day, and one that skips its beginning."""
    pieces = steady_stretches(window.widened(before=_MINUTE, after=_NOTHING), zone)
    for (_, before), (piece, _) in pairwise(pieces):
        at = piece.starts_at
        yield ClockChange(at, (at + before).time(), at.astimezone(zone_info(zone)).time())


@dataclass(frozen=True, slots=True)
class _Inquiry:
    """Asks about one start after another, on all quarters of an hour: sessions start on no other minutes."""

    judge: Judge
    inputs: SlotInputs
    bookings: Sequence[Booked]

    def stretches(self, piece: Span) -> Iterator[Stretch]:
        """Splits time where the clocks change."""
        asked = [(quarter, self._reason(quarter)) for quarter in cells(piece)]
        for _, group in groupby(asked, key=lambda answer: _kind(answer[1])):
            answers = list(group)
            starts = [quarter for quarter, reason in answers if reason == _OPEN]
            span = Span(answers[0][0], answers[-1][0] + CELL)
            yield Stretch(span, _OPEN if starts else answers[0][1], starts)

    def _reason(self, start: datetime) -> ClosedReason:
        if not (outside_booking_window(start, self.inputs) or self.judge.why_not(start)):
            return _OPEN
        return (
            self._outside_hours(start)
            or _ruled_out(outside_booking_window(start, self.inputs))
            or self._taken(start)
            or self._buffered(start)
            or _ruled_out(cap_reached(start, self.inputs.rules, self.judge.counts))
            or self._too_short(start)
            or _OFF_GRID
        )

    def _outside_hours(self, start: datetime) -> ClosedReason | None:
        if any(start in span for span in self.judge.open_hours.spans):
            return None
        day, hours = local_day(start, self.inputs.zone), self.inputs.hours
        if hours.is_vacation(day):
            return ClosedReason(Why.VACATION)
        return ClosedReason(Why.OVERRIDE if day in hours.overrides else Why.WEEKLY_HOURS)

    def _taken(self, start: datetime) -> ClosedReason | None:
        """The quarter itself, by a session, by a buffer of that session's, or by a busy time."""
        if start in self.judge.taken:
            booked = self._owner(start)
            if booked is None or start in booked.span:
                return ClosedReason(Why.RESERVED, booked.number if booked else None)
            return ClosedReason(Why.BUFFER, booked.number, Why.RESERVED)
        quarter = Span(start, start + CELL)
        return ClosedReason(Why.BUSY) if any(quarter.overlaps(busy) for busy in self.judge.busy) else None

    def _buffered(self, start: datetime) -> ClosedReason | None:
        """Returns the reason if a session from here on would need time before itself that is taken."""
        before = self.inputs.rules.buffer_before
        for obstacle in self._obstacles(Span(start - before, start)) if before else ():
            return ClosedReason(Why.BUFFER, obstacle.session, obstacle.why)
        return None

    def _too_short(self, start: datetime) -> ClosedReason | None:
        """The hours end, or something else begins, before a session from here on and its buffer would be over."""
        end = start + self.inputs.duration
        obstacles = list(self._obstacles(Span(start, end + self.inputs.rules.buffer_after)))
        hours = next(span for span in self.judge.open_hours.spans if start in span)
        closing = self._outside_hours(hours.ends_at) if hours.ends_at < end else None
        if closing:
            obstacles.append(replace(closing, meets_at=hours.ends_at))
        if not obstacles:
            return None
        first = min(obstacles, key=_meets_at)
        return ClosedReason(Why.TOO_SHORT, first.session, first.why, first.meets_at)

    def _obstacles(self, span: Span) -> Iterator[ClosedReason]:
        """The first reserved cell and the first busy time that a session would run into, if any."""
        for cell in cells(span):
            if cell in self.judge.taken:
                booked = self._owner(cell)
                yield ClosedReason(Why.RESERVED, booked.number if booked else None, meets_at=cell)
                break
        for busy in self.judge.busy:
            if busy.overlaps(span):
                yield ClosedReason(Why.BUSY, meets_at=busy.starts_at)
                break

    def _owner(self, cell: datetime) -> Booked | None:
        return next((booked for booked in self.bookings if cell in booked.reserves), None)


def _kind(reason: ClosedReason) -> ClosedReason:
    """Free time is one stretch, be it on the grid or between its starts."""
    return _OPEN if reason == _OFF_GRID else reason


def _ruled_out(closed: Closed | None) -> ClosedReason | None:
    return ClosedReason(Why(closed)) if closed else None


def _meets_at(reason: ClosedReason) -> datetime:
    return reason.meets_at or datetime.max.replace(tzinfo=UTC)
