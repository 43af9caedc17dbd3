"""Ranges of wall-clock hours as values: on one day, and on a weekday of every week."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from itertools import pairwise
from typing import Final

from django.utils.translation import gettext

from mentormap.lib.spans import CELL

_DAY: Final = timedelta(days=1)
_MIDNIGHT: Final = time()


class BadHours(ValueError):
    """The range is not on quarters of an hour, or ends before it starts."""

    def __init__(self, starts: time, ends: time) -> None:
        super().__init__(
            gettext(
                "Hours from %(starts)s to %(ends)s cannot be kept: let them start and end on a quarter of an hour, and end later on the same day (00:00 is the end of the day)."
            )
            % {"starts": format(starts, "%H:%M"), "ends": format(ends, "%H:%M")}
        )
        self.starts = starts
        self.ends = ends


class NoWeekday(ValueError):
    """Weekdays are numbered from 0, Monday, to 6."""

    def __init__(self, weekday: int) -> None:
        super().__init__(gettext("%(weekday)s is no weekday: Monday is 0, Sunday 6.") % {"weekday": weekday})
        self.weekday = weekday


@dataclass(frozen=True, slots=True, order=True)
class WallRange:
    """Wall-clock hours within a day; `ends` 00:00 is the end of the day.

    Raises BadHours.
    """

    starts: time
    ends: time

    def __post_init__(self) -> None:
        on_quarters = not (_since_midnight(self.starts) % CELL or _since_midnight(self.ends) % CELL)
        if not on_quarters or self.opens >= self.closes:
            raise BadHours(self.starts, self.ends)

    @property
    def opens(self) -> timedelta:
        """Wall-clock time since midnight."""
        return _since_midnight(self.starts)

    @property
    def closes(self) -> timedelta:
        """Wall-clock time since midnight, up to 24 hours."""
        return _DAY if self.ends == _MIDNIGHT else _since_midnight(self.ends)

    def __str__(self) -> str:
        times = {"starts": f"{self.starts:%H:%M}", "ends": f"{self.ends:%H:%M}"}
        return gettext("%(starts)s to %(ends)s") % times


@dataclass(frozen=True, slots=True)
class WeeklyRange:
    """Wall-clock hours on one day of every week (0 is Monday); `ends` 00:00 is the end of the day.

    Raises BadHours and NoWeekday.
    """

    weekday: int
    starts: time
    ends: time

    def __post_init__(self) -> None:
        if self.weekday not in range(7):
            raise NoWeekday(self.weekday)
        WallRange(self.starts, self.ends)

    @property
    def wall(self) -> WallRange:
        return WallRange(self.starts, self.ends)


class RangesOverlap(ValueError):
    """Two ranges of one day share time."""

    def __init__(self, first: WallRange, second: WallRange) -> None:
        super().__init__(
            gettext("%(first)s and %(second)s overlap. Let one end before the other starts.")
            % {"first": first, "second": second}
        )
        self.first, self.second = first, second


def in_order(ranges: Iterable[WallRange]) -> Sequence[WallRange]:
    """One day's ranges; two that touch stay two. Raises RangesOverlap."""
    ordered = sorted(ranges)
    for first, second in pairwise(ordered):
        if second.opens < first.closes:
            raise RangesOverlap(first, second)
    return ordered


def _since_midnight(wall: time) -> timedelta:
    return timedelta(hours=wall.hour, minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond)
