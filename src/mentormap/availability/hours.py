"""A mentor's weekly hours: reading them, and replacing all of them at once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db import transaction

from mentormap.availability.models import WeeklyHours
from mentormap.availability.weekly import RangesOverlap, WallRange, WeeklyRange, in_order
from mentormap.mentors.models import Mentor


class HoursOverlap(ValueError):
    """Two ranges of one weekday share time."""

    def __init__(self, weekday: int, overlap: RangesOverlap) -> None:
        self.weekday = weekday
        super().__init__(f"{WeeklyHours.Weekday(weekday).label}: {overlap}")


def hours_of(mentor: Mentor) -> list[WeeklyRange]:
    """The ranges in the mentor's zone, from Monday on, in order."""
    rows = WeeklyHours.objects.filter(mentor=mentor).order_by("weekday", "starts")
    return [WeeklyRange(row.weekday, row.starts, row.ends) for row in rows]


def has_hours(mentor: Mentor) -> bool:
    return WeeklyHours.objects.filter(mentor=mentor).exists()


@transaction.atomic
def replace_hours(mentor: Mentor, ranges: Iterable[WeeklyRange], *, time_zone: str) -> None:
    """These are the hours from now on, on the clocks of this zone; sessions already booked stay. Raises HoursOverlap."""
    ordered = ordered_week(ranges)
    Mentor.objects.locked(mentor.pk)
    WeeklyHours.objects.filter(mentor=mentor).delete()
    WeeklyHours.objects.bulk_create(
        WeeklyHours(mentor=mentor, weekday=one.weekday, starts=one.starts, ends=one.ends) for one in ordered
    )
    mentor.time_zone = time_zone
    mentor.save(update_fields=["time_zone"])


def ordered_week(ranges: Iterable[WeeklyRange]) -> Sequence[WeeklyRange]:
    """The ranges from Monday on; two that touch stay two. Raises HoursOverlap."""
    days: dict[int, list[WallRange]] = defaultdict(list)
    for one in ranges:
        days[one.weekday].append(one.wall)
    return [
        WeeklyRange(day, wall.starts, wall.ends)
        for day in sorted(days)
        for wall in _sort_ranges(day, days[day])
    ]


def _sort_ranges(weekday: int, ranges: Iterable[WallRange]) -> Sequence[WallRange]:
    try:
        return in_order(ranges)
    except RangesOverlap as overlap:
        raise HoursOverlap(weekday, overlap) from None
