"""A mentor's weekly hours as they are typed: rows of two times on each day."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.http import QueryDict

from mentormap.availability.hours import HoursOverlap, ordered_week
from mentormap.availability.models import WeeklyHours
from mentormap.availability.weekly import WeeklyRange
from mentormap.lib.languages import Text
from mentormap.web.presenters.hour_rows import HourRow, hour_rows, read_rows

WORKING_DAYS: Final = range(5)


@dataclass
class Days:
    """The rows of the week, as typed, and what is wrong with a day."""

    rows: dict[int, list[HourRow]]
    errors: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, hours: Iterable[WeeklyRange]) -> "Days":
        rows: dict[int, list[HourRow]] = {day: [] for day in WeeklyHours.Weekday.values}
        for one in hours:
            rows[one.weekday].append(HourRow.of(one.wall))
        return cls(rows)

    @classmethod
    def from_form(cls, data: QueryDict) -> "Days":
        return cls(
            {day: hour_rows(data, f"starts_{day}", f"ends_{day}") for day in WeeklyHours.Weekday.values}
        )

    def change(self, data: QueryDict) -> None:
        """Applies buttons that change only the form: add a row, remove one, or copy Monday."""
        added = _weekday(data.get("add", ""))
        if added is not None:
            self.rows[added].append(HourRow())
        if "copy" in data:
            self.rows |= {day: list(self.rows[WeeklyHours.Weekday.MONDAY]) for day in WORKING_DAYS}
        day, _, index = data.get("remove", "").partition("-")
        removed = _weekday(day)
        if removed is not None and index in map(str, range(len(self.rows[removed]))):
            del self.rows[removed][int(index)]

    def by_weekday(self) -> list[tuple[int, Text, list[HourRow], list[str]]]:
        """(weekday, its name, its rows, what is wrong), with a row to fill in on each day."""
        return [
            (day, label, self.rows[day] or [HourRow()], self.errors.get(day, []))
            for day, label in WeeklyHours.Weekday.choices
        ]

    def ranges(self) -> Sequence[WeeklyRange]:
        """The hours from Monday on; what cannot be kept is noted in `errors` by its day."""
        found = [one for day, rows in self.rows.items() for one in self._ranges_of(day, rows)]
        try:
            return ordered_week(found)
        except HoursOverlap as error:
            self.errors[error.weekday].append(str(error))
            return []

    def _ranges_of(self, day: int, rows: list[HourRow]) -> Iterable[WeeklyRange]:
        read, label = read_rows(rows), WeeklyHours.Weekday(day).label
        if read.errors:
            self.errors[day] += [f"{label}: {error}" for error in read.errors]
        return [WeeklyRange(day, wall.starts, wall.ends) for wall in read.ranges]


def _weekday(text: str) -> int | None:
    return int(text) if text in map(str, WeeklyHours.Weekday.values) else None
