"""Keeps a mentor's busy times in step with the calendars that they keep elsewhere.

A calendar is claimed with a lease, fetched and worked out outside any transaction, and its busy times replaced in a short one.
"""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext, gettext_lazy

from mentormap.availability.busy import REPORTED_AFTER
from mentormap.availability.models import BusyCalendar, BusyTime
from mentormap.bookings.errors import Refused
from mentormap.bookings.models import Session
from mentormap.bookings.notices import write
from mentormap.calendars import reading
from mentormap.calendars.addresses import feed_address
from mentormap.calendars.busy import Agenda
from mentormap.lib.backoff import Backoff, spread
from mentormap.lib.outbound import fetching
from mentormap.lib.outbound.errors import OutboundError
from mentormap.lib.outbound.fetching import Fetched
from mentormap.lib.rounds import within_time_budget
from mentormap.lib.spans import Span
from mentormap.mentors.models import Mentor

MOST: Final = 5
IN_THE_LIST: Final = gettext_lazy("This calendar is already in your list.")
EVERY: Final = timedelta(minutes=15)
"""How often a calendar is read, give or take a tenth."""
BACKOFF: Final = Backoff(EVERY, timedelta(hours=6))
ACCEPTED: Final = "text/calendar, */*;q=0.5"
LEASE: Final = timedelta(minutes=5)
"""How long one calendar stays claimed: longer than fetching and reading may take."""
BEHIND: Final = timedelta(days=1)
AHEAD: Final = timedelta(days=400)
LEAST_AHEAD: Final = timedelta(days=370)
"""Once less is known, an unchanged calendar is read again: a year ahead can be booked at most."""

_log = structlog.get_logger(__name__)


class CalendarRefused(Refused):
    """The calendar is refused: its address is not valid, or there are too many."""

    code = "calendar-refused"
    field = "url"


def add(mentor: Mentor, typed: str, *, now: datetime) -> BusyCalendar:
    """Stores the address; a worker reads the calendar and records the result. Raises CalendarRefused."""
    url = _check_address(typed)
    try:
        with transaction.atomic():
            Mentor.objects.locked(mentor.pk)
            if BusyCalendar.objects.filter(mentor=mentor).count() >= MOST:
                raise CalendarRefused(
                    gettext("You can have at most %(most)s calendars. Remove one first.") % {"most": MOST}
                )
            return BusyCalendar.objects.create(
                mentor=mentor, url=url, added_at=now, next_read_at=now, asked_at=now
            )
    except IntegrityError:
        raise CalendarRefused(str(IN_THE_LIST)) from None


def correct(calendar: BusyCalendar, typed: str, *, now: datetime) -> None:
    """Changes the address. A worker that is reading the old one loses its claim. The busy times stay until the next reading.

    Raises CalendarRefused.
    """
    unread = {"etag": "", "last_modified": "", "known_until": None, "lease_until": None}
    healthy = {"failing_since": None, "failures": 0, "last_error": ""}
    row, url = BusyCalendar.objects.filter(pk=calendar.pk), _check_address(typed)
    try:
        with transaction.atomic():
            row.update(url=url, next_read_at=now, asked_at=now, **unread, **healthy)
    except IntegrityError:
        raise CalendarRefused(str(IN_THE_LIST)) from None


@transaction.atomic
def remove(calendar: BusyCalendar) -> None:
    """With its busy times. Its row is locked first, as by a worker who notes what it has read: else that one's new times would
    be found missing their calendar."""
    BusyCalendar.objects.select_for_update().filter(pk=calendar.pk).first()
    calendar.delete()


def ask(calendar: BusyCalendar, *, now: datetime) -> None:
    """Asks for the calendar to be read as soon as possible. A reading already under way counts."""
    waiting = {"next_read_at": now, "asked_at": now}
    BusyCalendar.objects.filter(pk=calendar.pk, asked_at=None).update(**waiting)


def read_due(now: datetime) -> int:
    """Reads the calendars that are due, for at most one round; returns how many."""
    return _read_all(_free(now), now=now)


def read_asked(now: datetime) -> int:
    """Reads the calendars that a person waits for, for at most one round; returns how many."""
    return _read_all(_free(now).exclude(asked_at=None), now=now)


def _read_all(among: "QuerySet[BusyCalendar]", *, now: datetime) -> int:
    started, count = monotonic(), 0
    for calendar in within_time_budget(_claim_due(among, now=now)):
        read(calendar, now=now + timedelta(seconds=monotonic() - started))
        count += 1
    return count


def claim(calendar: BusyCalendar, *, now: datetime) -> bool:
    """Claims the calendar for the length of the lease. Returns False if another worker is reading it."""
    return _claim(calendar, _free(now), now=now)


def read(calendar: BusyCalendar, *, now: datetime) -> OutboundError | None:
    """Reads a claimed calendar and records how it went; the error, if there was any, leaves the busy times as they were."""
    try:
        feed = _fetch(calendar, now=now)
        agenda = _work_out(calendar, feed, now=now) if feed else None
    except OutboundError as error:
        _record_failure(calendar, error, now=now)
        return error
    _record_success(calendar, feed, agenda, now=now)
    return None


def own_uids(mentor_id: int) -> Collection[str]:
    """The UIDs of all sessions with this mentor: moved and cancelled ones too, which calendars may keep where they were."""
    return [str(uid) for uid in Session.objects.filter(mentor_id=mentor_id).values_list("uid", flat=True)]


def _check_address(typed: str) -> str:
    try:
        return feed_address(typed)
    except OutboundError as refusal:
        raise CalendarRefused(refusal.sentence) from None


def _claim_due(among: "QuerySet[BusyCalendar]", *, now: datetime) -> Iterator[BusyCalendar]:
    """The longest due first, as they can be had; of deactivated people, none."""
    due = among.filter(next_read_at__lte=now)
    wanted = due.filter(mentor__user__is_active=True).select_related("mentor__user")
    while calendar := wanted.order_by("next_read_at", "pk").first():
        if _claim(calendar, due, now=now):
            yield calendar


def _free(now: datetime) -> "QuerySet[BusyCalendar]":
    return BusyCalendar.objects.filter(Q(lease_until=None) | Q(lease_until__lte=now))


def _claim(calendar: BusyCalendar, among: "QuerySet[BusyCalendar]", *, now: datetime) -> bool:
    """Returns whether it still was among them: another worker may have read it since we looked.

    `among` asks of the calendar's own row alone. What an update finds by a join, PostgreSQL does not ask again after it
    waited for another transaction to change the row.
    Source: https://www.postgresql.org/docs/current/transaction-iso.html#XACT-READ-COMMITTED
    """
    calendar.lease_until = now + LEASE
    return bool(among.filter(pk=calendar.pk).update(lease_until=calendar.lease_until))


def _fetch(calendar: BusyCalendar, *, now: datetime) -> Fetched | None:
    """None if it is as it was, and enough of it is known."""
    is_enough = calendar.known_until is not None and calendar.known_until >= now + LEAST_AHEAD
    if not is_enough or calendar.known_zone != calendar.mentor.time_zone:
        return fetching.fetch(calendar.url, accept=ACCEPTED)
    return fetching.fetch(
        calendar.url, accept=ACCEPTED, etag=calendar.etag, last_modified=calendar.last_modified
    )


def _work_out(calendar: BusyCalendar, feed: Fetched, *, now: datetime) -> Agenda:
    return reading.read_agenda(
        feed.body,
        zone=calendar.mentor.time_zone,
        window=Span(now - BEHIND, now + AHEAD),
        ignored=own_uids(calendar.mentor_id),
    )


def _record_success(
    calendar: BusyCalendar, feed: Fetched | None, agenda: Agenda | None, *, now: datetime
) -> None:
    facts = {"read_at": now, "failing_since": None, "failures": 0, "last_error": ""}
    if feed and agenda:
        facts |= {
            "etag": feed.etag,
            "last_modified": feed.last_modified,
            "name": agenda.name,
            "unread_events": agenda.unread,
            "known_until": now + AHEAD,
            "known_zone": calendar.mentor.time_zone,
        }
    with transaction.atomic():
        if _record_read(calendar, next_read_at=now + spread(EVERY), **facts) and agenda:
            _replace(calendar, agenda.spans)
    _log.info("calendar_read", calendar=calendar.pk, changed=agenda is not None)


def _record_failure(calendar: BusyCalendar, error: OutboundError, *, now: datetime) -> None:
    calendar.failures += 1
    calendar.failing_since = calendar.failing_since or now
    pause = BACKOFF.pause(calendar.failures)
    with transaction.atomic():
        noted = _record_read(
            calendar,
            failures=calendar.failures,
            failing_since=calendar.failing_since,
            last_error=error.sentence[:300],
            next_read_at=now + spread(pause),
        )
        if noted and calendar.failures == REPORTED_AFTER:
            write.calendar_unreadable(calendar, now=now)
    _log.warning("calendar_not_read", calendar=calendar.pk, failures=calendar.failures, error=error.sentence)


def _record_read(calendar: BusyCalendar, **facts: object) -> bool:
    """Ends our claim; returns whether it was still ours. A calendar removed meanwhile belongs to no one."""
    for name, fact in facts.items():
        setattr(calendar, name, fact)
    held = BusyCalendar.objects.filter(pk=calendar.pk, lease_until=calendar.lease_until)
    return bool(held.update(lease_until=None, asked_at=None, **facts))


def _replace(calendar: BusyCalendar, spans: Collection[Span]) -> None:
    """Only what differs is written, as most of a calendar stays from one reading to the next."""
    rows = BusyTime.objects.filter(calendar=calendar)
    old = {
        Span(starts_at, ends_at): pk
        for pk, starts_at, ends_at in rows.values_list("pk", "starts_at", "ends_at")
    }
    rows.filter(pk__in=[old[span] for span in old.keys() - set(spans)]).delete()
    new = [span for span in spans if span not in old]
    BusyTime.objects.bulk_create(
        BusyTime(calendar=calendar, starts_at=span.starts_at, ends_at=span.ends_at) for span in new
    )
