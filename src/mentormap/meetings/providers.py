"""The services that this installation can make rooms at, by name; Jitsi and mentors' own rooms need none."""

from collections.abc import Mapping
from functools import cache

from django.conf import settings

from mentormap.meetings.google_meet import GoogleMeet
from mentormap.meetings.rooms import Provider
from mentormap.meetings.zoom import Zoom

ZOOM = "zoom"
GOOGLE_MEET = "google_meet"


@cache
def configured() -> Mapping[str, Provider]:
    """One object a process, as each keeps its token and its connections."""
    made: dict[str, Provider] = {}
    if settings.ZOOM_CLIENT_SECRET:
        made[ZOOM] = Zoom(
            account_id=settings.ZOOM_ACCOUNT_ID,
            client_id=settings.ZOOM_CLIENT_ID,
            client_secret=settings.ZOOM_CLIENT_SECRET,
            user=settings.ZOOM_USER,
        )
    if settings.GOOGLE_SERVICE_ACCOUNT:
        made[GOOGLE_MEET] = GoogleMeet.of(
            settings.GOOGLE_SERVICE_ACCOUNT,
            user=settings.GOOGLE_CALENDAR_USER,
            calendar=settings.GOOGLE_CALENDAR_ID,
        )
    return made
