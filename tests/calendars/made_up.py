"""Meetings that hypothesis makes up, with texts that people could type."""

import uuid
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from mentormap.calendars.meeting import Meeting
from tests.calendars.meetings import meeting

TEXTS = st.text(st.characters(exclude_categories=()), max_size=60)
STARTS = st.integers(0, 2 * 365 * 96).map(
    lambda quarters: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=15) * quarters
)


def _made(
    uid: uuid.UUID, start: datetime, minutes: int, sequence: int, texts: list[str], *, cancelled: bool
) -> Meeting:
    title, description = texts
    return meeting(
        uid=str(uid),
        starts_at=start,
        ends_at=start + timedelta(minutes=minutes),
        sequence=sequence,
        title=title,
        description=description,
        cancelled=cancelled,
    )


MEETINGS: st.SearchStrategy[Meeting] = st.builds(
    _made,
    st.uuids(version=4),
    STARTS,
    st.sampled_from([30, 60, 90, 120]),
    st.integers(0, 9),
    st.lists(TEXTS, min_size=2, max_size=2),
    cancelled=st.booleans(),
)
