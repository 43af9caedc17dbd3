"""The choice of a time zone."""

from datetime import datetime
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy

from mentormap.lib.when import zone_choices, zone_label


class TimeZoneForm(forms.Form):
    """The zones of the world's countries; one that a browser or an account already has stays a choice."""

    time_zone = forms.ChoiceField(
        label=gettext_lazy("Show times in"),
        error_messages={
            "invalid_choice": gettext_lazy("Pick a time zone from the list."),
            "required": gettext_lazy("Pick a time zone from the list."),
        },
    )

    def __init__(self, data: Any = None, *, zone: str, locale: str, now: datetime) -> None:
        super().__init__(data, initial={"time_zone": zone})
        field = cast("forms.ChoiceField", self.fields["time_zone"])
        field.choices = offered_zones(zone, locale=locale, now=now)
        field.widget.attrs["autofocus"] = True


def offered_zones(present: str, *, locale: str, now: datetime) -> list[tuple[str, str]]:
    """(name, label), the present one among them even if people rarely choose it."""
    choices = zone_choices(at=now, locale=locale)
    if present and present not in dict(choices):
        choices.insert(0, (present, zone_label(present, at=now, locale=locale)))
    return choices
