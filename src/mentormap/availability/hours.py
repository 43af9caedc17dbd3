"""A mentor's weekly hours: reading them, and replacing all of them at once."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from operator import attrgetter

from django.db import transaction

from mentormap.availability.models import WeeklyHours
from mentormap.availability.weekly import WeeklyRange
from mentormap.mentors.models import Mentor


class HoursOverlap(ValueError):
    """Two ranges of one day share time."""

    def __init__(self, first: WeeklyRange, second: WeeklyRange) -> None:
        self.first, self.second = first, second
        self.weekday = first.weekday
        super().__init__(
            f"{WeeklyHours.Weekday(first.weekday).label}: {_range_text(first)} and {_range_text(second)} overlap. "
            "Let one end before the other starts."
        )


def hours_of(mentor: Mentor) -> list[WeeklyRange]:
    """The ranges in the mentor's zone, from Monday on, in order."""
    rows = WeeklyHours.objects.filter(mentor=mentor).order_by("weekday", "starts")
    return [WeeklyRange(row.weekday, row.starts, row.ends) for row in rows]


def has_hours(mentor: Mentor) -> bool:
    return WeeklyHours.objects.filter(mentor=mentor).exists()


@transaction.atomic
def replace_hours(mentor: Mentor, ranges: Iterable[WeeklyRange], *, time_zone: str) -> None:
    """These are the hours from now on, on the clocks of this zone; sessions already booked stay. Raises HoursOverlap."""
    ordered = in_order(ranges)
    WeeklyHours.objects.filter(mentor=mentor).delete()
    WeeklyHours.objects.bulk_create(
        WeeklyHours(mentor=mentor, weekday=one.weekday, starts=one.starts, ends=one.ends) for one in ordered
    )
    mentor.time_zone = time_zone
    mentor.save(update_fields=["time_zone"])


def in_order(ranges: Iterable[WeeklyRange]) -> Sequence[WeeklyRange]:
    """The ranges from Monday on; two that touch stay two. Raises HoursOverlap."""
    ordered = sorted(ranges, key=attrgetter("weekday", "starts"))
    for first, second in pairwise(ordered):
        if first.weekday == second.weekday and second.opens < first.closes:
            raise HoursOverlap(first, second)
    return ordered


def _range_text(one: WeeklyRange) -> str:
    return f"{one.starts:%H:%M} to {one.ends:%H:%M}"
