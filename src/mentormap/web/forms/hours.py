"""A mentor's weekly hours and the zone of their clocks."""

from datetime import datetime
from typing import cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from mentormap.web.forms.time_zone import offered_zones
from mentormap.web.presenters.typed_hours import Days


class HoursForm(forms.Form):
    """The zone is a field like any other; the rows are drawn by the page."""

    time_zone = forms.ChoiceField(
        label=gettext_lazy("Your time zone"),
        help_text=gettext_lazy("Your hours follow its local time all year, also when the clocks change."),
        error_messages={
            "invalid_choice": gettext_lazy("Pick a time zone from the list."),
            "required": gettext_lazy("Pick a time zone from the list."),
        },
    )

    def __init__(
        self, data: QueryDict | None = None, *, days: Days, zone: str, locale: str, now: datetime
    ) -> None:
        super().__init__(data, initial={"time_zone": zone})
        self.days = days
        zones = cast("forms.ChoiceField", self.fields["time_zone"])
        zones.choices = offered_zones(zone, locale=locale, now=now)

    def clean(self) -> None:
        self.cleaned_data["hours"] = self.days.ranges()
        for sentences in self.days.errors.values():
            for sentence in sentences:
                self.add_error(None, sentence)
