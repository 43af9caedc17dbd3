"""Why a mentor's day has the open slots that it has, in words: for the mentor, the operator and the command line."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from mentormap.availability.explanations import (
    Booked,
    ClockChange,
    Explanation,
    Reason,
    Stretch,
    Why,
    explain,
)
from mentormap.availability.slots import SlotInputs
from mentormap.bookings.models import DURATIONS, Session, SessionStatus
from mentormap.bookings.slots.finder import BadDuration, SlotData
from mentormap.lib.spans import Span
from mentormap.lib.when import format_clock
from mentormap.lib.zones import days_span, zone_info
from mentormap.mentors.models import Mentor

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class ExplainedSpan:
    """A part of the day and what decides about it; if it is open, when sessions can start.

    `from_wall` and `to_wall` are times of day by the mentor's clocks, which are not changed in between: where they are changed at
    the end, `to_wall` is what they show just before. `session` is the one that stands in the way, unless it is not paid.
    """

    span: Span
    from_wall: time
    to_wall: time
    sentence: str
    starts: Sequence[datetime] = ()
    session: Session | None = None

    @property
    def is_open(self) -> bool:
        return bool(self.starts)


@dataclass(frozen=True)
class ExplainedDay:
    """A day by the mentor's clocks, from its first instant to its last; no line if the clocks skip it."""

    mentor: Mentor
    day: date
    minutes: int
    lines: Sequence[ExplainedSpan]
    changes: Sequence[ClockChange]

    @property
    def starts(self) -> list[datetime]:
        return [start for line in self.lines for start in line.starts]


def explain_day(
    mentor: Mentor, day: date, *, duration_minutes: int, now: datetime, locale: str
) -> ExplainedDay:
    """Clock times within sentences are the mentor's, written as the locale has it. Raises BadDuration."""
    if duration_minutes not in DURATIONS:
        raise BadDuration
    window = days_span(day, day, mentor.time_zone)
    if window is None:
        return ExplainedDay(mentor, day, duration_minutes, [], [])
    inputs = SlotData.of([mentor], now=now, window=window).inputs(
        mentor, duration_minutes=duration_minutes, now=now
    )
    sessions = _sessions(mentor, window)
    bookings = [_booked(session) for session in sessions.values()]
    explanation = explain(day, inputs, bookings=bookings)
    words = _Words(day, inputs, sessions, locale)
    return ExplainedDay(mentor, day, duration_minutes, _lines(explanation, words), explanation.changes)


def _sessions(mentor: Mentor, window: Span) -> dict[int, Session]:
    """Returns sessions that reserve time on the day or soon after, by number."""
    near = window.widened(before=_DAY, after=_DAY)
    live = Session.objects.exclude(status=SessionStatus.CANCELLED).filter(mentor=mentor)
    return live.filter(reserves_from__lt=near.ends_at, reserves_to__gt=near.starts_at).in_bulk()


def _booked(session: Session) -> Booked:
    return Booked(
        session.pk,
        Span(session.scheduled_at, session.ends_at),
        Span(session.reserves_from, session.reserves_to),
    )


def _lines(explanation: Explanation, words: "_Words") -> list[ExplainedSpan]:
    return [
        ExplainedSpan(
            stretch.span,
            *_walls(stretch.span, words.inputs.zone),
            words.of(stretch),
            stretch.starts,
            words.named(stretch.reason),
        )
        for stretch in explanation.stretches
    ]


def _walls(span: Span, zone: str) -> tuple[time, time]:
    """Naive arithmetic, so by the offset of the beginning."""
    start = span.starts_at.astimezone(zone_info(zone)).replace(tzinfo=None)
    return start.time(), (start + span.duration).time()


@dataclass(frozen=True)
class _Words:
    """The sentences of one day."""

    day: date
    inputs: SlotInputs
    sessions: Mapping[int, Session]
    locale: str

    def of(self, stretch: Stretch) -> str:
        return SENTENCES[stretch.reason.why](self, stretch.reason)

    def named(self, reason: Reason) -> Session | None:
        session = self.sessions.get(reason.session or 0)
        return session if session and session.was_paid else None

    def title(self, reason: Reason) -> str:
        """Names the obstacle."""
        if reason.obstacle == Why.BUSY:
            return "a busy time of a calendar"
        session = self.named(reason)
        return f"“{session.title}”" if session else "a time that is held for a student who is paying"

    def notice(self, _reason: Reason) -> str:
        return f"Too soon: sessions are booked at least {_length(self.inputs.rules.minimum_notice)} ahead."

    def horizon(self, _reason: Reason) -> str:
        return f"Too far ahead: sessions are booked up to {_length(self.inputs.rules.horizon)} ahead."

    def override(self, _reason: Reason) -> str:
        if self.inputs.hours.overrides.get(self.day):
            return "Outside the hours of this day, which has its own."
        return "This day is closed."

    def reserved(self, reason: Reason) -> str:
        return (
            f"Reserved for {self.title(reason)}."
            if self.named(reason)
            else "Held for a student who is paying."
        )

    def day_full(self, _reason: Reason) -> str:
        return f"The day is full: {_sessions_text(self.inputs.rules.most_a_day)} a day are the most."

    def week_full(self, _reason: Reason) -> str:
        return f"The week is full: {_sessions_text(self.inputs.rules.most_a_week)} a week are the most."

    def too_short(self, reason: Reason) -> str:
        """With the buffer that is kept after a session, unless the end of the hours cuts it short."""
        is_hours = reason.obstacle in {Why.WEEKLY_HOURS, Why.OVERRIDE, Why.VACATION}
        buffer = timedelta(0) if is_hours else self.inputs.rules.buffer_after
        kept = f", with {_length(buffer)} kept free after it," if buffer else ""
        minutes = self.inputs.duration // timedelta(minutes=1)
        cut = "the hours end" if is_hours else f"{self.title(reason)} begins"
        return f"Too short: a session of {minutes} minutes{kept} is not over when {cut} at {self._clock(reason)}."

    def off_grid(self, _reason: Reason) -> str:
        return f"Between starts: sessions start every {self.inputs.rules.step_minutes} minutes, counted from when the hours begin."

    def _clock(self, reason: Reason) -> str:
        return format_clock(reason.meets_at, self.inputs.zone, self.locale) if reason.meets_at else ""


SENTENCES: Final[Mapping[Why, Callable[[_Words, Reason], str]]] = {
    Why.OPEN: lambda _words, _reason: "Open.",
    Why.VACATION: lambda _words, _reason: "Vacation.",
    Why.OVERRIDE: _Words.override,
    Why.WEEKLY_HOURS: lambda _words, _reason: "Outside the weekly hours.",
    Why.PAST: lambda _words, _reason: "Past.",
    Why.NOTICE: _Words.notice,
    Why.HORIZON: _Words.horizon,
    Why.RESERVED: _Words.reserved,
    Why.BUFFER: lambda words, reason: f"Kept free around {words.title(reason)}.",
    Why.BUSY: lambda _words, _reason: "Busy, by a calendar.",
    Why.DAY_FULL: _Words.day_full,
    Why.WEEK_FULL: _Words.week_full,
    Why.TOO_SHORT: _Words.too_short,
    Why.OFF_GRID: _Words.off_grid,
}


def _length(length: timedelta) -> str:
    """In the largest unit that says it exactly: "2 days", "12 hours", "90 minutes"."""
    for unit, name in ((_DAY, "day"), (_HOUR, "hour")):
        if length >= unit and not length % unit:
            return _count(length // unit, name)
    return _count(length // timedelta(minutes=1), "minute")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _sessions_text(most: int | None) -> str:
    return _count(most or 0, "session")
