"""A phone number, and the code that proves it."""

from django import forms
from django.utils.translation import gettext_lazy

from mentormap.accounts.phones import BadNumber


class NumberForm(forms.Form):
    number = forms.CharField(
        label=gettext_lazy("Phone number"),
        max_length=40,
        help_text=gettext_lazy("With its country code, such as +49 1512 3456789."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
        error_messages={"required": BadNumber().args[0], "max_length": BadNumber().args[0]},
    )


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=20,
        help_text=gettext_lazy("Six digits, valid for 10 minutes."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        error_messages={
            "required": gettext_lazy("Type the six digits that we sent."),
            "max_length": gettext_lazy("This is not the code that we sent. Look at the latest message."),
        },
    )
