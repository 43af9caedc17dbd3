"""The days and times of one month that a mentor can be booked on, as the viewer's calendar and clocks show them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from mentormap.availability.slots import Diary, next_open_slots, open_slots
from mentormap.lib.spans import Span
from mentormap.lib.zones import first_instant, local_day

_DAY: Final = timedelta(days=1)
_LONGEST_MONTH: Final = timedelta(days=31)


@dataclass(frozen=True)
class OpenMonth:
    """The open starts (UTC) of a month by the viewer's days; `first` is its first day, `day` the one whose times are shown.

    `earlier` and `later` are the first days of the months before and after, None where notice or horizon leaves nothing to book
    there. `elsewhere` is the next open day beyond a month in which nothing is open.
    """

    zone: str
    first: date
    today: date
    starts: dict[date, list[datetime]] = field(default_factory=dict)
    day: date | None = None
    earlier: date | None = None
    later: date | None = None
    elsewhere: date | None = None

    @property
    def times(self) -> Sequence[datetime]:
        """The open starts of the day that is shown."""
        return self.starts.get(self.day, []) if self.day else []

    def days(self) -> list[date]:
        return [self.first + index * _DAY for index in range((_after(self.first) - self.first).days)]

    def has_lost(self, start: datetime) -> bool:
        """Whether this start can be seen not to be open: it is of this month, or of no month that can be booked."""
        day = local_day(start, self.zone)
        is_in_sight = day.replace(day=1) == self.first or self._is_out_of_reach(day)
        return is_in_sight and start not in self.starts.get(day, [])

    def _is_out_of_reach(self, day: date) -> bool:
        return (self.earlier is None and day < self.first) or (
            self.later is None and day >= _after(self.first)
        )


def open_month(asked: date | None, *, zone: str, diary: Diary) -> OpenMonth:
    """The month of the day that was asked for, else that of the first open start; in it that day, else the next open one.

    Slots are computed once for the month; only where it is empty, once more for the first start beyond it. Raises UnknownZone.
    """
    soonest, latest = _reach(zone, diary)
    first = min(max(asked or soonest, soonest), latest).replace(day=1)
    starts = _starts_in(first, zone, diary)
    elsewhere = None if starts else _beyond(first, zone, diary)
    if elsewhere and asked is None:
        return open_month(elsewhere, zone=zone, diary=diary)
    return OpenMonth(
        zone,
        first,
        today=local_day(diary["now"], zone),
        starts=starts,
        day=_day_in(starts, asked),
        earlier=_before(first) if first > soonest else None,
        later=_after(first) if _after(first) <= latest else None,
        elsewhere=elsewhere,
    )


def _reach(zone: str, diary: Diary) -> tuple[date, date]:
    """The viewer's first and last day on which notice and horizon let anybody book."""
    now, rules = diary["now"], diary["rules"]
    ahead = (rules.minimum_notice, max(rules.horizon, rules.minimum_notice))
    first, last = (local_day(now + length, zone) for length in ahead)
    return first, last


def _starts_in(first: date, zone: str, diary: Diary) -> dict[date, list[datetime]]:
    month = Span(first_instant(first, zone), first_instant(_after(first), zone))
    days: dict[date, list[datetime]] = defaultdict(list)
    for start in open_slots(window=month, **diary):
        days[local_day(start, zone)].append(start)
    return dict(days)


def _beyond(first: date, zone: str, diary: Diary) -> date | None:
    """The first open day after the month; if there is none, the first of all."""
    later = next_open_slots(count=1, after=first_instant(_after(first), zone), **diary)
    found = later or next_open_slots(count=1, after=diary["now"], **diary)
    return local_day(found[0], zone) if found else None


def _day_in(starts: dict[date, list[datetime]], asked: date | None) -> date | None:
    """The day itself if it is open, else the next one of the month, else its first."""
    later = (day for day in starts if asked and day >= asked)
    return next(later, None) or next(iter(starts), None)


def _before(first: date) -> date:
    return (first - _DAY).replace(day=1)


def _after(first: date) -> date:
    return (first + _LONGEST_MONTH).replace(day=1)
