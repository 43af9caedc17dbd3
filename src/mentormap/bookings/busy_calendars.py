"""A mentor's other calendars: added, read and removed. Here availability learns which events are our own sessions."""

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
from mentormap.lib.outbound.public_hosts import Resolve, public_addresses
from mentormap.lib.outbound.trouble import OutboundTrouble
from mentormap.mentors.models import Mentor

MOST: Final = 5
PATIENCE_SECONDS: Final = 8.0
"""How long a person is kept waiting while a calendar is fetched; the duty waits longer."""


class CalendarRefused(Refused):
    """The calendar is not added: its address is wrong, or cannot be one."""

    code = "calendar-refused"
    field = "url"


def add(mentor: Mentor, typed: str, *, now: datetime, resolve: Resolve = public_addresses) -> BusyCalendar:
    """Adds the calendar and reads it at once, so that a wrong address is told at once. Raises CalendarRefused.

    One that only takes too long, or is out of order for the moment, is kept and read again by the duty.
    """
    try:
        url = feed_address(typed)
    except OutboundTrouble as refusal:
        raise CalendarRefused(refusal.sentence) from None
    calendar = _insert(mentor, url, now=now)
    trouble = _read(calendar, now=now, resolve=resolve)
    if trouble is not None and trouble.is_lasting:
        busy.remove(calendar)
        raise CalendarRefused(trouble.sentence)
    return calendar


def read_now(calendar: BusyCalendar, *, now: datetime, resolve: Resolve = public_addresses) -> bool:
    """Reads it without waiting for its time; False if it is being read already."""
    is_ours = busy.claim(calendar, now=now)
    if is_ours:
        _read(calendar, now=now, resolve=resolve)
    return is_ours


def read_due(now: datetime) -> int:
    """Reads those whose time has come; gives how many."""
    return busy.read_due(now=now, own_uids=own_uids, tell=notices.calendar_unreadable)


def own_uids(mentor_id: int) -> Collection[str]:
    """The UIDs of all sessions with this mentor: moved and cancelled ones too, which calendars may keep where they were."""
    return [str(uid) for uid in Session.objects.filter(mentor_id=mentor_id).values_list("uid", flat=True)]


def _insert(mentor: Mentor, url: str, *, now: datetime) -> BusyCalendar:
    """Claimed by us. Raises CalendarRefused."""
    try:
        with transaction.atomic():
            Mentor.objects.locked(mentor.pk)
            if BusyCalendar.objects.filter(mentor=mentor).count() >= MOST:
                raise CalendarRefused(f"{MOST} calendars are the most. Remove one first.")
            return BusyCalendar.objects.create(
                mentor=mentor, url=url, added_at=now, next_read_at=now, lease_until=now + busy.LEASE
            )
    except IntegrityError:
        raise CalendarRefused("This calendar is in your list already.") from None


def _read(calendar: BusyCalendar, *, now: datetime, resolve: Resolve) -> OutboundTrouble | None:
    return busy.read(
        calendar,
        now=now,
        own_uids=own_uids,
        tell=notices.calendar_unreadable,
        seconds=PATIENCE_SECONDS,
        resolve=resolve,
    )
