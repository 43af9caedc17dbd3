"""The days and times of one month that a mentor can be booked on, as the viewer's calendar and clocks show them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import Final

from mentormap.availability.slots import SlotInputs, next_open_slots, open_slots
from mentormap.lib.spans import Span
from mentormap.lib.zones import first_instant, local_day

_DAY: Final = timedelta(days=1)
_LONGEST_MONTH: Final = timedelta(days=31)


@dataclass(frozen=True)
class OpenMonth:
    """The open starts (UTC) of a month by the viewer's days; `first` is its first day, `day` the one whose times are shown.

    `short` are starts that have room only for a shorter session. `tight` are those, and open ones with no room for more: each
    with its minutes. `earlier` and `later` are the first days of the months before and after, None where notice or horizon leaves nothing to book
    there. `elsewhere` is the next open day beyond a month in which nothing is open.
    """

    zone: str
    first: date
    today: date
    starts: dict[date, list[datetime]] = field(default_factory=dict)
    short: dict[date, list[datetime]] = field(default_factory=dict)
    tight: dict[datetime, int] = field(default_factory=dict)
    day: date | None = None
    earlier: date | None = None
    later: date | None = None
    elsewhere: date | None = None

    @property
    def times(self) -> Sequence[datetime]:
        """The open starts of the day that is shown."""
        return self.starts.get(self.day, []) if self.day else []

    @property
    def short_times(self) -> Sequence[datetime]:
        """Returns the starts of that day with room only for a shorter session."""
        return self.short.get(self.day, []) if self.day else []

    @property
    def listed(self) -> Sequence[datetime]:
        """Returns both kinds of starts, in order."""
        return sorted([*self.times, *self.short_times])

    @property
    def next_roomy(self) -> date | None:
        """Returns, if the shown day has no open start, the next day with one, else the first of the month, else the first
        after it."""
        later = (day for day in self.starts if self.day and day > self.day)
        return next(later, None) or next(iter(self.starts), None) or self.elsewhere

    def days(self) -> list[date]:
        return [self.first + index * _DAY for index in range((_after(self.first) - self.first).days)]

    def has_lost(self, start: datetime) -> bool:
        """Returns whether this start can be seen not to be open: it is of this month, or of no month that can be booked."""
        day = local_day(start, self.zone)
        is_in_sight = day.replace(day=1) == self.first or self._is_out_of_reach(day)
        return is_in_sight and start not in self.starts.get(day, [])

    def _is_out_of_reach(self, day: date) -> bool:
        return (self.earlier is None and day < self.first) or (
            self.later is None and day >= _after(self.first)
        )


def open_month(
    asked: date | None, *, zone: str, inputs: SlotInputs, others: Sequence[SlotInputs] = ()
) -> OpenMonth:
    """The month of the day that was asked for, else that of the first open start; in it that day, else the next open one.

    `others` are the same inputs for other durations: the shorter ones, or one that is longer. Slots are computed once for the
    month and each duration; only where it is empty, once more for the first start beyond it. Raises UnknownZone.
    """
    soonest, latest = _reach(zone, inputs)
    first = min(max(asked or soonest, soonest), latest).replace(day=1)
    starts = _starts_in(first, zone, inputs)
    elsewhere = None if starts else _beyond(first, zone, inputs)
    if elsewhere and asked is None:
        return open_month(elsewhere, zone=zone, inputs=inputs, others=others)
    tight = _tight(
        starts, {_minutes(each): _starts_in(first, zone, each) for each in others}, of=_minutes(inputs)
    )
    short = _by_day((start for start, minutes in tight.items() if minutes < _minutes(inputs)), zone)
    return OpenMonth(
        zone,
        first,
        today=local_day(inputs.now, zone),
        starts=starts,
        short=short,
        tight=tight,
        day=asked if asked in short else _day_in(starts, asked),
        earlier=_before(first) if first > soonest else None,
        later=_after(first) if _after(first) <= latest else None,
        elsewhere=elsewhere,
    )


def _reach(zone: str, inputs: SlotInputs) -> tuple[date, date]:
    """The viewer's first and last day on which notice and horizon let anybody book."""
    now, rules = inputs.now, inputs.rules
    ahead = (rules.minimum_notice, max(rules.horizon, rules.minimum_notice))
    first, last = (local_day(now + length, zone) for length in ahead)
    return first, last


def _starts_in(first: date, zone: str, inputs: SlotInputs) -> dict[date, list[datetime]]:
    month = Span(first_instant(first, zone), first_instant(_after(first), zone))
    return _by_day(open_slots(inputs, window=month), zone)


def _by_day(starts: Iterable[datetime], zone: str) -> dict[date, list[datetime]]:
    days: dict[date, list[datetime]] = defaultdict(list)
    for start in starts:
        days[local_day(start, zone)].append(start)
    return dict(days)


def _minutes(inputs: SlotInputs) -> int:
    return int(inputs.duration.total_seconds() // 60)


def _tight(
    starts: dict[date, list[datetime]], others: dict[int, dict[date, list[datetime]]], *, of: int
) -> dict[datetime, int]:
    """Returns for each start the longest of the durations that fits, unless that is the longest of all."""
    room: dict[datetime, int] = {}
    for minutes, days in sorted([(of, starts), *others.items()], key=itemgetter(0)):
        room.update((start, minutes) for day in days.values() for start in day)
    longest = max([of, *others])
    return {start: room[start] for start in sorted(room) if room[start] < longest}


def _beyond(first: date, zone: str, inputs: SlotInputs) -> date | None:
    """The first open day after the month; if there is none, the first of all."""
    later = next_open_slots(inputs, count=1, after=first_instant(_after(first), zone))
    found = later or next_open_slots(inputs, count=1, after=inputs.now)
    return local_day(found[0], zone) if found else None


def _day_in(starts: dict[date, list[datetime]], asked: date | None) -> date | None:
    """The day itself if it is open, else the next one of the month, else its first."""
    later = (day for day in starts if asked and day >= asked)
    return next(later, None) or next(iter(starts), None)


def _before(first: date) -> date:
    return (first - _DAY).replace(day=1)


def _after(first: date) -> date:
    return (first + _LONGEST_MONTH).replace(day=1)
