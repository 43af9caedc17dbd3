"""A session as calendars need it: plain values."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendee:
    """Someone at the meeting, or who invites to it."""

    name: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """One meeting for its whole life: `uid` stays, `sequence` rises with each change. Instants are UTC.

    `url` is the session's page. Mail programs show buttons only if `organizer` is the mail's sender and the reader
    is one of `attendees`.
    """

    uid: str
    sequence: int
    title: str
    description: str
    starts_at: datetime
    ends_at: datetime
    url: str
    organizer: Attendee
    attendees: tuple[Attendee, ...]
    created_at: datetime
    changed_at: datetime
    cancelled: bool = False
