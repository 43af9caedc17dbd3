"""Adds, corrects and reads a mentor's other calendars, and tells availability which events are our own sessions."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from mentormap.availability import busy
from mentormap.availability.models import BusyCalendar
from mentormap.bookings.errors import Refused
from mentormap.bookings.models import Session
from mentormap.bookings.notices import write
from mentormap.calendars.addresses import feed_address
from mentormap.lib.outbound.trouble import OutboundTrouble
from mentormap.mentors.models import Mentor

MOST: Final = 5
IN_THE_LIST: Final = "This calendar is already in your list."


class CalendarRefused(Refused):
    """The calendar is refused: its address is not valid, or there are too many."""

    code = "calendar-refused"
    field = "url"


def add(mentor: Mentor, typed: str, *, now: datetime) -> BusyCalendar:
    """Stores the address; a worker reads the calendar and records the result. Raises CalendarRefused."""
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
    """Changes the address of the calendar. Raises CalendarRefused."""
    url = _judged(typed)
    try:
        with transaction.atomic():
            busy.correct(calendar, url, now=now)
    except IntegrityError:
        raise CalendarRefused(IN_THE_LIST) from None


def read_due(now: datetime) -> int:
    """Reads the calendars that are due; returns how many."""
    return busy.read_due(now=now, own_uids=own_uids, tell=write.calendar_unreadable)


def read_asked(now: datetime) -> int:
    """Reads the calendars that a person waits for; returns how many."""
    return busy.read_due(now=now, own_uids=own_uids, tell=write.calendar_unreadable, asked_only=True)


def own_uids(mentor_id: int) -> Collection[str]:
    """The UIDs of all sessions with this mentor: moved and cancelled ones too, which calendars may keep where they were."""
    return [str(uid) for uid in Session.objects.filter(mentor_id=mentor_id).values_list("uid", flat=True)]


def _judged(typed: str) -> str:
    try:
        return feed_address(typed)
    except OutboundTrouble as refusal:
        raise CalendarRefused(refusal.sentence) from None
