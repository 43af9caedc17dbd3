"""The hours of any number of mentors, with the days that differ, in one query."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any, Final, NamedTuple

from django.db.models import DateField, QuerySet, SmallIntegerField, TimeField, Value

from mentormap.availability.models import DateOverride, Vacation, WeeklyHours
from mentormap.availability.open_hours import DaySpan, Hours
from mentormap.availability.weekly import WallRange, WeeklyRange
from mentormap.lib.spans import Span

_DAY: Final = timedelta(days=1)
_NO_WEEKDAY: Final = Value(None, output_field=SmallIntegerField())
_NO_DAY: Final = Value(None, output_field=DateField())
_NO_TIME: Final = Value(None, output_field=TimeField())


class _Row(NamedTuple):
    """A row of weekly hours if it has a weekday, of a vacation if it has a last day, otherwise of an override."""

    mentor_id: int
    weekday: int | None
    day: date | None
    last_day: date | None
    starts: time | None
    ends: time | None


@dataclass
class _MentorHours:
    """The rows of one mentor."""

    weekly: list[WeeklyRange] = field(default_factory=list)
    overrides: dict[date, list[WallRange]] = field(default_factory=lambda: defaultdict(list))
    vacations: list[DaySpan] = field(default_factory=list)

    def add(self, row: _Row) -> None:
        ranges = [WallRange(row.starts, row.ends)] if row.starts is not None and row.ends is not None else []
        if row.weekday is not None:
            self.weekly += [WeeklyRange(row.weekday, wall.starts, wall.ends) for wall in ranges]
        elif row.day is not None and row.last_day is not None:
            self.vacations.append(DaySpan(row.day, row.last_day))
        elif row.day is not None:
            self.overrides[row.day] += ranges


def hours_by_mentor(mentor_ids: Collection[int], window: Span) -> dict[int, Hours]:
    """Each mentor's hours, with the overrides and vacations that touch the window, in the order of their starts."""
    found: dict[int, _MentorHours] = defaultdict(_MentorHours)
    for row in _rows(mentor_ids, window):
        found[row.mentor_id].add(row)
    return {pk: Hours(one.weekly, dict(one.overrides), one.vacations) for pk, one in found.items()}


def _rows(mentor_ids: Collection[int], window: Span) -> Iterator[_Row]:
    """Vacations stand first: PostgreSQL reads the columns' types from the first two queries, and no query knows them all."""
    first, last = (window.starts_at - _DAY).date(), (window.ends_at + _DAY).date()
    vacations = Vacation.objects.filter(mentor_id__in=mentor_ids, last_day__gte=first, first_day__lte=last)
    weekly = WeeklyHours.objects.filter(mentor_id__in=mentor_ids)
    overrides = DateOverride.objects.filter(mentor_id__in=mentor_ids, day__range=(first, last))
    rows = _columns(vacations, _NO_WEEKDAY, "first_day", "last_day", _NO_TIME, _NO_TIME).union(
        _columns(weekly, "weekday", _NO_DAY, _NO_DAY, "starts", "ends"),
        _columns(overrides, _NO_WEEKDAY, "day", _NO_DAY, "starts", "ends"),
        all=True,
    )
    return (_Row(*row) for row in rows)


def _columns(rows: QuerySet[Any], *columns: str | Value) -> QuerySet[Any, Any]:
    """Without an order, which SQLite does not allow within a union."""
    return rows.order_by().values_list("mentor_id", *columns)
