"""When a mentor can be booked: gathers hours, rules and reserved cells, and asks the pure functions of availability."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mentormap.availability import busy, reservations
from mentormap.availability.models import BookingRules, WeeklyHours
from mentormap.availability.slots import (
    Closed,
    Diary,
    SlotRules,
    WeeklyRange,
    next_open_slots,
    open_slots,
    why_not,
)
from mentormap.bookings.errors import OffGrid, OutsideHours, PastTime, SlotRefused, TimeTaken
from mentormap.bookings.models import Session
from mentormap.lib.spans import Span
from mentormap.mentors.models import Mentor

MARGIN = timedelta(days=1)


@dataclass(frozen=True)
class Openings:
    """What decides about the open slots of some mentors, read once; `taken` leaves out the cells of `own_hold`."""

    hours: Mapping[int, Sequence[WeeklyRange]]
    rules: Mapping[int, SlotRules]
    taken: Mapping[int, Collection[datetime]]
    busy: Mapping[int, Sequence[Span]]

    @classmethod
    def of(
        cls,
        mentors: Sequence[Mentor],
        *,
        now: datetime,
        window: Span | None = None,
        own_hold: Session | None = None,
    ) -> "Openings":
        """Four queries, however many mentors; cells and busy times are those that may touch the window, else all to come."""
        ids = [mentor.pk for mentor in mentors]
        rules = {row.mentor_id: _rules(row) for row in BookingRules.objects.filter(mentor_id__in=ids)}
        horizon = max((rule.horizon for rule in rules.values()), default=SlotRules().horizon)
        span = window or Span(now, now + max(horizon, DEFAULT_RULES.horizon))
        span = span.widened(before=MARGIN, after=MARGIN)
        taken = reservations.taken(ids, span)
        if own_hold is not None:
            taken[own_hold.mentor_id] -= set(reservations.cells_of(own_hold.pk))
        return cls(_hours(ids), rules, taken, busy.busy_times(ids, span))

    def diary(self, mentor: Mentor, *, duration_minutes: int, now: datetime) -> Diary:
        return Diary(
            hours=self.hours.get(mentor.pk, ()),
            zone=mentor.time_zone,
            rules=self.rules.get(mentor.pk, DEFAULT_RULES),
            taken=self.taken.get(mentor.pk, frozenset()),
            busy=self.busy.get(mentor.pk, ()),
            duration=timedelta(minutes=duration_minutes),
            now=now,
        )


def _rules(row: BookingRules) -> SlotRules:
    return SlotRules(
        step_minutes=row.start_step_minutes,
        minimum_notice=timedelta(minutes=row.minimum_notice_minutes),
        horizon=timedelta(days=row.horizon_days),
        buffer_before=timedelta(minutes=row.buffer_before_minutes),
        buffer_after=timedelta(minutes=row.buffer_after_minutes),
    )


DEFAULT_RULES = _rules(BookingRules())


def _hours(mentor_ids: Collection[int]) -> dict[int, list[WeeklyRange]]:
    ranges: dict[int, list[WeeklyRange]] = defaultdict(list)
    rows = WeeklyHours.objects.filter(mentor_id__in=mentor_ids)
    for mentor_id, weekday, starts, ends in rows.values_list("mentor_id", "weekday", "starts", "ends"):
        ranges[mentor_id].append(WeeklyRange(weekday=weekday, starts=starts, ends=ends))
    return ranges


def open_starts(
    mentor: Mentor, *, duration_minutes: int, window: Span, now: datetime, own_hold: Session | None = None
) -> list[datetime]:
    """The starts (UTC) within the window at which this mentor can be booked; the holder's own hold is no hindrance."""
    openings = Openings.of([mentor], now=now, window=window, own_hold=own_hold)
    return open_slots(window=window, **openings.diary(mentor, duration_minutes=duration_minutes, now=now))


def next_starts(
    mentor: Mentor, *, duration_minutes: int, wanted: datetime, now: datetime, count: int = 3
) -> list[datetime]:
    """The first open starts (UTC) from the wanted time on; if there is none after it, from now on."""
    diary = Openings.of([mentor], now=now).diary(mentor, duration_minutes=duration_minutes, now=now)
    later = next_open_slots(count=count, after=max(wanted, now), **diary)
    return later or next_open_slots(count=count, after=now, **diary)


def next_open(
    mentors: Sequence[Mentor], *, now: datetime, duration_minutes: int = 30
) -> dict[int, datetime | None]:
    """Each mentor's first open start (UTC), None where there is none within their horizon."""
    openings = Openings.of(mentors, now=now)
    found: dict[int, datetime | None] = {}
    for mentor in mentors:
        diary = openings.diary(mentor, duration_minutes=duration_minutes, now=now)
        found[mentor.pk] = next(iter(next_open_slots(count=1, after=now, **diary)), None)
    return found


def check(
    mentor: Mentor,
    start: datetime,
    *,
    duration_minutes: int,
    now: datetime,
    own_hold: Session | None = None,
) -> SlotRules:
    """The rules by which this is an open slot. Raises the SlotRefused that says why it is none, with the next ones that are.

    Politeness alone: what guarantees is the key of the reserved cells.
    """
    window = Span(start, start + timedelta(minutes=duration_minutes))
    openings = Openings.of([mentor], now=now, window=window, own_hold=own_hold)
    diary = openings.diary(mentor, duration_minutes=duration_minutes, now=now)
    closed = why_not(start, **diary)
    if closed is not None:
        raise REFUSALS[closed](
            SENTENCES[closed].format(mentor=mentor.name),
            next_starts(mentor, duration_minutes=duration_minutes, wanted=start, now=now),
        )
    return diary["rules"]


REFUSALS: dict[Closed, type[SlotRefused]] = {
    Closed.PAST: PastTime,
    Closed.NOTICE: OutsideHours,
    Closed.HORIZON: OutsideHours,
    Closed.OUTSIDE_HOURS: OutsideHours,
    Closed.OFF_GRID: OffGrid,
    Closed.RESERVED: TimeTaken,
    Closed.BUSY: TimeTaken,
}
SENTENCES: dict[Closed, str] = {
    Closed.PAST: "That time is past. Pick one that is still ahead.",
    Closed.NOTICE: "{mentor} needs more notice than that. Pick a later time.",
    Closed.HORIZON: "{mentor} does not take bookings that far ahead yet. Pick an earlier day.",
    Closed.OUTSIDE_HOURS: "{mentor} has no hours for that whole time. Pick one of the open times.",
    Closed.OFF_GRID: "{mentor}'s sessions do not start at that minute. Pick one of the open times.",
    Closed.RESERVED: "That time has just been taken, in whole or in part. Pick another one.",
    Closed.BUSY: "{mentor} is busy then. Pick another time.",
}
