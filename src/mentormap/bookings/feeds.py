"""A person's sessions as a feed that their own calendar subscribes to."""

from datetime import datetime, timedelta
from typing import Final

from mentormap.accounts.models import User
from mentormap.bookings.invites import meeting_of
from mentormap.bookings.models import Session
from mentormap.calendars.meeting import Meeting

NAME: Final = "MentorMap"
BEHIND: Final = timedelta(days=365)
"""For how long sessions stay in the feed after their end."""


def meetings_of(person: User, *, now: datetime) -> list[Meeting]:
    """All paid sessions as student and as mentor, cancelled ones too, by their start; two queries."""
    own = Session.objects.visible_to(person).filter(was_paid=True, ends_at__gt=now - BEHIND)
    rows = own.with_people().prefetch_related("history").order_by("scheduled_at", "pk")
    return [meeting_of(session) for session in rows]
