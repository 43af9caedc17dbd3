"""When a mentor can be booked: gathers hours, rules and reserved cells, and asks the pure functions of availability."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext_lazy

from mentormap.availability import busy, reservations
from mentormap.availability.all_hours import hours_by_mentor
from mentormap.availability.open_hours import Hours
from mentormap.availability.rules import DEFAULT_RULES, rules_by_mentor
from mentormap.availability.session_counts import WEEK
from mentormap.availability.slots import Closed, SlotInputs, SlotRules, next_open_slots, open_slots, why_not
from mentormap.bookings.errors import RefusalKind, Refused
from mentormap.bookings.models import Session
from mentormap.lib.languages import Text
from mentormap.lib.spans import Span
from mentormap.mentors.models import Mentor

MARGIN: Final = timedelta(days=1)


BAD_DURATION: Final = gettext_lazy("A session lasts 30, 60, 90 or 120 minutes. Pick one of these.")


class BadDuration(Refused):
    code = "bad-duration"
    field = "duration_minutes"

    def __init__(self) -> None:
        super().__init__(str(BAD_DURATION))


class SlotRefused(Refused):
    """The time is no open slot; `next_open` are starts (UTC) that are."""

    field = "scheduled_at"

    def __init__(self, sentence: str, next_open: Sequence[datetime] = ()) -> None:
        self.next_open = list(next_open)
        super().__init__(sentence)


class PastTime(SlotRefused):
    code = "past-time"


class OffGrid(SlotRefused):
    code = "off-grid"


class OutsideHours(SlotRefused):
    code = "outside-hours"


class TimeTaken(SlotRefused):
    kind = RefusalKind.CONFLICT
    code = "time-taken"


class DayFull(SlotRefused):
    """The mentor's most sessions a day are booked."""

    kind = RefusalKind.CONFLICT
    code = "day-full"


class WeekFull(SlotRefused):
    """The mentor's most sessions a week are booked."""

    kind = RefusalKind.CONFLICT
    code = "week-full"


@dataclass(frozen=True)
class SlotData:
    """What decides about the open slots of some mentors, read once; `taken` and `booked` leave out `own_hold`."""

    hours: Mapping[int, Hours]
    rules: Mapping[int, SlotRules]
    taken: Mapping[int, Collection[datetime]]
    busy: Mapping[int, Sequence[Span]]
    booked: Mapping[int, Collection[datetime]]

    @classmethod
    def of(
        cls,
        mentors: Sequence[Mentor],
        *,
        now: datetime,
        window: Span | None = None,
        own_hold: Session | None = None,
        hours: Mapping[int, Hours] | None = None,
        rules: Mapping[int, SlotRules] | None = None,
    ) -> "SlotData":
        """Four queries, and one more where somebody has a cap, however many mentors; hours and rules that are given are not read.

        It knows what may touch the window, else all up to the horizon. A session that is moved is an own hold like any other.
        """
        ids = [mentor.pk for mentor in mentors]
        rules = rules if rules is not None else rules_by_mentor(ids)
        horizon = max((rule.horizon for rule in rules.values()), default=MARGIN)
        around = (window or Span(now, now + max(horizon, MARGIN))).widened(before=MARGIN, after=MARGIN)
        own = own_hold.pk if own_hold else None
        capped = [mentor_id for mentor_id, rule in rules.items() if rule.caps]
        return cls(
            hours if hours is not None else hours_by_mentor(ids, around),
            rules,
            reservations.taken(ids, around, apart_from=own),
            busy.busy_times(ids, around),
            _counted_starts(capped, around.widened(before=WEEK, after=WEEK), apart_from=own),
        )

    def inputs(self, mentor: Mentor, *, duration_minutes: int, now: datetime) -> SlotInputs:
        return SlotInputs(
            hours=self.hours.get(mentor.pk, Hours()),
            zone=mentor.time_zone,
            rules=self.rules.get(mentor.pk, DEFAULT_RULES),
            taken=self.taken.get(mentor.pk, frozenset()),
            busy=self.busy.get(mentor.pk, ()),
            booked=self.booked.get(mentor.pk, ()),
            duration=timedelta(minutes=duration_minutes),
            now=now,
        )


def _counted_starts(
    mentor_ids: Collection[int], window: Span, *, apart_from: int | None
) -> dict[int, list[datetime]]:
    """When the sessions start that count towards the caps of these mentors; no query if there is none."""
    starts: dict[int, list[datetime]] = defaultdict(list)
    if mentor_ids:
        sessions = Session.objects.counted(window).filter(mentor_id__in=mentor_ids)
        for pk, mentor_id, scheduled_at in sessions.values_list("pk", "mentor_id", "scheduled_at"):
            if pk != apart_from:
                starts[mentor_id].append(scheduled_at)
    return starts


def open_starts(
    mentor: Mentor, *, duration_minutes: int, window: Span, now: datetime, own_hold: Session | None = None
) -> list[datetime]:
    """The starts (UTC) within the window at which this mentor can be booked; the holder's own hold is no hindrance."""
    data = SlotData.of([mentor], now=now, window=window, own_hold=own_hold)
    return open_slots(data.inputs(mentor, duration_minutes=duration_minutes, now=now), window=window)


def next_starts(
    mentor: Mentor, *, duration_minutes: int, wanted: datetime, now: datetime, count: int = 3
) -> list[datetime]:
    """The first open starts (UTC) from the wanted time on; if there is none after it, from now on."""
    inputs = SlotData.of([mentor], now=now).inputs(mentor, duration_minutes=duration_minutes, now=now)
    return next_in(inputs, wanted=wanted, count=count)


def next_in(inputs: SlotInputs, *, wanted: datetime, count: int = 3) -> list[datetime]:
    """The same in a inputs that has been read already."""
    now = inputs.now
    later = next_open_slots(inputs, count=count, after=max(wanted, now))
    return later or next_open_slots(inputs, count=count, after=now)


@dataclass(frozen=True)
class OpenStart:
    """A start (UTC) and the first of the requested durations, in minutes, that fits there."""

    starts_at: datetime
    minutes: int


def next_open(
    mentors: Sequence[Mentor], *, now: datetime, durations: Sequence[int] = (30,)
) -> dict[int, OpenStart | None]:
    """Returns each mentor's first open start for the first of the durations, in minutes; if there is none within the mentor's
    horizon, for the next duration. None if there is none for any duration."""
    data = SlotData.of(mentors, now=now)
    return {mentor.pk: _next_open(data, mentor, durations, now) for mentor in mentors}


def _next_open(data: SlotData, mentor: Mentor, durations: Sequence[int], now: datetime) -> OpenStart | None:
    for minutes in durations:
        inputs = data.inputs(mentor, duration_minutes=minutes, now=now)
        for start in next_open_slots(inputs, count=1, after=now):
            return OpenStart(start, minutes)
    return None


def check(
    mentor: Mentor,
    start: datetime,
    *,
    duration_minutes: int,
    now: datetime,
    own_hold: Session | None = None,
    rules: Mapping[int, SlotRules] | None = None,
) -> SlotRules:
    """The rules by which this is an open slot; those that are given are not read.

    Raises the SlotRefused that says why it is none, with the next ones that are.

    Politeness alone: what guarantees is the key of the reserved cells.
    """
    window = Span(start, start + timedelta(minutes=duration_minutes))
    data = SlotData.of([mentor], now=now, window=window, own_hold=own_hold, rules=rules)
    inputs = data.inputs(mentor, duration_minutes=duration_minutes, now=now)
    closed = why_not(start, inputs)
    if closed is not None:
        later = next_starts(mentor, duration_minutes=duration_minutes, wanted=start, now=now)
        raise refusal(closed, mentor, later)
    return inputs.rules


def refusal(closed: Closed, mentor: Mentor, next_open: Sequence[datetime]) -> SlotRefused:
    """Returns the refusal for a closed time; `next_open` are open starts (UTC)."""
    return REFUSALS[closed](str(SENTENCES[closed]).format(mentor=mentor.name), next_open)


REFUSALS: dict[Closed, type[SlotRefused]] = {
    Closed.PAST: PastTime,
    Closed.NOTICE: OutsideHours,
    Closed.HORIZON: OutsideHours,
    Closed.OUTSIDE_HOURS: OutsideHours,
    Closed.OFF_GRID: OffGrid,
    Closed.RESERVED: TimeTaken,
    Closed.BUSY: TimeTaken,
    Closed.DAY_FULL: DayFull,
    Closed.WEEK_FULL: WeekFull,
}
SENTENCES: dict[Closed, Text] = {
    Closed.PAST: gettext_lazy("That time is past. Pick one that is still ahead."),
    Closed.NOTICE: gettext_lazy("{mentor} needs more notice than that. Pick a later time."),
    Closed.HORIZON: gettext_lazy("{mentor} does not take bookings that far ahead yet. Pick an earlier day."),
    Closed.OUTSIDE_HOURS: gettext_lazy(
        "{mentor} has no hours for that whole time. Pick one of the open times."
    ),
    Closed.OFF_GRID: gettext_lazy(
        "{mentor}'s sessions do not start at that minute. Pick one of the open times."
    ),
    Closed.RESERVED: gettext_lazy("That time has just been taken, in whole or in part. Pick another one."),
    Closed.BUSY: gettext_lazy("{mentor} is busy then. Pick another time."),
    Closed.DAY_FULL: gettext_lazy("{mentor} takes no more sessions that day. Pick another day."),
    Closed.WEEK_FULL: gettext_lazy("{mentor} takes no more sessions that week. Pick a day of another one."),
}
