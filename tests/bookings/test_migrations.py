"""Rows of earlier versions survive the migrations."""

from datetime import UTC, datetime, timedelta

import pytest

from tests import make
from tests.migrating import latest_afterwards, migrated_to

pytestmark = pytest.mark.migrations
BEFORE = ("bookings", "0007_no_show_reports")
AFTER = ("bookings", "0008_own_rooms")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OWN = "https://meet.example/maya"


@pytest.mark.django_db(transaction=True)
@pytest.mark.thorough
def test_sessions_in_a_mentors_own_room_keep_it() -> None:
    sam = make.sam()
    olga = make.mentor(make.olga(), meeting_place="personal", meeting_room=OWN)
    kept = make.session(student=sam, mentor=olga, starts_at=NOW)
    has_a_room = make.session(student=sam, mentor=olga, starts_at=NOW + timedelta(days=1))
    make.session(student=sam, mentor=olga, starts_at=NOW + timedelta(days=2), status="cancelled")
    make.session(student=sam, mentor=make.mentor(), starts_at=NOW)
    with latest_afterwards():
        migrated_to(BEFORE).get_model("bookings", "Room").objects.create(
            session_id=has_a_room.pk, provider="zoom"
        )
        rooms = migrated_to(AFTER).get_model("bookings", "Room").objects.order_by("pk")
        found = list(rooms.values_list("session", "provider", "state", "url"))
    assert found == [(has_a_room.pk, "zoom", "wanted", ""), (kept.pk, "personal", "made", OWN)]
