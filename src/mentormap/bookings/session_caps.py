"""The most sessions that a mentor takes a day and a week, kept when several students book at once."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.db.models import Q

from mentormap.availability.models import BookingRules
from mentormap.availability.rules import slot_rules
from mentormap.availability.session_counts import WEEK, SessionCounts, monday_of
from mentormap.availability.slots import Closed, cap_reached
from mentormap.bookings.models import Session
from mentormap.lib.spans import Span
from mentormap.lib.zones import local_day


class CapReached(Exception):
    """The session is one too many for its day or its week. The caller's transaction must be rolled back."""

    def __init__(self, closed: Closed) -> None:
        self.closed = closed
        super().__init__(closed)


def check(session: Session) -> None:
    """Call it in the transaction that inserts or moves the session, after its cells were taken. Raises CapReached.

    Whoever has a cap is locked by their rules, so that of two who take the last session of a day the second counts the first; on
    SQLite the transaction itself is the lock. Only then are the others counted.
    """
    capped = BookingRules.objects.filter(Q(most_a_day__isnull=False) | Q(most_a_week__isnull=False))
    row = capped.select_for_update().filter(mentor_id=session.mentor_id).first()
    if row is None:
        return
    closed = cap_reached(session.scheduled_at, slot_rules(row), _tally_without(session))
    if closed is not None:
        raise CapReached(closed)


def _tally_without(session: Session) -> SessionCounts:
    """Of the session's week, from one Monday's first instant to the next one's by the mentor's clocks; itself left out."""
    zone = session.mentor.time_zone
    monday = datetime.combine(monday_of(local_day(session.scheduled_at, zone)), time(), ZoneInfo(zone))
    week = Span(monday, monday + WEEK)
    others = Session.objects.counted(week).filter(mentor_id=session.mentor_id).exclude(pk=session.pk)
    return SessionCounts.of(others.values_list("scheduled_at", flat=True), zone)
