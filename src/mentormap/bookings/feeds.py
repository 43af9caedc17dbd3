"""A person's sessions as a feed that their own calendar subscribes to."""

from typing import Final

from mentormap.accounts.models import User
from mentormap.bookings.models import Session
from mentormap.bookings.notices.invites import meeting_of
from mentormap.calendars.meeting import Meeting

NAME: Final = "MentorMap"


def meetings_of(person: User) -> list[Meeting]:
    """All paid sessions as student and as mentor, cancelled ones too, by their start; two queries."""
    own = Session.objects.visible_to(person).filter(was_paid=True)
    rows = own.with_people().prefetch_related("history").order_by("scheduled_at", "pk")
    return [meeting_of(session) for session in rows]
