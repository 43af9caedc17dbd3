"""Open slots under other hours or rules than a mentor has, and booked sessions that would lie outside."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from mentormap.availability.all_hours import hours_by_mentor
from mentormap.availability.open_hours import DaySpan, Hours, open_hours
from mentormap.availability.rules import rules_by_mentor
from mentormap.availability.slots import SlotRules, open_slots
from mentormap.bookings.models import Session
from mentormap.bookings.slots.finder import SlotData
from mentormap.lib.spans import Span
from mentormap.lib.zones import days_span, local_day
from mentormap.mentors.models import Mentor

LOOK_AHEAD: Final = timedelta(days=13)
_KNOWN_AHEAD: Final = timedelta(days=800)
"""Farther than any horizon reaches: no session can be booked, or lie outside hours, beyond it."""


@dataclass(frozen=True)
class Terms:
    """All that a mentor decides about when they can be booked; hours are wall-clock in `zone`."""

    hours: Hours
    rules: SlotRules
    zone: str


@dataclass(frozen=True)
class AvailabilityPreview:
    """The open starts (UTC) of two weeks under some terms, and all booked sessions outside their hours, in order."""

    terms: Terms
    days: DaySpan
    minutes: int
    starts: Sequence[datetime]
    outside: Sequence[Session]


def terms_of(mentor: Mentor, *, now: datetime) -> Terms:
    """As they are stored; days that differ are those to come."""
    ahead = Span(now, now + _KNOWN_AHEAD)
    hours = hours_by_mentor([mentor.pk], ahead).get(mentor.pk, Hours())
    return Terms(hours, rules_by_mentor([mentor.pk])[mentor.pk], mentor.time_zone)


def availability_preview(
    mentor: Mentor, terms: Terms, *, now: datetime, first: date | None = None, duration_minutes: int = 60
) -> AvailabilityPreview:
    """Under these terms, stored or not, with what is booked and busy as it is, from today or a later first day on.

    Raises UnknownZone.
    """
    today = local_day(now, terms.zone)
    first = max(first or today, today)
    days = DaySpan(first, first + LOOK_AHEAD)
    window = days_span(days.first, days.last, terms.zone) or Span(now, now + LOOK_AHEAD)
    hours, rules = {mentor.pk: terms.hours}, {mentor.pk: terms.rules}
    data = SlotData.of([mentor], now=now, window=window, hours=hours, rules=rules)
    inputs = data.inputs(mentor, duration_minutes=duration_minutes, now=now)
    inputs = replace(inputs, zone=terms.zone)
    outside = sessions_outside(mentor, terms, now=now)
    return AvailabilityPreview(terms, days, duration_minutes, open_slots(inputs, window=window), outside)


def sessions_outside(mentor: Mentor, terms: Terms, *, now: datetime) -> list[Session]:
    """Booked sessions that have not started and do not lie within these hours, soonest first; they stay booked."""
    booked = Session.objects.booked().with_people()
    ahead = list(booked.filter(mentor_id=mentor.pk, scheduled_at__gt=now).order_by("scheduled_at"))
    if not ahead:
        return []
    window = Span(now, max(session.ends_at for session in ahead))
    hours = open_hours(terms.hours, zone=terms.zone, step=terms.rules.step, window=window)
    return [session for session in ahead if not _is_within(session, hours.spans)]


def _is_within(session: Session, spans: Sequence[Span]) -> bool:
    own = Span(session.scheduled_at, session.ends_at)
    return any(span.covers(own) for span in spans)
