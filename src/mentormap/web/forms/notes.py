"""The notes that student and mentor share."""

from django import forms


class NotesForm(forms.Form):
    """Empty notes are notes too: that is how they are taken away."""

    notes = forms.CharField(
        label="Notes",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"max_length": "Keep the notes under 4,000 characters."},
    )
