"""The picker of a time: a month of days with their open times, as a part of any form that books or moves a session.

A page that has one does five things.

1. Its view is wrapped in `zone_switch.switches_zone`, and computes `Picker.of(...)` into its context.
2. Its form posts to `page`, and begins with a button of its own that does what the form is for, so that Enter does not look
   for times (`mentors/_booking.html`).
3. In the form it draws, from macros/picker.html imported `with context`, `picker_status()` and then
   `<div id="times">{{ picker(times, bound_field) }}</div>`. The field is a `StartField` named `starts_at`.
4. For htmx it renders, from a template of its own, `picker_status(times)` and what stands inside `#times`, and nothing else.
5. A POST for which `is_looking` holds does nothing: it shows the page again as it was filled in. That is how days, offered
   times and zones are looked at without a script, with everything typed still there.

Its head links css/components/picker.css and js/picker.js.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from mentormap.availability.slots import SlotInputs
from mentormap.lib import when
from mentormap.lib.zones import local_day
from mentormap.web.forms.booking import read_start
from mentormap.web.forms.time_zone import TimeZoneForm
from mentormap.web.http.context import PageRequest
from mentormap.web.http.query_strings import read_day
from mentormap.web.http.zone_switch import is_choosing
from mentormap.web.presenters.open_month import OpenMonth, open_month

LOOKING: Final = ("show", "day", "pick", "zone")
"""Buttons that show other times and book nothing."""


@dataclass(frozen=True)
class DayCell:
    """A day's cell in the month: "24", read aloud as "Tuesday 24 November 2026, 6 open times".

    `short_times` counts the starts with room only for a shorter session.
    """

    date: date
    number: str
    name: str
    open_times: int
    short_times: int
    is_today: bool
    is_chosen: bool


@dataclass(frozen=True)
class Picker:
    """What macros/picker.html draws. Times are starts in UTC, days those of the viewer.

    `page` is where its buttons ask, `owner` whose hours these are, by first name. `start` is the time that is picked, whether or
    not it can be seen; `lost_start` one that was picked and is not open. `next_open` are starts to offer after a refusal.
    `zone_form` is None unless the viewer is choosing another zone.
    """

    page: str
    owner: str
    minutes: int
    month: OpenMonth
    locale: str
    start: datetime | None = None
    next_open: Sequence[datetime] = ()
    zone_form: TimeZoneForm | None = None

    @classmethod
    def of(
        cls,
        request: PageRequest,
        *,
        page: str,
        owner: str,
        inputs: SlotInputs,
        start: datetime | None = None,
        near: datetime | None = None,
        next_open: Sequence[datetime] = (),
        others: Sequence[SlotInputs] = (),
    ) -> "Picker":
        """Shows what the request asks for by the names in LOOKING, else the day of `start` or `near`, else the first open one.

        `others` are the same inputs for other durations, by which starts with little room are marked.
        """
        values = request.POST if request.method == "POST" else request.GET
        asked = asked_day(values, start or near, request.viewer_zone)
        return cls(
            page,
            owner,
            minutes=int(inputs.duration.total_seconds() // 60),
            month=open_month(asked, zone=request.viewer_zone, inputs=inputs, others=others),
            locale=request.viewer_locale,
            start=start,
            next_open=next_open,
            zone_form=_zone_form(request, inputs.now) if is_choosing(values) else None,
        )

    @property
    def lost_start(self) -> datetime | None:
        return self.start if self.start and self.month.has_lost(self.start) else None

    @property
    def shown(self) -> date:
        """The day that leads back to this month and day."""
        return self.month.day or self.month.first

    def weekdays(self) -> list[tuple[str, str]]:
        """The heads of the columns: ("Mon", "Monday")."""
        return when.weekday_names(self.locale)

    def weeks(self) -> list[list[DayCell | None]]:
        """The rows; None stands for a day of the month before or after."""
        days: list[DayCell | None] = [self._cell(day) for day in self.month.days()]
        before = (self.month.first.weekday() - when.first_weekday(self.locale)) % 7
        cells = [*[None] * before, *days]
        cells += [None] * (-len(cells) % 7)
        return [cells[index : index + 7] for index in range(0, len(cells), 7)]

    def month_name(self, day: date) -> str:
        return when.format_month(day, self.locale)

    def day_name(self, day: date) -> str:
        """In full, as a screen reader reads the day."""
        return when.format_full_day(day, self.locale)

    def _cell(self, day: date) -> DayCell:
        return DayCell(
            day,
            when.format_day_number(day, self.locale),
            self.day_name(day),
            open_times=len(self.month.starts.get(day, ())),
            short_times=len(self.month.short.get(day, ())),
            is_today=day == self.month.today,
            is_chosen=day == self.month.day,
        )


def is_looking(values: Mapping[str, str]) -> bool:
    """Returns whether the form was sent only to see other times."""
    return any(button in values for button in LOOKING)


def picked_start(values: Mapping[str, str]) -> str:
    """The start as the form now has it: an offered time that was pressed, else the one that is ticked; as it was written."""
    return values.get("pick") or values.get("starts_at", "")


def asked_day(values: Mapping[str, str], start: datetime | None, zone: str) -> date | None:
    """The day that was pressed, else the one that was shown, else that of the start; an offered time brings its own day."""
    picked = read_start(values.get("pick", ""))
    named = None if picked else read_day(values.get("day", "")) or read_day(values.get("shown", ""))
    wanted = picked or start
    return named or (local_day(wanted, zone) if wanted else None)


def _zone_form(request: PageRequest, now: datetime) -> TimeZoneForm:
    return TimeZoneForm(zone=request.viewer_zone, locale=request.viewer_locale, now=now)
