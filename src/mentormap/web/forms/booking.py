"""The form for a booking: topic, time and duration."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from mentormap.bookings.booking_request import TitleMissing, TitleTooLong
from mentormap.bookings.checkout import LONGEST_TITLE
from mentormap.bookings.models import DURATIONS
from mentormap.bookings.slots.finder import BAD_DURATION

USUAL_MINUTES = 60
WRITTEN = "%Y-%m-%dT%H:%M:%SZ"
"""How a start is written in forms and addresses: RFC 3339, in UTC."""
YEARS = range(2000, 2200)
"""Beyond them, and soon, a time in another zone would leave the calendar."""


def read_start(text: str) -> datetime | None:
    """The instant, if that is how one is written."""
    try:
        start = datetime.strptime(text, WRITTEN).replace(tzinfo=UTC)
    except ValueError:
        return None
    return start if start.year in YEARS else None


def read_duration(text: str) -> int | None:
    """One of the durations, if one of them is named."""
    return int(text) if text in map(str, DURATIONS) else None


class StartField(forms.Field):
    """An instant in UTC; the page draws its choices itself."""

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values or isinstance(value, datetime):
            return value or None
        start = read_start(str(value))
        if start is None:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return start


class BookingForm(forms.Form):
    """Says what is missing; whether the time is open and the price right, booking itself says."""

    title = forms.CharField(
        label=gettext_lazy("Session title"),
        max_length=LONGEST_TITLE,
        widget=forms.TextInput(
            attrs={"placeholder": gettext_lazy("System design review"), "autocomplete": "off"}
        ),
        error_messages={
            "required": TitleMissing().sentence,
            "max_length": TitleTooLong().sentence,
        },
    )
    description = forms.CharField(
        label=gettext_lazy("Description"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "What you want to talk about, and what would make the time worth it. Your mentor reads it before you meet."
        ),
        error_messages={"max_length": gettext_lazy("Shorten the description to at most 4000 characters.")},
    )
    starts_at = StartField(
        label=gettext_lazy("Date & time"),
        error_messages={"required": gettext_lazy("Pick a day, then one of its open times.")},
    )
    duration_minutes = forms.TypedChoiceField(
        label=gettext_lazy("Duration"),
        coerce=int,
        choices=[
            (str(minutes), format_lazy(gettext_lazy("{minutes} minutes"), minutes=minutes))
            for minutes in DURATIONS
        ],
        initial=str(USUAL_MINUTES),
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), BAD_DURATION),
    )

    @property
    def minutes(self) -> int:
        """The duration that is picked now, whatever else is filled in; the usual one where none is."""
        return read_duration(str(self["duration_minutes"].value() or "")) or USUAL_MINUTES

    @property
    def start(self) -> datetime | None:
        """The start that is picked now."""
        value = self["starts_at"].value()
        return value if isinstance(value, datetime) else read_start(str(value or ""))

    def refuse(self, field: str, sentence: str) -> None:
        """Attaches a refusal of a booking to the field to correct."""
        own = {"scheduled_at": "starts_at"}.get(field, field)
        self.add_error(own if own in self.fields else None, sentence)
