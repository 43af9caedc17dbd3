"""The form for a mentor's cancellation policy."""

from typing import Final

from django import forms
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from mentormap.bookings.policy import CancellationPolicy
from mentormap.lib.languages import Text
from mentormap.mentors.models import MOST_HOURS_AHEAD, Mentor

HOURS: Final = format_lazy(
    gettext_lazy("Write a whole number of hours from 0 to {most}, which is two weeks."), most=MOST_HOURS_AHEAD
)
PERCENT: Final = gettext_lazy("Write a whole number from 0 to 100.")


def _whole(label: Text, *, most: int, sentence: Text, help_text: Text) -> forms.IntegerField:
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
        gettext_lazy("Full refund until how many hours before the start?"),
        most=MOST_HOURS_AHEAD,
        sentence=HOURS,
        help_text=gettext_lazy("0 means until the start."),
    )
    late_refund_percent = _whole(
        gettext_lazy("How many percent after that?"),
        most=100,
        sentence=PERCENT,
        help_text=gettext_lazy("Of the price, until the start. 0 means nothing."),
    )
    reschedule_hours = _whole(
        gettext_lazy("Another time until how many hours before the start?"),
        most=MOST_HOURS_AHEAD,
        sentence=HOURS,
        help_text=gettext_lazy("Until then a student may choose another one of your open times."),
    )

    def __init__(self, data: QueryDict | None = None, *, mentor: Mentor) -> None:
        super().__init__(data, initial=CancellationPolicy.of(mentor).to_json())

    @property
    def policy(self) -> CancellationPolicy | None:
        """As it is filled in; None while a field is invalid."""
        if not self.is_bound:
            return CancellationPolicy(**self.initial)
        return CancellationPolicy(**self.cleaned_data) if self.is_valid() else None
