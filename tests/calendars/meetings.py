"""The meeting that the calendar tests speak of: Sam learns from Maya."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from mentormap.calendars.meeting import Attendee, Meeting

NOW = datetime(2026, 11, 20, 9, 30, 15, 999, tzinfo=UTC)

_MEETING = Meeting(
    uid="session-7@mentormap.example",
    sequence=2,
    title="System Design Review",
    description="Need help with distributed systems",
    starts_at=datetime(2026, 11, 24, 17, tzinfo=UTC),
    ends_at=datetime(2026, 11, 24, 18, 30, tzinfo=UTC),
    url="https://mentormap.example/sessions/7",
    organizer=Attendee(name="MentorMap", email="hello@mentormap.example"),
    attendees=(
        Attendee(name="Sam Lerner", email="sam@example.com"),
        Attendee(name="Maya Mentor", email="maya@example.com"),
    ),
    created_at=datetime(2026, 11, 19, 8, tzinfo=UTC),
    changed_at=datetime(2026, 11, 19, 9, tzinfo=UTC),
)


def meeting(**changes: Any) -> Meeting:
    return replace(_MEETING, **changes)
