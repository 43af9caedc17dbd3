"""The form for the place of a mentor's sessions."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy

from mentormap.mentors.models import MeetingPlace, Mentor
from mentormap.mentors.places import RoomAddressMissing, offered_places


class MeetingForm(forms.Form):
    """`offered_places` says which services there are to choose from."""

    place = forms.TypedChoiceField(
        label=gettext_lazy("Your sessions are held"),
        coerce=MeetingPlace,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Pick one of these."),
            "invalid_choice": gettext_lazy("Pick one of these."),
        },
    )
    room = forms.URLField(
        label=gettext_lazy("Address of your own room"),
        required=False,
        max_length=500,
        assume_scheme="https",
        help_text=gettext_lazy(
            "Only for “My own room”. You and the student get it 15 minutes before each session, not earlier."
        ),
        error_messages={
            "invalid": RoomAddressMissing().args[0],
            "max_length": gettext_lazy("Shorten the address to at most 500 characters."),
        },
        widget=forms.URLInput(attrs={"placeholder": "https://", "autocomplete": "off"}),
    )

    def __init__(self, data: Any = None, *, mentor: Mentor) -> None:
        super().__init__(data, initial={"place": mentor.meeting_place, "room": mentor.meeting_room})
        places = cast("forms.TypedChoiceField", self.fields["place"])
        places.choices = [(place.value, place.label) for place in offered_places()]
