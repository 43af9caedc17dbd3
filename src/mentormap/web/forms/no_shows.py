"""The form for a no-show report, and for contesting one."""

from django import forms
from django.utils.translation import gettext_lazy


class NoShowForm(forms.Form):
    """For the report, and for contesting it."""

    text = forms.CharField(
        label=gettext_lazy("What happened?"),
        max_length=2000,
        help_text=gettext_lazy(
            "When did you come, how long did you wait, how did you try to reach each other? The other reads it, and an operator if you two disagree."
        ),
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={
            "required": gettext_lazy("Write in a sentence or two what happened."),
            "max_length": gettext_lazy("Keep it under 2,000 characters."),
        },
    )
