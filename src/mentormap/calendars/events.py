"""A meeting as an event of iCalendar (RFC 5545), alike in invites and feeds.

Times are UTC, which needs no VTIMEZONE. Empty properties are left out: some readers drop the event for one.
"""

from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext
from icalendar import Alarm, Calendar, Event, vCalAddress

from mentormap.calendars.meeting import Attendee, Meeting
from mentormap.lib.plain_text import as_block, one_line
from mentormap.lib.spans import utc

_PRODID: Final = "-//MentorMap//MentorMap//EN"
_REMINDER: Final = timedelta(minutes=-15)
_MISREAD: Final = str.maketrans('"\\', "'/")


def calendar_of(*, method: str = "") -> Calendar:
    """Without events yet."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", _PRODID)
    if method:
        calendar.add("method", method)
    return calendar


def event_of(meeting: Meeting, *, stamp: datetime, cancelled: bool) -> Event:
    """`stamp` is when this was written, or changed last where there is no METHOD (RFC 5545 section 3.8.7.2)."""
    event = Event()
    event.add("uid", meeting.uid)
    event.add("sequence", meeting.sequence)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    _add_times(event, meeting, stamp)
    _add_texts(event, meeting)
    event.add("organizer", address_of(meeting.organizer))
    if not cancelled:
        event.add_component(_alarm(meeting))
    return event


def address_of(person: Attendee) -> vCalAddress:
    """Outlook wants a CN. It has no quotation mark and no backslash: readers differ on how these are written."""
    email = one_line(person.email)
    address = vCalAddress(f"mailto:{email}")
    address.params["CN"] = one_line(person.name).translate(_MISREAD) or email
    return address


def _add_times(event: Event, meeting: Meeting, stamp: datetime) -> None:
    event.add("dtstamp", utc(stamp))
    event.add("dtstart", utc(meeting.starts_at))
    event.add("dtend", utc(meeting.ends_at))
    event.add("created", utc(meeting.created_at))
    event.add("last-modified", utc(meeting.changed_at))


def _add_texts(event: Event, meeting: Meeting) -> None:
    url = one_line(meeting.url)
    texts = {
        "summary": _title(meeting),
        "description": as_block(meeting.description),
        "location": url,
        "url": url,
    }
    for name, text in texts.items():
        if text:
            event.add(name, text)


def _alarm(meeting: Meeting) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _title(meeting))
    alarm.add("trigger", _REMINDER)
    return alarm


def _title(meeting: Meeting) -> str:
    return one_line(meeting.title) or gettext("Mentoring session")
