"""A mentor's other calendars: added, corrected and read. Here availability learns which events are our own sessions."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from mentormap.availability import busy
from mentormap.availability.models import BusyCalendar
from mentormap.bookings import notices
from mentormap.bookings.errors import Refused
from mentormap.bookings.models import Session
from mentormap.calendars.addresses import feed_address
from mentormap.lib.outbound.trouble import OutboundTrouble
from mentormap.mentors.models import Mentor

MOST: Final = 5
IN_THE_LIST: Final = "This calendar is already in your list."


class CalendarRefused(Refused):
    """The calendar is not taken: its address cannot be one, or there are too many."""

    code = "calendar-refused"
    field = "url"


def add(mentor: Mentor, typed: str, *, now: datetime) -> BusyCalendar:
    """Stores the address; a worker reads it, and notes how it went. Raises CalendarRefused for what is no address."""
    url = _judged(typed)
    try:
        with transaction.atomic():
            Mentor.objects.locked(mentor.pk)
            if BusyCalendar.objects.filter(mentor=mentor).count() >= MOST:
                raise CalendarRefused(f"You can have at most {MOST} calendars. Remove one first.")
            return BusyCalendar.objects.create(
                mentor=mentor, url=url, added_at=now, next_read_at=now, asked_at=now
            )
    except IntegrityError:
        raise CalendarRefused(IN_THE_LIST) from None


def correct(calendar: BusyCalendar, typed: str, *, now: datetime) -> None:
    """Has the calendar read at another address. Raises CalendarRefused."""
    url = _judged(typed)
    try:
        with transaction.atomic():
            busy.correct(calendar, url, now=now)
    except IntegrityError:
        raise CalendarRefused(IN_THE_LIST) from None


def read_due(now: datetime) -> int:
    """Reads those whose time has come; returns how many."""
    return busy.read_due(now=now, own_uids=own_uids, tell=notices.calendar_unreadable)


def read_asked(now: datetime) -> int:
    """Reads those that a person waits for; returns how many."""
    return busy.read_due(now=now, own_uids=own_uids, tell=notices.calendar_unreadable, asked_only=True)


def own_uids(mentor_id: int) -> Collection[str]:
    """The UIDs of all sessions with this mentor: moved and cancelled ones too, which calendars may keep where they were."""
    return [str(uid) for uid in Session.objects.filter(mentor_id=mentor_id).values_list("uid", flat=True)]


def _judged(typed: str) -> str:
    try:
        return feed_address(typed)
    except OutboundTrouble as refusal:
        raise CalendarRefused(refusal.sentence) from None
