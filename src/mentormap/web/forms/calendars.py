"""The address of a calendar that a mentor keeps elsewhere."""

from django import forms

from mentormap.lib.outbound.addresses import LONGEST


class CalendarForm(forms.Form):
    url = forms.CharField(
        label="Address of the calendar",
        max_length=LONGEST,
        help_text="It begins with https:// or webcal://, and mostly ends in .ics. Nobody else sees it here.",
        error_messages={
            "required": "Paste the address of a calendar.",
            "max_length": f"Write an address of at most {LONGEST} characters.",
        },
        widget=forms.TextInput(
            attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
        ),
    )
