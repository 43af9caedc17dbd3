"""A week of hours at a glance: where each rectangle of the SVG stands. Lengths are units of its viewBox."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.utils.translation import gettext

from mentormap.availability.models import WeeklyHours
from mentormap.availability.weekly import WallRange, WeeklyRange

_LEFT: Final = 34
_COLUMN: Final = 44
_GAP: Final = 4
_TOP: Final = 22
_HOUR: Final = 9
_MARKS: Final = (0, 6, 12, 18, 24)
_ONE_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True)
class Block:
    """One range of hours."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Mark:
    """A word beside the grid: a weekday above its column, or an hour at its line."""

    x: float
    y: float
    label: str


@dataclass(frozen=True)
class WeekGrid:
    """`description` says in words what the blocks show."""

    blocks: Sequence[Block]
    weekdays: Sequence[Mark]
    hours: Sequence[Mark]
    description: str
    left: int = _LEFT
    top: int = _TOP
    width: int = _LEFT + 7 * _COLUMN
    height: int = _TOP + 24 * _HOUR + 6


def week_grid(ranges: Iterable[WeeklyRange]) -> WeekGrid:
    ordered = list(ranges)
    return WeekGrid(
        [_block(one.weekday, one.wall) for one in ordered],
        [Mark(_x(day) + _COLUMN / 2, _TOP - 8, label[:3]) for day, label in WeeklyHours.Weekday.choices],
        [Mark(_LEFT - 6, _TOP + hour * _HOUR, f"{hour:02}") for hour in _MARKS],
        _describe(ordered),
    )


def _block(weekday: int, wall: WallRange) -> Block:
    """Its corners are those of the times, to the quarter of an hour."""
    top, bottom = (_TOP + length / _ONE_HOUR * _HOUR for length in (wall.opens, wall.closes))
    return Block(_x(weekday) + _GAP / 2, round(top, 2), _COLUMN - _GAP, round(bottom - top, 2))


def _x(weekday: int) -> float:
    return _LEFT + weekday * _COLUMN


def _describe(ranges: Sequence[WeeklyRange]) -> str:
    days = [
        f"{label} {', '.join(str(one.wall) for one in ranges if one.weekday == day)}"
        for day, label in WeeklyHours.Weekday.choices
        if any(one.weekday == day for one in ranges)
    ]
    return "; ".join(days) + "." if days else gettext("No hours on any day.")
