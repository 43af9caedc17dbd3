"""The form for the day to explain."""

from datetime import date
from typing import Final

from django import forms
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from mentormap.bookings.models import DURATIONS

_FIRST, _LAST = date(2000, 1, 1), date(2100, 12, 31)
_REMEDY: Final = gettext_lazy("Write a day of the years 2000 to 2100, like 2026-11-24.")


class ExplainForm(forms.Form):
    """A day in the mentor's time zone, by default today, and a duration, by default 60 minutes."""

    use_required_attribute = False

    day = forms.DateField(
        label=gettext_lazy("Day"),
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _REMEDY},
    )
    minutes = forms.TypedChoiceField(
        label=gettext_lazy("Sessions of"),
        coerce=int,
        choices=[
            (minutes, format_lazy(gettext_lazy("{minutes} minutes"), minutes=minutes))
            for minutes in DURATIONS
        ],
        error_messages={"invalid_choice": gettext_lazy("Pick one of the list.")},
    )

    def __init__(self, asked: QueryDict, *, today: date) -> None:
        super().__init__(
            {"day": asked.get("day") or today.isoformat(), "minutes": asked.get("minutes") or 60}
        )
        self.today = today

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if not _FIRST <= day <= _LAST:
            raise forms.ValidationError(_REMEDY)
        return day

    @property
    def asked(self) -> tuple[date, int]:
        """The day and the minutes; defaults in place of invalid values."""
        self.is_valid()
        return self.cleaned_data.get("day", self.today), self.cleaned_data.get("minutes", 60)
