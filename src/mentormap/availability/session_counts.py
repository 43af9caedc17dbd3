"""The number of sessions of a mentor on each day and in each week, in the mentor's time zone. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from mentormap.lib.zones import local_day

WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class SessionCounts:
    """Sessions by the local day on which they start, and by the Monday of its ISO week; buffers do not count."""

    zone: str
    days: Counter[date]
    weeks: Counter[date]

    @classmethod
    def of(cls, starts: Iterable[datetime], zone: str) -> "SessionCounts":
        """Raises UnknownZone."""
        days = [local_day(start, zone) for start in starts]
        return cls(zone, Counter(days), Counter(monday_of(day) for day in days))

    def on_day_of(self, start: datetime) -> int:
        return self.days[local_day(start, self.zone)]

    def in_week_of(self, start: datetime) -> int:
        return self.weeks[monday_of(local_day(start, self.zone))]


def monday_of(day: date) -> date:
    """The first day of its ISO week (ISO 8601: weeks begin on Monday)."""
    return day - timedelta(days=day.weekday())
