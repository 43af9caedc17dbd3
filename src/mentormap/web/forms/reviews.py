"""The forms for a student's review and the mentor's answer."""

from django import forms

STARS = [(5, "5 · Excellent"), (4, "4 · Good"), (3, "3 · Fair"), (2, "2 · Poor"), (1, "1 · Bad")]


class ReviewForm(forms.Form):
    stars = forms.TypedChoiceField(
        label="How was it?",
        coerce=int,
        choices=STARS,
        widget=forms.RadioSelect,
        error_messages={"required": "Pick 1 to 5 stars.", "invalid_choice": "Pick 1 to 5 stars."},
    )
    text = forms.CharField(
        label="In your words",
        required=False,
        max_length=2000,
        help_text="What helped, and whom you would send here. Everybody can read it, with your first name.",
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"max_length": "Keep it under 2,000 characters."},
    )


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label="Your answer",
        max_length=2000,
        help_text="Everybody can read it below the review. You can answer once, and not change it.",
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={
            "required": "Write what you want to answer.",
            "max_length": "Keep it under 2,000 characters.",
        },
    )
