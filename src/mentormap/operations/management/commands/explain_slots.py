"""`mentormap explain-slots`: why a mentor's day has the open slots that it has."""

from argparse import ArgumentTypeError
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from mentormap.bookings.models import DURATIONS
from mentormap.bookings.slots.explanations import ExplainedDay, ExplainedSpan, explain_day
from mentormap.lib import clock
from mentormap.lib.numbers import parse_id
from mentormap.lib.when import format_clock, format_full_day, zone_label
from mentormap.mentors.models import Mentor

LOCALE = "en"
FIRST_YEAR, LAST_YEAR = 2000, 2100


class Command(BaseCommand):
    help = "Says for a mentor's day which rule removed which time, and what remains open."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("mentor", help="the mentor's number or email address")
        parser.add_argument("day", type=_day, help="by the mentor's clocks, like 2026-11-24")
        parser.add_argument(
            "--minutes", type=int, choices=DURATIONS, default=60, help="how long the session is"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        explained = explain_day(
            _mentor(options["mentor"]),
            options["day"],
            duration_minutes=options["minutes"],
            now=clock.now(),
            locale=LOCALE,
        )
        for line in _report(explained):
            self.stdout.write(line)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"write a day like 2026-11-24, not {text}") from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ArgumentTypeError(f"write a day of the years {FIRST_YEAR} to {LAST_YEAR}, not {text}")
    return day


def _mentor(named: str) -> Mentor:
    """Raises CommandError."""
    mentors = Mentor.objects.select_related("user")
    mentor = mentors.filter(Q(user__email__iexact=named) | Q(pk=parse_id(named))).first()
    if mentor is None:
        raise CommandError(
            f"There is no mentor {named}: write a number or an email address as the admin lists them."
        )
    return mentor


def _report(explained: ExplainedDay) -> Iterator[str]:
    zone = explained.mentor.time_zone
    at = explained.lines[0].span.starts_at if explained.lines else clock.now()
    yield (
        f"{explained.mentor.name}, {format_full_day(explained.day, LOCALE)}, sessions of {explained.minutes} minutes. "
        f"Times in {zone_label(zone, at=at, locale=LOCALE)}."
    )
    if not explained.mentor.is_listed:
        yield "Nobody can book at all: the mentor is not published, or hidden."
    if not explained.lines:
        yield "The clocks skip this day."
    for line in explained.lines:
        for change in explained.changes:
            if change.at == line.span.starts_at:
                yield f"{change.before:%H:%M}          The clocks go to {change.after:%H:%M}."
        yield f"{line.from_wall:%H:%M} to {line.to_wall:%H:%M} {line.sentence}{_starts(line, zone)}"


def _starts(line: ExplainedSpan, zone: str) -> str:
    return f" {', '.join(format_clock(start, zone, LOCALE) for start in line.starts)}" if line.starts else ""
