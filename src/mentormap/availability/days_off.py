"""Days on which a mentor's hours differ from the week: overrides of single days, and vacations."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext

from mentormap.availability.models import DateOverride, Vacation
from mentormap.availability.weekly import WallRange, in_order
from mentormap.mentors.models import Mentor


class VacationBackwards(ValueError):
    """A vacation would end before it begins."""

    def __init__(self, first: date, last: date) -> None:
        super().__init__(
            gettext("The last day must not be before the first. For a single day write it twice.")
        )
        self.first, self.last = first, last


@dataclass(frozen=True)
class Override:
    """The ranges that replace a day's weekly hours; none of them close it."""

    day: date
    ranges: Sequence[WallRange]


def overrides_of(mentor: Mentor, *, since: date) -> list[Override]:
    """From that day on, in order."""
    days: dict[date, list[WallRange]] = defaultdict(list)
    for row in DateOverride.objects.filter(mentor=mentor, day__gte=since).order_by("day", "starts"):
        days[row.day] += (
            [WallRange(row.starts, row.ends)] if row.starts is not None and row.ends is not None else []
        )
    return [Override(day, ranges) for day, ranges in days.items()]


@transaction.atomic
def override_day(mentor: Mentor, day: date, ranges: Collection[WallRange]) -> None:
    """These are the day's hours, whatever they were before; sessions already booked stay. Raises RangesOverlap."""
    ordered = in_order(ranges)
    Mentor.objects.locked(mentor.pk)
    restore_day(mentor, day)
    rows = [DateOverride(mentor=mentor, day=day, starts=wall.starts, ends=wall.ends) for wall in ordered]
    DateOverride.objects.bulk_create(rows or [DateOverride(mentor=mentor, day=day)])


def restore_day(mentor: Mentor, day: date) -> bool:
    """The day has its weekly hours again; False if it had them already."""
    count, _ = DateOverride.objects.filter(mentor=mentor, day=day).delete()
    return count > 0


def vacations_of(mentor: Mentor, *, since: date) -> list[Vacation]:
    """Returns vacations that are not over on that day, in order."""
    return list(Vacation.objects.filter(mentor=mentor, last_day__gte=since).order_by("first_day", "pk"))


@transaction.atomic
def add_vacation(mentor: Mentor, *, first: date, last: date, note: str) -> Vacation:
    """Sessions already booked stay. The same again changes nothing. Raises VacationBackwards."""
    if last < first:
        raise VacationBackwards(first, last)
    Mentor.objects.locked(mentor.pk)
    facts = {"mentor": mentor, "first_day": first, "last_day": last, "note": note}
    return Vacation.objects.filter(**facts).first() or Vacation.objects.create(**facts)


def remove_vacation(mentor: Mentor, number: int) -> bool:
    """False if this mentor has no vacation of that number."""
    count, _ = Vacation.objects.filter(mentor=mentor, pk=number).delete()
    return count > 0
