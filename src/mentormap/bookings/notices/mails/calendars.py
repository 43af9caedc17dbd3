"""Mails about a mentor's busy calendar; they never contain its address."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from mentormap.accounts.models import User
from mentormap.availability.models import BusyCalendar
from mentormap.calendars.addresses import host_of
from mentormap.lib import when
from mentormap.lib.zones import is_zone


def outage_of(calendar: BusyCalendar) -> str:
    """Tells the times apart at which the calendar could not be read; empty while it can."""
    return calendar.failing_since.isoformat() if calendar.failing_since else ""


@dataclass(frozen=True)
class CalendarFacts:
    """Times are in the reader's zone, or the one of their hours, and name it."""

    calendar: BusyCalendar
    reader: User
    now: datetime

    @property
    def name(self) -> str:
        """As the calendar calls itself, or by the server that has it."""
        return self.calendar.name or host_of(self.calendar.url)

    @property
    def read_at(self) -> str:
        """When it could last be read; empty if never."""
        return self._when(self.calendar.read_at)

    @property
    def failing_since(self) -> str:
        return self._when(self.calendar.failing_since)

    @property
    def error(self) -> str:
        return self.calendar.last_error

    @property
    def url(self) -> str:
        return self.site("/mentoring/calendars")

    def site(self, path: str) -> str:
        """An address of this site's, by its documented path."""
        return f"{settings.PUBLIC_URL}{path}"

    def _when(self, instant: datetime | None) -> str:
        own = self.reader.time_zone
        zone = own if is_zone(own) else self.calendar.mentor.time_zone
        return when.format_when(instant, zone, self.reader.locale) if instant else ""
