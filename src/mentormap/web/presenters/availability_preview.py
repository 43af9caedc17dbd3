"""The open slots under the terms that a mentor is typing, day by day."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.forms import BaseForm

from mentormap.bookings.slots.preview import AvailabilityPreview, Terms, availability_preview
from mentormap.lib.when import format_clock, format_day
from mentormap.lib.zones import local_day
from mentormap.mentors.models import Mentor
from mentormap.web.http.context import PageRequest

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class DayAhead:
    """A day by the mentor's clocks: "Tue 24 Nov", its open starts in runs ("09:00–11:00", "14:00"), and how many they are."""

    date: date
    name: str
    runs: Sequence[str]
    count: int


def preview_context(
    request: PageRequest,
    mentor: Mentor,
    terms: Terms | None,
    *,
    now: datetime,
    problems: Sequence[str] = (),
    first: date | None = None,
) -> dict[str, Any]:
    """For _preview.html. Without terms, `problems` say what to correct first."""
    found = availability_preview(mentor, terms, now=now, first=first) if terms else None
    ahead = days_ahead(found, request.viewer_locale) if found else []
    return {
        "preview": found,
        "ahead": ahead,
        "problems": problems,
        "is_stored": mentor.pk is not None and request.method != "POST",
        "is_today": found is not None and found.days.first == local_day(now, found.terms.zone),
    }


def problems_of(form: BaseForm) -> list[str]:
    """Returns the errors to correct, each with the label of its field."""
    return [
        f"{_label(form, name)}{sentence}" for name, sentences in form.errors.items() for sentence in sentences
    ]


def _label(form: BaseForm, name: str) -> str:
    """Ready for a sentence to follow; nothing for what is wrong with the form as a whole."""
    label = str(form.fields[name].label) if name in form.fields else ""
    return f"{label} " if label.endswith("?") else f"{label}: " if label else ""


def days_ahead(found: AvailabilityPreview, locale: str) -> list[DayAhead]:
    """All days, those on which nothing is open too."""
    zone, by_day = found.terms.zone, defaultdict[date, list[datetime]](list)
    for start in found.starts:
        by_day[local_day(start, zone)].append(start)
    count = (found.days.last - found.days.first).days + 1
    days = [found.days.first + index * _DAY for index in range(count)]
    step = found.terms.rules.step
    return [
        DayAhead(
            day,
            format_day(day, locale),
            [_text(run, zone, locale) for run in _runs(by_day[day], step)],
            len(by_day[day]),
        )
        for day in days
    ]


def _runs(starts: Sequence[datetime], step: timedelta) -> list[list[datetime]]:
    """Cut wherever a start is not one step after the one before it."""
    runs: list[list[datetime]] = []
    for start in starts:
        if runs and start - runs[-1][-1] == step:
            runs[-1].append(start)
        else:
            runs.append([start])
    return runs


def _text(run: Sequence[datetime], zone: str, locale: str) -> str:
    ends = [format_clock(instant, zone, locale) for instant in (run[0], run[-1])]
    return "–".join(dict.fromkeys(ends))
