"""Weekly hours as values, and the instants that they mean on given days."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from mentormap.lib.spans import CELL, Span, merge
from mentormap.lib.zones import steady_stretches

_DAY: Final = timedelta(days=1)
_MIDNIGHT: Final = time()


class BadHours(ValueError):
    """The range is not on quarters of an hour, ends before it starts, or names no weekday."""

    def __init__(self, weekday: int, starts: time, ends: time) -> None:
        super().__init__(
            f"Hours from {starts:%H:%M} to {ends:%H:%M} cannot be kept: let them start and end on a quarter of an "
            "hour, and end later on the same day (00:00 is the end of the day)."
        )
        self.weekday = weekday
        self.starts = starts
        self.ends = ends


@dataclass(frozen=True, slots=True)
class WeeklyRange:
    """Wall-clock hours on one day of every week (0 is Monday); `ends` 00:00 is the end of the day.

    Raises BadHours.
    """

    weekday: int
    starts: time
    ends: time

    def __post_init__(self) -> None:
        on_quarters = not (_since_midnight(self.starts) % CELL or _since_midnight(self.ends) % CELL)
        if self.weekday not in range(7) or not on_quarters or self.opens >= self.closes:
            raise BadHours(self.weekday, self.starts, self.ends)

    @property
    def opens(self) -> timedelta:
        """Wall-clock time since midnight."""
        return _since_midnight(self.starts)

    @property
    def closes(self) -> timedelta:
        """Wall-clock time since midnight, up to 24 hours."""
        return _DAY if self.ends == _MIDNIGHT else _since_midnight(self.ends)


@dataclass(frozen=True, slots=True)
class _OpenPiece:
    """Part of a range on one day, within which clocks are not changed."""

    span: Span
    grid_origin: datetime
    """The range's start, by the clocks of this piece; it may lie before the piece."""


@dataclass(frozen=True, slots=True)
class OpenHours:
    """What weekly hours come to within a window, in UTC: merged spans, and the starts on the wall-clock grid."""

    spans: Sequence[Span]
    starts: frozenset[datetime]


def open_hours(hours: Iterable[WeeklyRange], *, zone: str, step: timedelta, window: Span) -> OpenHours:
    """An instant is within hours if the clocks of the zone show a time within them.

    So a gap shortens them and a fold makes them longer, or opens them twice. Raises UnknownZone.
    """
    pieces = list(_pieces(list(hours), zone, window))
    starts = frozenset(start for piece in pieces for start in _grid(piece, step))
    return OpenHours(merge(piece.span for piece in pieces), starts)


def _pieces(hours: list[WeeklyRange], zone: str, window: Span) -> Iterator[_OpenPiece]:
    for stretch, offset in steady_stretches(window, zone):
        for day in _days(stretch.starts_at + offset, stretch.ends_at + offset):
            midnight = datetime.combine(day, _MIDNIGHT, UTC) - offset
            for weekly in hours:
                if weekly.weekday == day.weekday():
                    yield from _piece(midnight + weekly.opens, midnight + weekly.closes, stretch)


def _piece(opens_at: datetime, closes_at: datetime, stretch: Span) -> Iterator[_OpenPiece]:
    span = Span(opens_at, closes_at).intersect(stretch)
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


def _since_midnight(wall: time) -> timedelta:
    return timedelta(hours=wall.hour, minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond)
