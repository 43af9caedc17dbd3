"""The .ics file of a meeting, to download or to send (RFC 5545, RFC 5546).

Times are UTC, which needs no VTIMEZONE. Empty properties are left out: some readers drop the event for one.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from icalendar import Alarm, Calendar, Event, vCalAddress

from mentormap.calendars.meeting import Meeting, Person
from mentormap.lib.plain_text import many_lines, one_line
from mentormap.lib.spans import utc

__all__ = [
    "CancelledMeeting",
    "Meeting",
    "Method",
    "Person",
    "cancel",
    "download",
    "mime_content_type",
    "request",
]

_PRODID: Final = "-//MentorMap//MentorMap//EN"
_REMINDER: Final = timedelta(minutes=-15)
_MISREAD: Final = str.maketrans('"\\', "'/")
_UNTITLED: Final = "Mentoring session"


class Method(StrEnum):
    """What a calendar does with the file. It stands in the body and in the MIME header, and must be the same."""

    PUBLISH = "PUBLISH"
    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


class CancelledMeeting(ValueError):
    """Nobody is invited to a meeting that is cancelled."""

    def __init__(self, uid: str) -> None:
        super().__init__(f"The meeting {uid} is cancelled: send its cancellation instead.")
        self.uid = uid


def download(meeting: Meeting, now: datetime) -> bytes:
    """A file to import. METHOD:PUBLISH, because Outlook takes a REQUEST for an invitation; so it names no attendee."""
    return _calendar(Method.PUBLISH, _event(meeting, now, cancelled=meeting.cancelled))


def request(meeting: Meeting, now: datetime) -> bytes:
    """An invitation to mail, or the news of a change (a higher sequence). Raises CancelledMeeting."""
    if meeting.cancelled:
        raise CancelledMeeting(meeting.uid)
    return _calendar(Method.REQUEST, _invite_all(_event(meeting, now, cancelled=False), meeting))


def cancel(meeting: Meeting, now: datetime) -> bytes:
    """A cancellation to mail; the meeting's sequence is above the last that was sent."""
    return _calendar(Method.CANCEL, _invite_all(_event(meeting, now, cancelled=True), meeting))


def mime_content_type(method: Method) -> str:
    """The Content-Type of the file's part of a mail."""
    return f"text/calendar; method={method}; charset=UTF-8"


def _calendar(method: Method, event: Event) -> bytes:
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", _PRODID)
    calendar.add("method", method.value)
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _event(meeting: Meeting, now: datetime, *, cancelled: bool) -> Event:
    event = Event()
    event.add("uid", meeting.uid)
    event.add("sequence", meeting.sequence)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    _add_times(event, meeting, now)
    _add_texts(event, meeting)
    event.add("organizer", _address(meeting.organizer))
    if not cancelled:
        event.add_component(_alarm(meeting))
    return event


def _add_times(event: Event, meeting: Meeting, now: datetime) -> None:
    event.add("dtstamp", utc(now))
    event.add("dtstart", utc(meeting.starts_at))
    event.add("dtend", utc(meeting.ends_at))
    event.add("created", utc(meeting.created_at))
    event.add("last-modified", utc(meeting.changed_at))


def _add_texts(event: Event, meeting: Meeting) -> None:
    url = one_line(meeting.url)
    texts = {
        "summary": _title(meeting),
        "description": many_lines(meeting.description),
        "location": url,
        "url": url,
    }
    for name, text in texts.items():
        if text:
            event.add(name, text)


def _invite_all(event: Event, meeting: Meeting) -> Event:
    for person in meeting.attendees:
        attendee = _address(person)
        attendee.params.update(ROLE="REQ-PARTICIPANT", PARTSTAT="NEEDS-ACTION", RSVP="TRUE")
        event.add("attendee", attendee)
    return event


def _alarm(meeting: Meeting) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _title(meeting))
    alarm.add("trigger", _REMINDER)
    return alarm


def _address(person: Person) -> vCalAddress:
    """Outlook wants a CN. It has no quotation mark and no backslash: readers differ on how these are written."""
    email = one_line(person.email)
    address = vCalAddress(f"mailto:{email}")
    address.params["CN"] = one_line(person.name).translate(_MISREAD) or email
    return address


def _title(meeting: Meeting) -> str:
    return one_line(meeting.title) or _UNTITLED
