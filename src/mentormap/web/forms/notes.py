"""The notes that student and mentor share."""

from django import forms
from django.utils.translation import gettext, gettext_lazy

from mentormap.bookings.models import Session


class NotesForm(forms.Form):
    """Empty notes are notes too: that is how they are taken away."""

    notes = forms.CharField(
        label=gettext_lazy("Notes"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"max_length": gettext_lazy("Keep the notes under 4,000 characters.")},
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    @classmethod
    def of(cls, session: Session) -> "NotesForm":
        """As they are stored, with their mark."""
        return cls(initial={"notes": session.notes, "seen": session.notes_mark})

    @classmethod
    def to_put_together(cls, session: Session, typed: str) -> "NotesForm":
        """Offers notes typed over others that have changed since; the next save replaces those that are stored now."""
        form = cls({"notes": typed, "seen": session.notes_mark})
        form.add_error(
            "notes",
            gettext(
                "These notes were changed since you opened the page. Add what should stay, then save again."
            ),
        )
        return form
