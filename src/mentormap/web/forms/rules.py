"""When a mentor may be booked within their hours."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final, cast

from django import forms
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy

from mentormap.availability.slots import STEPS, SlotRules
from mentormap.lib.languages import Text

MOST_NOTICE_HOURS: Final = 30 * 24
MOST_HORIZON_DAYS: Final = 365
MOST_BUFFER_MINUTES: Final = 120
MOST_A_DAY: Final = 24
MOST_A_WEEK: Final = 100
_QUARTER: Final = Decimal("0.25")
_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)
_NOTICE: Final = format_lazy(
    gettext_lazy("Write hours from 0 to {most}, such as 12 or 1.5: whole ones, or with quarters."),
    most=MOST_NOTICE_HOURS,
)


def _whole(
    label: Text, *, least: int, most: int, sentence: Text, help_text: Text, required: bool = True
) -> forms.IntegerField:
    """One sentence says what to write, whatever is wrong."""
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        min_value=least,
        max_value=most,
        required=required,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), sentence),
    )


def _choice(label: Text, help_text: Text, **options: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        help_text=help_text,
        coerce=int,
        error_messages=dict.fromkeys(("required", "invalid_choice"), gettext_lazy("Pick one of the list.")),
        **options,
    )


def _step_in_words(step: int) -> Text:
    return (
        gettext_lazy("hour") if step == 60 else format_lazy(gettext_lazy("{minutes} minutes"), minutes=step)
    )


class RulesForm(forms.Form):
    """All of them at once."""

    use_required_attribute = False

    minimum_notice_hours = forms.DecimalField(
        label=gettext_lazy("How many hours ahead must students book, at least?"),
        help_text=gettext_lazy("0 lets them book until the last minute; 48 is two days."),
        min_value=0,
        max_value=MOST_NOTICE_HOURS,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.25"}),
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value", "max_decimal_places"), _NOTICE
        ),
    )
    horizon_days = _whole(
        gettext_lazy("How many days ahead may they book, at most?"),
        least=1,
        most=MOST_HORIZON_DAYS,
        sentence=format_lazy(
            gettext_lazy("Write a whole number of days from 1 to {most}."), most=MOST_HORIZON_DAYS
        ),
        help_text=gettext_lazy("60 is about two months."),
    )
    start_step_minutes = _choice(
        gettext_lazy("Sessions start every"),
        gettext_lazy(
            "Counted from the beginning of your hours: from 9:00 every 30 minutes means 9:00, 9:30, 10:00 and so on."
        ),
        widget=forms.RadioSelect,
        choices=[(step, _step_in_words(step)) for step in STEPS],
    )
    buffer_before_minutes = _choice(
        gettext_lazy("Free time before a session"),
        gettext_lazy("Kept clear of other sessions and of busy times; it may lie outside your hours."),
    )
    buffer_after_minutes = _choice(
        gettext_lazy("Free time after a session"),
        gettext_lazy("For your notes, or for sessions that run over."),
    )
    most_a_day = _whole(
        gettext_lazy("Most sessions a day"),
        least=1,
        most=MOST_A_DAY,
        sentence=format_lazy(
            gettext_lazy("Write a whole number from 1 to {most}, or leave this empty."), most=MOST_A_DAY
        ),
        help_text=gettext_lazy(
            "Leave it empty for no limit. All sessions booked on a day, in your time zone, count."
        ),
        required=False,
    )
    most_a_week = _whole(
        gettext_lazy("Most sessions a week"),
        least=1,
        most=MOST_A_WEEK,
        sentence=format_lazy(
            gettext_lazy("Write a whole number from 1 to {most}, or leave this empty."), most=MOST_A_WEEK
        ),
        help_text=gettext_lazy("Leave it empty for no limit. Weeks begin on Monday."),
        required=False,
    )

    def __init__(self, data: QueryDict | None = None, *, rules: SlotRules) -> None:
        super().__init__(data, initial=_as_typed(rules))
        for name in ("buffer_before_minutes", "buffer_after_minutes"):
            choices = {*range(0, MOST_BUFFER_MINUTES + 1, 15), self.initial[name]}
            cast("forms.ChoiceField", self.fields[name]).choices = _buffers(sorted(choices))

    def clean_minimum_notice_hours(self) -> Decimal:
        hours: Decimal = self.cleaned_data["minimum_notice_hours"]
        if hours % _QUARTER:
            raise forms.ValidationError(_NOTICE)
        return hours

    def clean(self) -> None:
        """Each is right by itself, and the two still leave nothing between them."""
        notice, days = (self.cleaned_data.get(name) for name in ("minimum_notice_hours", "horizon_days"))
        if notice is not None and days is not None and notice >= days * 24:
            self.add_error(
                "horizon_days",
                gettext("Nobody could book you: let this be more than the hours ahead that you ask for."),
            )

    @property
    def rules(self) -> SlotRules | None:
        """As they are typed; None while a field is invalid."""
        if not self.is_valid():
            return None
        typed = self.cleaned_data
        return SlotRules(
            step_minutes=typed["start_step_minutes"],
            minimum_notice=int(typed["minimum_notice_hours"] * 60) * _MINUTE,
            horizon=timedelta(days=typed["horizon_days"]),
            buffer_before=typed["buffer_before_minutes"] * _MINUTE,
            buffer_after=typed["buffer_after_minutes"] * _MINUTE,
            most_a_day=typed["most_a_day"],
            most_a_week=typed["most_a_week"],
        )


def _as_typed(rules: SlotRules) -> dict[str, Any]:
    hours = rules.minimum_notice / _HOUR
    return {
        "minimum_notice_hours": int(hours) if hours == int(hours) else hours,
        "horizon_days": rules.horizon.days,
        "start_step_minutes": rules.step_minutes,
        "buffer_before_minutes": rules.buffer_before // _MINUTE,
        "buffer_after_minutes": rules.buffer_after // _MINUTE,
        "most_a_day": rules.most_a_day,
        "most_a_week": rules.most_a_week,
    }


def _buffers(minutes: Iterable[int]) -> list[tuple[int, str]]:
    return [
        (count, gettext("%(minutes)s minutes") % {"minutes": count} if count else gettext("none"))
        for count in minutes
    ]
