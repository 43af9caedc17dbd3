"""Reserved cells: whose time it is, decided by a key."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mentormap.availability import reservations
from mentormap.availability.models import ReservedCell
from mentormap.availability.reservations import CellsTaken
from mentormap.lib.spans import Span, cells
from tests import make

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
HOUR = cells(Span(START, START + timedelta(hours=1)))


def test_a_cell_belongs_to_one_session() -> None:
    maya = make.mentor()
    reservations.reserve(mentor_id=maya.pk, session_id=1, cells=HOUR[:2])
    with pytest.raises(CellsTaken):
        reservations.reserve(mentor_id=maya.pk, session_id=2, cells=HOUR[1:])


def test_cells_are_taken_in_ascending_order() -> None:
    """Else two who overlap could each hold what the other waits for."""
    maya = make.mentor()
    with CaptureQueriesContext(connection) as queries:
        reservations.reserve(mentor_id=maya.pk, session_id=1, cells=[*reversed(HOUR)])
    statement = queries[-1]["sql"]
    places = [statement.index(f"{cell:%H:%M}:00") for cell in HOUR]
    assert places == sorted(places)


def test_only_what_is_over_is_forgotten() -> None:
    maya = make.mentor()
    reservations.reserve(mentor_id=maya.pk, session_id=1, cells=HOUR[:2])
    reservations.reserve(mentor_id=maya.pk, session_id=2, cells=HOUR[2:])
    assert reservations.prune(before=START + timedelta(days=1), of_sessions=lambda _: [2]) == 2
    assert {cell.session_id for cell in ReservedCell.objects.all()} == {1}
