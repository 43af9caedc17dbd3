"""The places where a mentor's sessions are held."""

from collections.abc import Collection

from django.utils.translation import gettext

from mentormap.lib.outbound.addresses import BadAddress, web_address
from mentormap.meetings.providers import configured
from mentormap.mentors.models import MeetingPlace, Mentor


class RoomAddressMissing(ValueError):
    """Sessions in a mentor's own room need its https address."""

    def __init__(self) -> None:
        super().__init__(
            gettext("Write the https address of your room, such as https://meet.example.com/maya.")
        )


def offered_places() -> list[MeetingPlace]:
    """Jitsi, the mentor's own room, and the services that this installation can make rooms at."""
    always: Collection[str] = (MeetingPlace.JITSI, MeetingPlace.PERSONAL)
    return [place for place in MeetingPlace if place in always or place in configured()]


def choose_place(mentor: Mentor, *, place: MeetingPlace, room: str) -> None:
    """For what is booked from now on; what is booked in the own room goes where its address leads. Raises RoomAddressMissing."""
    if place == MeetingPlace.PERSONAL or room:
        try:
            room = str(web_address(room))
        except BadAddress:
            raise RoomAddressMissing from None
    mentor.meeting_place, mentor.meeting_room = place, room
    mentor.save(update_fields=["meeting_place", "meeting_room"])
