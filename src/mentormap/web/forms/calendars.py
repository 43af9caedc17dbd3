"""The address of a calendar that a mentor keeps elsewhere."""

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from mentormap.lib.outbound.addresses import LONGEST


class CalendarForm(forms.Form):
    url = forms.CharField(
        label=gettext_lazy("Address of the calendar"),
        max_length=LONGEST,
        help_text=gettext_lazy(
            "It begins with https:// or webcal://, and mostly ends in .ics. Nobody else sees it here."
        ),
        error_messages={
            "required": gettext_lazy("Paste the address of a calendar."),
            "max_length": format_lazy(
                gettext_lazy("Write an address of at most {most} characters."), most=LONGEST
            ),
        },
        widget=forms.TextInput(
            attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
        ),
    )
