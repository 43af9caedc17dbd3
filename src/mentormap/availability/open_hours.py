"""A mentor's hours on given days, and the instants that they mean."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Final

from mentormap.availability.weekly import WallRange, WeeklyRange
from mentormap.lib.spans import Span, merge
from mentormap.lib.zones import steady_stretches

_MIDNIGHT: Final = time()


@dataclass(frozen=True, slots=True, order=True)
class DaySpan:
    """Days of a calendar, the last one included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True)
class Hours:
    """The weekly hours, and the days that differ.

    The ranges of an override replace its day's weekly hours, none of them close it; a vacation closes its days whatever else is said.
    """

    weekly: Sequence[WeeklyRange] = ()
    overrides: Mapping[date, Sequence[WallRange]] = field(default_factory=dict)
    vacations: Sequence[DaySpan] = ()

    def on(self, day: date) -> Sequence[WallRange]:
        if self.is_vacation(day):
            return ()
        return self.overrides.get(day, self._by_weekday[day.weekday()])

    def is_vacation(self, day: date) -> bool:
        return any(day in vacation for vacation in self.vacations)

    @cached_property
    def _by_weekday(self) -> Mapping[int, Sequence[WallRange]]:
        days: dict[int, list[WallRange]] = defaultdict(list)
        for one in self.weekly:
            days[one.weekday].append(one.wall)
        return days


@dataclass(frozen=True, slots=True)
class _OpenPiece:
    """Part of a range on one day, within which clocks are not changed."""

    span: Span
    grid_origin: datetime
    """The range's start, by the clocks of this piece; it may lie before the piece."""


@dataclass(frozen=True, slots=True)
class OpenHours:
    """Hours within a window, in UTC: merged spans, and the starts on the wall-clock grid."""

    spans: Sequence[Span]
    starts: frozenset[datetime]


def open_hours(hours: Hours, *, zone: str, step: timedelta, window: Span) -> OpenHours:
    """An instant is within hours if the clocks of the zone show a time within them.

    So a gap shortens them and a fold makes them longer, or opens them twice. Raises UnknownZone.
    """
    pieces = list(_pieces(hours, zone, window))
    starts = frozenset(start for piece in pieces for start in _grid(piece, step))
    return OpenHours(merge(piece.span for piece in pieces), starts)


def _pieces(hours: Hours, zone: str, window: Span) -> Iterator[_OpenPiece]:
    for stretch, offset in steady_stretches(window, zone):
        for day in _days(stretch.starts_at + offset, stretch.ends_at + offset):
            midnight = datetime.combine(day, _MIDNIGHT, UTC) - offset
            yield from _pieces_of(hours.on(day), midnight, stretch)


def _pieces_of(ranges: Iterable[WallRange], midnight: datetime, stretch: Span) -> Iterator[_OpenPiece]:
    for wall in ranges:
        opens_at = midnight + wall.opens
        span = Span(opens_at, midnight + wall.closes).intersect(stretch)
        if span:
            yield _OpenPiece(span, opens_at)


def _grid(piece: _OpenPiece, step: timedelta) -> Iterator[datetime]:
    start = piece.grid_origin + -((piece.grid_origin - piece.span.starts_at) // step) * step
    while start < piece.span.ends_at:
        yield start
        start += step


def _days(first: datetime, last: datetime) -> Iterator[date]:
    for number in range(first.toordinal(), last.toordinal() + 1):
        yield date.fromordinal(number)
