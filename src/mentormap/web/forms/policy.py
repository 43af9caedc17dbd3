"""The form for a mentor's cancellation policy."""

from typing import Final

from django import forms
from django.http import QueryDict

from mentormap.bookings.policy import CancellationPolicy
from mentormap.mentors.models import MOST_HOURS_AHEAD, Mentor

HOURS: Final = f"Write a whole number of hours from 0 to {MOST_HOURS_AHEAD}, which is two weeks."
PERCENT: Final = "Write a whole number from 0 to 100."


def _whole(label: str, *, most: int, sentence: str, help_text: str) -> forms.IntegerField:
    """From 0 on; one sentence says what to write, whatever is wrong."""
    wrongs = ("required", "invalid", "min_value", "max_value")
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        min_value=0,
        max_value=most,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages=dict.fromkeys(wrongs, sentence),
    )


class PolicyForm(forms.Form):
    """All of it at once."""

    use_required_attribute = False

    full_refund_hours = _whole(
        "Full refund until how many hours before the start?",
        most=MOST_HOURS_AHEAD,
        sentence=HOURS,
        help_text="0 means until the start.",
    )
    late_refund_percent = _whole(
        "How many percent after that?",
        most=100,
        sentence=PERCENT,
        help_text="Of the price, until the start. 0 means nothing.",
    )
    reschedule_hours = _whole(
        "Another time until how many hours before the start?",
        most=MOST_HOURS_AHEAD,
        sentence=HOURS,
        help_text="Until then a student may choose another one of your open times.",
    )

    def __init__(self, data: QueryDict | None = None, *, mentor: Mentor) -> None:
        super().__init__(data, initial=CancellationPolicy.of(mentor).to_json())

    @property
    def policy(self) -> CancellationPolicy | None:
        """As it is filled in; None while a field is invalid."""
        if not self.is_bound:
            return CancellationPolicy(**self.initial)
        return CancellationPolicy(**self.cleaned_data) if self.is_valid() else None
