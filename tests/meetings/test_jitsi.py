import re

import pytest

from mentormap.meetings.jitsi import NoSecret, room_url

SECRET = b"not known to Olga"


def test_a_room_stays_the_same_for_a_sessions_life() -> None:
    assert room_url("https://meet.jit.si", SECRET, "session-1@mentormap") == (
        "https://meet.jit.si/mentormap-kat377tpjyhbgxlseovd6blkyqmt3jpl"
    )


def test_a_room_is_named_by_160_bits() -> None:
    url = room_url("https://meet.jit.si", SECRET, "session-1@mentormap")
    assert re.fullmatch(r"https://meet\.jit\.si/mentormap-[a-z2-7]{32}", url)


def test_sessions_and_secrets_have_rooms_of_their_own() -> None:
    rooms = {
        room_url("https://meet.jit.si", secret, uid)
        for secret in (SECRET, b"other")
        for uid in ("1", "2", "é")
    }
    assert len(rooms) == 6


@pytest.mark.parametrize(
    ("base", "start"),
    [
        ("meet.example.org", "https://meet.example.org/mentormap-"),
        ("https://meet.example.org/", "https://meet.example.org/mentormap-"),
        ("https://example.org/rooms/", "https://example.org/rooms/mentormap-"),
        ("http://localhost:8000", "http://localhost:8000/mentormap-"),
    ],
)
def test_the_base_may_be_written_in_several_ways(base: str, start: str) -> None:
    assert room_url(base, SECRET, "1").rpartition("-")[0] + "-" == start


def test_without_a_secret_there_is_no_room() -> None:
    with pytest.raises(NoSecret):
        room_url("https://meet.jit.si", b"", "1")
