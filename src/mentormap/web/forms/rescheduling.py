"""The new time of a session."""

from datetime import datetime

from django import forms
from django.utils.translation import gettext_lazy

from mentormap.lib.numbers import parse_id
from mentormap.web.forms.booking import StartField, read_start


class RescheduleForm(forms.Form):
    """`seen` is the SEQUENCE that the session had when the page was opened; what is no number counts as not seen."""

    starts_at = StartField(
        label=gettext_lazy("New date & time"),
        error_messages={"required": gettext_lazy("Pick a day, then one of its open times.")},
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_seen(self) -> int | None:
        return parse_id(self.cleaned_data["seen"])

    @property
    def start(self) -> datetime | None:
        """The start that is picked now."""
        value = self["starts_at"].value()
        return value if isinstance(value, datetime) else read_start(str(value or ""))
