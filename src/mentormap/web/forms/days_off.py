"""Days that differ from the week: other hours on one of them, or a vacation."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext, gettext_lazy

from mentormap.availability.days_off import Override
from mentormap.availability.open_hours import DaySpan, Hours
from mentormap.availability.weekly import RangesOverlap, WallRange, in_order
from mentormap.lib.languages import Text
from mentormap.web.presenters.hour_rows import HourRow, hour_rows, read_rows

ROWS: Final = 3
MOST_DAYS_AHEAD: Final = 730
_REMEDY: Final = gettext_lazy("Write a day from today on, within two years, like 2026-12-24.")


class DayField(forms.DateField):
    """From `today` on, which the form sets."""

    today: date

    def __init__(self, label: Text, **options: Any) -> None:
        errors = dict.fromkeys(("required", "invalid"), _REMEDY)
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(
            label=label, widget=widget, input_formats=["%Y-%m-%d"], error_messages=errors, **options
        )

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if not self.today <= day <= self.today + timedelta(days=MOST_DAYS_AHEAD):
            raise forms.ValidationError(_REMEDY)
        return day


class OverrideForm(forms.Form):
    """Rows of hours, or closed; the rows are drawn by the page."""

    use_required_attribute = False

    day = DayField(gettext_lazy("Which day?"))
    is_closed = forms.BooleanField(label=gettext_lazy("Closed all day"), required=False)

    def __init__(self, data: QueryDict | None = None, *, today: date, shown: Override | None = None) -> None:
        initial = {"day": shown.day, "is_closed": not shown.ranges} if shown else {}
        super().__init__(data, initial=initial, auto_id="override_%s")
        _set_today(self, today)
        stored = [HourRow.of(wall) for wall in shown.ranges] if shown else []
        self.rows = hour_rows(data, "starts", "ends") if data is not None else stored
        self.row_errors: list[str] = []

    def clean(self) -> None:
        """Ranges beside "closed" are kept as they are typed, and count nothing."""
        ranges: list[WallRange] = []
        if not self.cleaned_data.get("is_closed"):
            read = read_rows(self.rows)
            ranges, self.row_errors = read.ranges, [f"{error[0].upper()}{error[1:]}" for error in read.errors]
            if not ranges and not self.row_errors:
                self.row_errors = [gettext("Write the hours of that day, or close it.")]
            self._check_order(ranges)
        for error in self.row_errors:
            self.add_error(None, error)
        self.cleaned_data["ranges"] = ranges

    def _check_order(self, ranges: list[WallRange]) -> None:
        try:
            in_order(ranges)
        except RangesOverlap as overlap:
            self.row_errors.append(str(overlap))

    @property
    def shown_rows(self) -> list[HourRow]:
        """With at least one to fill in."""
        return [*self.rows, *[HourRow()] * max(ROWS - len(self.rows), 0)]

    def apply_to(self, hours: Hours) -> Hours:
        """Those hours with the day as it is typed. The form must be valid."""
        return replace(
            hours, overrides={**hours.overrides, self.cleaned_data["day"]: self.cleaned_data["ranges"]}
        )


class VacationForm(forms.Form):
    """From the first day to the last, both included."""

    use_required_attribute = False

    first_day = DayField(gettext_lazy("First day"))
    last_day = DayField(
        gettext_lazy("Last day"), help_text=gettext_lazy("You can be booked again on the day after.")
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("For you alone."),
        error_messages={"max_length": gettext_lazy("Shorten the note to at most 100 characters.")},
    )

    def __init__(self, data: QueryDict | None = None, *, today: date) -> None:
        super().__init__(data, auto_id="vacation_%s")
        _set_today(self, today)

    def clean(self) -> None:
        first, last = self.cleaned_data.get("first_day"), self.cleaned_data.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", gettext("Write the first day again, or a later one."))

    def apply_to(self, hours: Hours) -> Hours:
        """Those hours with the vacation as it is typed. The form must be valid."""
        typed = DaySpan(self.cleaned_data["first_day"], self.cleaned_data["last_day"])
        return replace(hours, vacations=[*hours.vacations, typed])


def _set_today(form: forms.Form, today: date) -> None:
    for field in form.fields.values():
        if isinstance(field, DayField):
            field.today = today
            field.widget.attrs["min"] = today.isoformat()
