"""The forms for a student's review and the mentor's answer."""

from django import forms
from django.utils.translation import gettext_lazy

STARS = [
    (5, gettext_lazy("5 · Excellent")),
    (4, gettext_lazy("4 · Good")),
    (3, gettext_lazy("3 · Fair")),
    (2, gettext_lazy("2 · Poor")),
    (1, gettext_lazy("1 · Bad")),
]


class ReviewForm(forms.Form):
    stars = forms.TypedChoiceField(
        label=gettext_lazy("How was it?"),
        coerce=int,
        choices=STARS,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Pick 1 to 5 stars."),
            "invalid_choice": gettext_lazy("Pick 1 to 5 stars."),
        },
    )
    text = forms.CharField(
        label=gettext_lazy("In your words"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy(
            "What helped, and whom you would send here. Everybody can read it, with your first name."
        ),
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"max_length": gettext_lazy("Keep it under 2,000 characters.")},
    )


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label=gettext_lazy("Your answer"),
        max_length=2000,
        help_text=gettext_lazy(
            "Everybody can read it below the review. You can answer once, and not change it."
        ),
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={
            "required": gettext_lazy("Write what you want to answer."),
            "max_length": gettext_lazy("Keep it under 2,000 characters."),
        },
    )
