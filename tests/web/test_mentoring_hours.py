"""Weekly hours: what students could book of them is shown while they are typed, and what is booked outside them."""

import re
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client

from mentormap.availability.hours import hours_of
from mentormap.availability.weekly import WeeklyRange
from mentormap.bookings.models import Session
from mentormap.mentors.models import Mentor
from mentormap.web.presenters.week_grid import Block, week_grid
from tests import make
from tests.web.reading import browser, links, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_edge")]

PAGE = "/mentoring/hours"
MONDAYS = {"time_zone": "Europe/Berlin", "starts_0": "09:00", "ends_0": "12:00"}


@pytest.fixture
def maya(db: None) -> Mentor:
    """In Berlin, every day from 8 to 20."""
    return make.mentor()


@pytest.fixture
def client(maya: Mentor) -> Client:
    return browser(maya.user)


@pytest.fixture
def booked(maya: Mentor, now: datetime) -> Session:
    """On Tuesday at noon in Berlin."""
    return make.session(student=make.sam(), mentor=maya, starts_at=now + timedelta(hours=26))


def typing(client: Client, **typed: Any) -> Any:
    """What htmx asks for while the form is typed."""
    return client.post(f"{PAGE}?preview=yes", MONDAYS | typed, headers={"HX-Request": "true"})


def slots(response: Any) -> str:
    found = re.search(r"(\d+|No) open slots?", words(response))
    return found[0] if found else ""


def test_the_page_shows_what_can_be_booked_now(client: Client, booked: Session) -> None:
    page = words(client.get(PAGE))
    assert "Mon 23 Nov 10:30–19:00 18 slots Tue 24 Nov 08:00–11:00, 13:00–19:00 20 slots" in page
    assert "First to last start, every 30 minutes, in Europe/Berlin (GMT+1)." in page
    assert "outside" not in page


def test_typed_hours_are_previewed_and_not_saved(client: Client, maya: Mentor) -> None:
    response = typing(client)
    assert slots(response) == "7 open slots"
    assert "Mon 23 Nov 10:30–11:00 2 slots Tue 24 Nov nothing open" in words(response)
    assert "<main" not in response.content.decode()
    assert len(hours_of(maya)) == 7


def test_another_zone_is_previewed_too(client: Client) -> None:
    assert "in Asia/Tokyo (GMT+9)" in words(typing(client, time_zone="Asia/Tokyo"))


def test_what_cannot_be_read_is_named_instead_of_a_preview(client: Client) -> None:
    response = typing(client, ends_0="12:10")
    assert response.status_code == 200
    assert "Correct this first, then you see what students can book: Monday: Hours from 09:00" in words(
        response
    )


def test_without_javascript_a_button_previews_and_keeps_what_is_typed(client: Client, maya: Mentor) -> None:
    page = client.post(PAGE, MONDAYS | {"preview": "yes", "starts_3": "10:00", "ends_3": "9:00"})
    assert page.status_code == 200
    assert "Thursday: Hours from 10:00 to 09:00 cannot be kept" in words(page)
    assert 'name="starts_3" id="starts-3-1" value="10:00" aria-invalid="true"' in page.content.decode()
    assert len(hours_of(maya)) == 7


def test_booked_sessions_outside_are_named_before_and_after_saving(
    client: Client, maya: Mentor, booked: Session
) -> None:
    before = typing(client)
    assert "1 booked session lies outside these hours. It stays booked." in words(before)
    assert links(before)["System design review"] == f"/sessions/{booked.pk}"
    saved = client.post(PAGE, MONDAYS)
    assert (saved.status_code, saved["Location"]) == (302, PAGE)
    assert hours_of(maya) == [WeeklyRange(0, time(9), time(12))]
    after = words(client.get(PAGE))
    assert "1 booked session lies outside your hours. It stays booked." in after
    booked.refresh_from_db()
    assert booked.status == "scheduled"


def test_a_button_that_changes_the_rows_changes_the_preview_with_them(client: Client) -> None:
    response = client.post(PAGE, MONDAYS | {"copy": "0"}, headers={"HX-Request": "true"})
    page = response.content.decode()
    assert page.count('value="09:00"') == 5
    assert '<div id="preview" hx-swap-oob="innerHTML">' in page
    assert slots(response) == "47 open slots"


def test_pressing_a_button_complains_of_nothing(client: Client) -> None:
    response = client.post(
        PAGE, {"time_zone": "Europe/Berlin", "starts_0": "09:00", "ends_0": "", "add": "1"}
    )
    assert (response.status_code, 'class="error"' in response.content.decode()) == (200, False)


def test_who_is_no_mentor_yet_previews_too() -> None:
    client = browser(make.sam())
    assert slots(client.get(PAGE)) == "No open slots"
    assert slots(typing(client)) == "5 open slots"
    assert not Mentor.objects.exists()


def test_the_week_is_drawn_to_the_quarter_of_an_hour() -> None:
    grid = week_grid([WeeklyRange(1, time(9, 15), time(12)), WeeklyRange(6, time(0), time(0))])
    assert grid.blocks == [Block(80.0, 105.25, 40, 24.75), Block(300.0, 22.0, 40, 216.0)]
    assert grid.description == "Tuesday 09:15 to 12:00; Sunday 00:00 to 00:00."
    assert week_grid([]).description == "No hours on any day."
