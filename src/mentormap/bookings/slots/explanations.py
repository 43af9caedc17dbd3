"""Why a mentor's day has the open slots that it has, in words: for the mentor, the operator and the command line."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from django.utils.translation import gettext, ngettext

from mentormap.availability.explanations import (
    Booked,
    ClockChange,
    ClosedReason,
    Explanation,
    Stretch,
    Why,
    explain,
)
from mentormap.availability.slots import SlotInputs
from mentormap.bookings.models import DURATIONS, Session, SessionStatus
from mentormap.bookings.policy import hours_in_words
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

    def named(self, reason: ClosedReason) -> Session | None:
        session = self.sessions.get(reason.session or 0)
        return session if session and session.was_paid else None

    def title(self, reason: ClosedReason) -> str:
        """Names the obstacle."""
        if reason.obstacle == Why.BUSY:
            return gettext("a busy time of a calendar")
        session = self.named(reason)
        return f"“{session.title}”" if session else gettext("a time that is held for a student who is paying")

    def notice(self, _reason: ClosedReason) -> str:
        return gettext("Too soon: sessions are booked at least %(length)s ahead.") % {
            "length": _length(self.inputs.rules.minimum_notice)
        }

    def horizon(self, _reason: ClosedReason) -> str:
        return gettext("Too far ahead: sessions are booked up to %(length)s ahead.") % {
            "length": _length(self.inputs.rules.horizon)
        }

    def override(self, _reason: ClosedReason) -> str:
        if self.inputs.hours.overrides.get(self.day):
            return gettext("Outside the hours of this day, which has its own.")
        return gettext("This day is closed.")

    def reserved(self, reason: ClosedReason) -> str:
        return (
            gettext("Reserved for %(title)s.") % {"title": self.title(reason)}
            if self.named(reason)
            else gettext("Held for a student who is paying.")
        )

    def day_full(self, _reason: ClosedReason) -> str:
        return gettext("The day is full: %(sessions_text)s a day are the most.") % {
            "sessions_text": _sessions_text(self.inputs.rules.most_a_day)
        }

    def week_full(self, _reason: ClosedReason) -> str:
        return gettext("The week is full: %(sessions_text)s a week are the most.") % {
            "sessions_text": _sessions_text(self.inputs.rules.most_a_week)
        }

    def too_short(self, reason: ClosedReason) -> str:
        """With the buffer that is kept after a session, unless the end of the hours cuts it short."""
        is_hours = reason.obstacle in {Why.WEEKLY_HOURS, Why.OVERRIDE, Why.VACATION}
        buffer = timedelta(0) if is_hours else self.inputs.rules.buffer_after
        facts = {
            "minutes": self.inputs.duration // timedelta(minutes=1),
            "buffer": _length(buffer),
            "time": self._clock(reason),
            "next": "" if is_hours else self.title(reason),
        }
        if is_hours:
            return (
                gettext(
                    "Too short: a session of %(minutes)s minutes is not over when the hours end at %(time)s."
                )
                % facts
            )
        if buffer:
            return (
                gettext(
                    "Too short: a session of %(minutes)s minutes, with %(buffer)s kept free after it, is not over when %(next)s begins at %(time)s."
                )
                % facts
            )
        return (
            gettext(
                "Too short: a session of %(minutes)s minutes is not over when %(next)s begins at %(time)s."
            )
            % facts
        )

    def off_grid(self, _reason: ClosedReason) -> str:
        return gettext(
            "Between starts: sessions start every %(step_minutes)s minutes, counted from when the hours begin."
        ) % {"step_minutes": self.inputs.rules.step_minutes}

    def _clock(self, reason: ClosedReason) -> str:
        return format_clock(reason.meets_at, self.inputs.zone, self.locale) if reason.meets_at else ""


SENTENCES: Final[Mapping[Why, Callable[[_Words, ClosedReason], str]]] = {
    Why.OPEN: lambda _words, _reason: gettext("Open."),
    Why.VACATION: lambda _words, _reason: gettext("Vacation."),
    Why.OVERRIDE: _Words.override,
    Why.WEEKLY_HOURS: lambda _words, _reason: gettext("Outside the weekly hours."),
    Why.PAST: lambda _words, _reason: gettext("Past."),
    Why.NOTICE: _Words.notice,
    Why.HORIZON: _Words.horizon,
    Why.RESERVED: _Words.reserved,
    Why.BUFFER: lambda words, reason: gettext("Kept free around %(title)s.") % {"title": words.title(reason)},
    Why.BUSY: lambda _words, _reason: gettext("Busy, by a calendar."),
    Why.DAY_FULL: _Words.day_full,
    Why.WEEK_FULL: _Words.week_full,
    Why.TOO_SHORT: _Words.too_short,
    Why.OFF_GRID: _Words.off_grid,
}


def _length(length: timedelta) -> str:
    """In the largest unit that says it exactly: "2 days", "12 hours", "90 minutes"."""
    if length >= _DAY and not length % _DAY:
        days = length // _DAY
        return ngettext("%(days)s day", "%(days)s days", days) % {"days": days}
    if length >= _HOUR and not length % _HOUR:
        return hours_in_words(length // _HOUR)
    minutes = length // timedelta(minutes=1)
    return ngettext("%(minutes)s minute", "%(minutes)s minutes", minutes) % {"minutes": minutes}


def _sessions_text(most: int | None) -> str:
    return ngettext("%(count)s session", "%(count)s sessions", most or 0) % {"count": most or 0}
