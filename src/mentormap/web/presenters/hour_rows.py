"""Ranges of hours as they are typed: rows of two times each, and what is wrong with them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from typing import NamedTuple

from django.http import QueryDict
from django.utils.translation import gettext_lazy

from mentormap.availability.weekly import BadHours, WallRange

INCOMPLETE = gettext_lazy("write both times, such as 09:00 and 12:30.")


class HourRow(NamedTuple):
    """The values of the two inputs of a range."""

    starts: str = ""
    ends: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.starts or self.ends)

    @classmethod
    def of(cls, wall: WallRange) -> "HourRow":
        return cls(f"{wall.starts:%H:%M}", f"{wall.ends:%H:%M}")


@dataclass(frozen=True)
class Read:
    """The ranges that could be read, and sentences about those that could not."""

    ranges: list[WallRange]
    errors: list[str]


def hour_rows(data: QueryDict, starts: str, ends: str) -> list[HourRow]:
    """Reads rows by the names of the two inputs, which may be sent many times."""
    pairs = zip(data.getlist(starts), data.getlist(ends), strict=False)
    return [HourRow(start.strip(), end.strip()) for start, end in pairs]


def read_rows(rows: Iterable[HourRow]) -> Read:
    """Empty rows count nothing."""
    found = Read([], [])
    for row in rows:
        if row.is_empty:
            continue
        starts, ends = _read(row.starts), _read(row.ends)
        if starts is None or ends is None:
            found.errors.append(str(INCOMPLETE))
            continue
        try:
            found.ranges.append(WallRange(starts, ends))
        except BadHours as error:
            found.errors.append(str(error))
    return found


def _read(text: str) -> time | None:
    """24:00 is what people call the end of the day."""
    try:
        return datetime.strptime("00:00" if text == "24:00" else text, "%H:%M").time()  # noqa: DTZ007 - a wall clock
    except ValueError:
        return None
