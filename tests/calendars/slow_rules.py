"""Recurring events, expanded day by day as a person with a paper calendar would: slow, and obviously right."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A meeting at a wall-clock time in a zone. `weekdays` and `month_days` may be empty.

    It ends by the clock too, unless it is written with a DURATION: then its days are by the clock, and the rest is exact.
    """

    zone: str
    first_day: date
    at: time
    minutes: int
    has_duration: bool = False
    freq: str
    interval: int = 1
    weekdays: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    count: int | None = None
    until: date | None = None
    skipped: frozenset[date] = frozenset()

    def ics(self, *, uid: str) -> str:
        """As a calendar program writes it (RFC 5545 section 3.3.10)."""
        start = datetime.combine(self.first_day, self.at)
        parts = [f"FREQ={self.freq}", f"INTERVAL={self.interval}", "WKST=MO"]
        parts += [f"BYDAY={','.join(WEEKDAYS[day] for day in self.weekdays)}"] if self.weekdays else []
        parts += [f"BYMONTHDAY={','.join(map(str, self.month_days))}"] if self.month_days else []
        parts += [f"COUNT={self.count}"] if self.count else []
        parts += [f"UNTIL={self._last_instant():%Y%m%dT%H%M%SZ}"] if self.until else []
        skipped = ",".join(f"{datetime.combine(day, self.at):%Y%m%dT%H%M%S}" for day in sorted(self.skipped))
        lines = [
            "BEGIN:VEVENT",
            f"UID:{uid}",
            f"DTSTART;TZID={self.zone}:{start:%Y%m%dT%H%M%S}",
            f"DURATION:P{self.minutes // 1440}DT{self.minutes % 1440}M"
            if self.has_duration
            else f"DTEND;TZID={self.zone}:{start + timedelta(minutes=self.minutes):%Y%m%dT%H%M%S}",
            f"RRULE:{';'.join(parts)}",
            *([f"EXDATE;TZID={self.zone}:{skipped}"] if skipped else []),
            "END:VEVENT",
        ]
        return "\r\n".join(lines)

    def from_its_first_day(self) -> "Rule":
        """The same rule, beginning on a day that it chooses: what others mean is undefined (RFC 5545 section 3.8.5.3)."""
        days = (self.first_day + number * DAY for number in range(70))
        first_day = next(day for day in days if replace(self, first_day=day)._is_chosen(day))
        return replace(self, first_day=first_day, until=self.until and max(self.until, first_day))

    def occurrences(self, last_day: date) -> list[tuple[datetime, datetime]]:
        """Starts and ends in UTC, of all that begin up to that day."""
        days = islice(self._days(last_day), self.count)
        return [self._instants(day) for day in days if day not in self.skipped]

    def _days(self, last_day: date) -> Iterator[date]:
        day = self.first_day
        while day <= min(last_day, self.until or last_day):
            if self._is_in_turn(day) and self._is_chosen(day):
                yield day
            day += DAY

    def _is_in_turn(self, day: date) -> bool:
        first = self.first_day
        if self.freq == "DAILY":
            return (day - first).days % self.interval == 0
        if self.freq == "WEEKLY":
            monday, first_monday = (d - d.weekday() * DAY for d in (day, first))
            return (monday - first_monday).days // 7 % self.interval == 0
        return ((day.year - first.year) * 12 + day.month - first.month) % self.interval == 0

    def _is_chosen(self, day: date) -> bool:
        if self.freq == "WEEKLY":
            return day.weekday() in (self.weekdays or (self.first_day.weekday(),))
        if self.freq == "MONTHLY":
            length = monthrange(day.year, day.month)[1]
            wanted = self.month_days or (self.first_day.day,)
            return day.day in {number if number > 0 else length + 1 + number for number in wanted}
        return not self.weekdays or day.weekday() in self.weekdays

    def _instants(self, day: date) -> tuple[datetime, datetime]:
        start, length = datetime.combine(day, self.at), timedelta(minutes=self.minutes)
        starts_at = instant(start, self.zone)
        if starts_at.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None) != start:  # the clocks skip it
            return starts_at, starts_at + length
        days = timedelta(days=length.days) if self.has_duration else length
        return starts_at, instant(start + days, self.zone) + (length - days)

    def _last_instant(self) -> datetime:
        return instant(datetime.combine(self.until or self.first_day, self.at), self.zone)


def instant(wall: datetime, zone: str) -> datetime:
    """The first instant at which clocks show this; where they skip it, what they would have shown unchanged (section 3.3.5)."""
    info = ZoneInfo(zone)
    around = wall.replace(tzinfo=UTC) - timedelta(hours=16)
    for minute in range(0, 32 * 60, 15):
        moment = around + timedelta(minutes=minute)
        if moment.astimezone(info).replace(tzinfo=None) == wall:
            return moment
    return instant(wall - timedelta(hours=4), zone) + timedelta(hours=4)
