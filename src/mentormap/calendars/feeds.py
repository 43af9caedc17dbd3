"""A person's meetings as a calendar that other calendars subscribe to (RFC 5545, RFC 7986).

It has no METHOD, so each event's DTSTAMP is its last change, and the same meetings give the same bytes.
"""

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Final

from icalendar import vText

from mentormap.calendars.events import calendar_of, event_of
from mentormap.calendars.meeting import Meeting

REFRESH: Final = timedelta(hours=1)
"""How often we ask subscribers to look; each goes its own way."""
_EDITION: Final = 1
"""Raised when the same meetings come to be written differently."""


def write(meetings: Sequence[Meeting], *, name: str) -> bytes:
    """All meetings, cancelled ones as such (STATUS:CANCELLED), with a reminder 15 minutes before the others."""
    calendar = calendar_of()
    calendar.add("name", vText(name))
    calendar.add("x-wr-calname", vText(name))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for meeting in meetings:
        calendar.add_component(event_of(meeting, stamp=meeting.changed_at, cancelled=meeting.cancelled))
    return bytes(calendar.to_ical())


def etag(meetings: Sequence[Meeting], *, name: str) -> str:
    """Computes the validator of the file without writing it (RFC 9110 section 8.8.3)."""
    facts = repr((_EDITION, name, list(meetings)))
    return f'"{sha256(facts.encode("utf-8", "surrogatepass")).hexdigest()[:32]}"'
