"""Where a mentor's sessions are held."""

import pytest

from mentormap.accounts.models import User
from mentormap.meetings import providers
from mentormap.mentors import places
from mentormap.mentors.models import MeetingPlace, Mentor
from tests.web.reading import browser, words

pytestmark = pytest.mark.django_db
PAGE = "/mentoring/meeting"


def test_a_mentor_names_a_room_of_their_own(maya: Mentor) -> None:
    sent = {"place": "personal", "room": "meet.example.com/maya"}
    response = browser(maya.user).post(PAGE, sent, follow=True)
    maya.refresh_from_db()
    assert (maya.meeting_place, maya.meeting_room) == (MeetingPlace.PERSONAL, "https://meet.example.com/maya")
    assert "Where you meet Edit where you meet My own room https://meet.example.com/maya" in words(response)


@pytest.mark.parametrize(
    ("place", "room", "is_said"),
    [
        ("personal", "https://meet.example.com/new", True),
        ("jitsi", "https://meet.example.com/new", True),
        ("personal", "https://meet.example.com/maya", False),
        ("jitsi", "", False),
    ],
)
def test_booked_sessions_are_said_to_move_if_they_do(
    maya: Mentor, place: str, room: str, *, is_said: bool
) -> None:
    Mentor.objects.update(meeting_place="personal", meeting_room="https://meet.example.com/maya")
    said = words(browser(maya.user).post(PAGE, {"place": place, "room": room}, follow=True))
    assert "Saved, for what is booked from now on." in said
    assert ("Sessions booked in your own room move to its new address" in said) is is_said


@pytest.mark.parametrize(
    "room",
    [
        "",
        "http://meet.example.com/maya",
        "javascript:alert(1)",
        "maya's room",
        r"https://a.example\@b.example/",
        "https://maya@meet.example.com/",
    ],
)
def test_an_own_room_needs_an_https_address(maya: Mentor, room: str) -> None:
    response = browser(maya.user).post(PAGE, {"place": "personal", "room": room})
    assert response.status_code == 422
    assert "Write the https address of your room" in words(response)
    maya.refresh_from_db()
    assert maya.meeting_place == MeetingPlace.JITSI


def test_services_that_are_not_set_up_are_not_offered(maya: Mentor, monkeypatch: pytest.MonkeyPatch) -> None:
    client = browser(maya.user)
    assert client.post(PAGE, {"place": "zoom"}).status_code == 422
    monkeypatch.setattr(places, "configured", lambda: {providers.ZOOM: None})
    client.post(PAGE, {"place": "zoom"})
    maya.refresh_from_db()
    assert maya.meeting_place == MeetingPlace.ZOOM


def test_who_is_no_mentor_yet_begins_at_the_beginning(sam: User) -> None:
    response = browser(sam).get(PAGE)
    assert (response.status_code, response.headers["Location"]) == (302, "/mentoring")
