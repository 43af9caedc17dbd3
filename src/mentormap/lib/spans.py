"""Half-open spans of time between two instants, and the 15-minute cells that they touch."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

CELL: Final = timedelta(minutes=15)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class NaiveInstant(ValueError):
    """A time without a zone stood where an instant is needed."""

    def __init__(self, naive: datetime) -> None:
        super().__init__(f"{naive.isoformat()} names no zone, so it is no instant.")
        self.naive = naive


class EmptySpan(ValueError):
    """A span would end before or when it starts."""

    def __init__(self, starts_at: datetime, ends_at: datetime) -> None:
        super().__init__(f"A span from {starts_at.isoformat()} to {ends_at.isoformat()} is empty.")
        self.starts_at = starts_at
        self.ends_at = ends_at


def utc(instant: datetime) -> datetime:
    """The same instant in UTC, so that arithmetic on it is elapsed time. Raises NaiveInstant."""
    if instant.tzinfo is UTC:
        return instant
    if instant.utcoffset() is None:
        raise NaiveInstant(instant)
    return instant.astimezone(UTC)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """[starts_at, ends_at), kept in UTC whatever zone they come in. Raises NaiveInstant and EmptySpan."""

    starts_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "starts_at", utc(self.starts_at))
        object.__setattr__(self, "ends_at", utc(self.ends_at))
        if self.starts_at >= self.ends_at:
            raise EmptySpan(self.starts_at, self.ends_at)

    @property
    def duration(self) -> timedelta:
        return self.ends_at - self.starts_at

    def __contains__(self, instant: datetime) -> bool:
        return self.starts_at <= instant < self.ends_at

    def covers(self, other: "Span") -> bool:
        """Returns whether the other lies wholly inside."""
        return self.starts_at <= other.starts_at and other.ends_at <= self.ends_at

    def overlaps(self, other: "Span") -> bool:
        """Returns whether the two share any time; spans that only touch do not."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at

    def intersect(self, other: "Span") -> "Span | None":
        """The time that the two share, if any."""
        if not self.overlaps(other):
            return None
        return Span(max(self.starts_at, other.starts_at), min(self.ends_at, other.ends_at))

    def widened(self, *, before: timedelta, after: timedelta) -> "Span":
        return Span(self.starts_at - before, self.ends_at + after)


def merge(spans: Iterable[Span]) -> list[Span]:
    """The same time as sorted spans that neither overlap nor touch."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.starts_at <= merged[-1].ends_at:
            merged[-1] = Span(merged[-1].starts_at, max(merged[-1].ends_at, span.ends_at))
        else:
            merged.append(span)
    return merged


def cell_of(instant: datetime) -> datetime:
    """The start of the 15-minute cell, counted from the full hour in UTC, that holds the instant."""
    instant = utc(instant)
    return instant - (instant - _EPOCH) % CELL


def cells(span: Span) -> list[datetime]:
    """The starts, ascending and in UTC, of the 15-minute cells that cover the span."""
    first = cell_of(span.starts_at)
    count = -((first - span.ends_at) // CELL)
    return [first + index * CELL for index in range(count)]
