"""The days and times that a booking form offers, as the viewer's calendar and clocks show them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from babel.dates import format_date

from mentormap.availability.slots import Diary, next_open_slots, open_slots
from mentormap.lib.spans import Span
from mentormap.lib.zones import zone_info

SHOWN_DAYS: Final = 14
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Asked:
    """What the person has picked so far: the first day shown, the day, the start."""

    first: date | None = None
    day: date | None = None
    start: datetime | None = None


@dataclass(frozen=True)
class DayTile:
    """A day as its tile shows it, in the viewer's language: "Tue", "24", "Nov"."""

    date: date
    weekday: str
    number: str
    month: str
    is_open: bool


@dataclass(frozen=True)
class OpenDays:
    """Two weeks of days with their open starts (UTC). `day` is the one whose times are shown; None where nothing is open at all.

    `earlier` and `later` are the first days of the weeks before and after, if any can be booked.
    """

    first: date
    starts: dict[date, list[datetime]] = field(default_factory=dict)
    day: date | None = None
    earlier: date | None = None
    later: date | None = None

    def tiles(self, locale: str) -> list[DayTile]:
        """All days of the weeks, those on which nothing is open too."""
        return [
            DayTile(
                day,
                format_date(day, "EEE", locale=locale),
                format_date(day, "d", locale=locale),
                format_date(day, "MMM", locale=locale),
                is_open=day in self.starts,
            )
            for day in self._days()
        ]

    def has_lost(self, start: datetime, zone: str) -> bool:
        """Whether this start, on the day that is shown or on one of these days without any, is not open."""
        day = _local_day(start, zone)
        is_looked_at = day == self.day or (day in self._days() and day not in self.starts)
        return is_looked_at and start not in self.starts.get(day, [])

    def _days(self) -> list[date]:
        return [self.first + index * _DAY for index in range(SHOWN_DAYS)]

    @property
    def times(self) -> Sequence[datetime]:
        """The open starts of the day that is shown."""
        return self.starts.get(self.day, []) if self.day else []


def open_days(asked: Asked, *, zone: str, diary: Diary) -> OpenDays:
    """The weeks that were asked for, else those with the picked day, else those of the first open start."""
    today, last = _local_day(diary["now"], zone), _local_day(diary["now"] + diary["rules"].horizon, zone)
    picked = asked.day or (_local_day(asked.start, zone) if asked.start else None)
    first = asked.first or _weeks_of(picked, today, last) or _first_open(zone, diary) or today
    first = min(max(first, today), last)
    starts = _by_day(open_slots(window=_window(first, zone), **diary), zone)
    return OpenDays(
        first,
        starts,
        picked if picked in starts else next(iter(starts), None),
        earlier=max(first - SHOWN_DAYS * _DAY, today) if first > today else None,
        later=first + SHOWN_DAYS * _DAY if first + SHOWN_DAYS * _DAY <= last else None,
    )


def _weeks_of(picked: date | None, today: date, last: date) -> date | None:
    """Counted from today on, so that paging and picking show the same weeks."""
    if picked is None or not today <= picked <= last:
        return None
    return today + (picked - today).days // SHOWN_DAYS * SHOWN_DAYS * _DAY


def _first_open(zone: str, diary: Diary) -> date | None:
    starts = next_open_slots(count=1, after=diary["now"], **diary)
    today = _local_day(diary["now"], zone)
    return _weeks_of(_local_day(starts[0], zone), today, date.max) if starts else None


def _window(first: date, zone: str) -> Span:
    return Span(_midnight(first, zone), _midnight(first + SHOWN_DAYS * _DAY, zone))


def _midnight(day: date, zone: str) -> datetime:
    """The first instant of the day, even where the clocks skip midnight, as `datetime` reads it by the offset before."""
    return datetime.combine(day, time(), zone_info(zone))


def _local_day(instant: datetime, zone: str) -> date:
    return instant.astimezone(zone_info(zone)).date()


def _by_day(starts: Sequence[datetime], zone: str) -> dict[date, list[datetime]]:
    days: dict[date, list[datetime]] = defaultdict(list)
    for start in starts:
        days[_local_day(start, zone)].append(start)
    return dict(days)
