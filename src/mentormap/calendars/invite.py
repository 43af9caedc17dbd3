"""The .ics file of a meeting, to download or to send (RFC 5545, RFC 5546)."""

from datetime import datetime
from enum import StrEnum

from icalendar import Event

from mentormap.calendars.events import address_of, calendar_of, event_of
from mentormap.calendars.meeting import Attendee, Meeting

__all__ = [
    "Attendee",
    "CancelledMeeting",
    "Meeting",
    "Method",
    "cancel",
    "download",
    "request",
]


class Method(StrEnum):
    """The iTIP method. It is in the body and in the MIME header, and must be the same in both."""

    PUBLISH = "PUBLISH"
    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


class CancelledMeeting(ValueError):
    """No one can be invited to a cancelled meeting."""

    def __init__(self, uid: str) -> None:
        super().__init__(f"The meeting {uid} is cancelled: send its cancellation instead.")
        self.uid = uid


def download(meeting: Meeting, now: datetime) -> bytes:
    """A file to import. METHOD:PUBLISH, because Outlook takes a REQUEST for an invitation; so it names no attendee."""
    return _calendar(Method.PUBLISH, event_of(meeting, stamp=now, cancelled=meeting.cancelled))


def request(meeting: Meeting, now: datetime) -> bytes:
    """An invitation to mail, or the news of a change (a higher sequence). Raises CancelledMeeting."""
    if meeting.cancelled:
        raise CancelledMeeting(meeting.uid)
    return _calendar(Method.REQUEST, _invite_all(event_of(meeting, stamp=now, cancelled=False), meeting))


def cancel(meeting: Meeting, now: datetime) -> bytes:
    """A cancellation to mail; the meeting's sequence is above the last that was sent."""
    return _calendar(Method.CANCEL, _invite_all(event_of(meeting, stamp=now, cancelled=True), meeting))


def _calendar(method: Method, event: Event) -> bytes:
    calendar = calendar_of(method=method.value)
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _invite_all(event: Event, meeting: Meeting) -> Event:
    for person in meeting.attendees:
        attendee = address_of(person)
        attendee.params.update(ROLE="REQ-PARTICIPANT", PARTSTAT="NEEDS-ACTION", RSVP="TRUE")
        event.add("attendee", attendee)
    return event
