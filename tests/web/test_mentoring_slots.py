"""The page that says why there is no slot: for the mentor, and for an operator of any mentor."""

from datetime import datetime, time, timedelta

import pytest
from django.test import Client

from mentormap.mentors.models import Mentor
from tests import make
from tests.web.reading import browser, links, words
from tests.web.test_booking import errors

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_edge")]

PAGE = "/mentoring/slots"


@pytest.fixture
def maya(db: None) -> Mentor:
    """In Berlin from 9 to 17."""
    return make.mentor(hours=((time(9), time(17)),))


@pytest.fixture
def client(maya: Mentor) -> Client:
    return browser(maya.user)


def test_a_day_is_explained_from_morning_to_night(client: Client, maya: Mentor, now: datetime) -> None:
    session = make.session(student=make.sam(), mentor=maya, starts_at=now + timedelta(hours=26))
    page = client.get(PAGE, {"day": "2026-11-24"})
    text = words(page)
    assert "Tuesday 24 November 2026" in text
    assert "12 open slots for sessions of 60 minutes. Times in Europe/Berlin (GMT+1)." in text
    assert "00:00–09:00 Outside the weekly hours. 09:00–11:15 Open. 09:00 09:30 10:00 10:30 11:00" in text
    assert "12:00–13:00 Reserved for “System design review”. See the session" in text
    assert links(page)["See the session"] == f"/sessions/{session.pk}"


def test_without_a_day_it_is_today_and_others_are_a_click_away(client: Client) -> None:
    page = client.get(PAGE)
    assert "Monday 23 November 2026" in words(page)
    assert links(page)["Day before"] == "?day=2026-11-22"
    assert links(page)["Day after"] == "?day=2026-11-24"


def test_the_length_of_the_session_matters(client: Client) -> None:
    page = client.get(PAGE, {"day": "2026-11-24", "minutes": "120"})
    assert "13 open slots for sessions of 120 minutes." in words(page)
    assert links(page)["Day after"] == "?day=2026-11-25&minutes=120"


def test_a_clock_change_stands_where_it_happens(client: Client) -> None:
    text = words(client.get(PAGE, {"day": "2027-03-28"}))
    assert "00:00–02:00 Outside the weekly hours. 02:00 The clocks go to 03:00. 03:00–09:00 Outside" in text


def test_a_day_that_the_clocks_skipped_is_told(client: Client) -> None:
    Mentor.objects.update(time_zone="Pacific/Apia")
    assert "The clocks skip this day." in words(client.get(PAGE, {"day": "2011-12-30"}))


@pytest.mark.parametrize("day", ["tomorrow", "1999-12-31", "2101-01-01", "2026-02-30", "9999-12-31"])
def test_a_day_that_is_none_says_what_to_write_and_shows_today(client: Client, day: str) -> None:
    page = client.get(PAGE, {"day": day})
    assert errors(page) == ["Write a day of the years 2000 to 2100, like 2026-11-24."]
    assert (f'value="{day}"' in page.content.decode(), "Monday 23 November 2026" in words(page)) == (
        True,
        True,
    )


def test_a_length_that_nobody_offers_says_so(client: Client) -> None:
    assert errors(client.get(PAGE, {"minutes": "45"})) == ["Pick one of the list."]


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"state": "draft"}, "Nobody can book you at all now. The page is a draft."),
        ({"state": "paused"}, "Nobody can book you at all now. The page is paused."),
        (
            {"hidden_at": datetime.fromisoformat("2026-11-01T00:00:00Z")},
            "The page is hidden by an operator.",
        ),
    ],
)
def test_a_mentor_whom_nobody_can_book_is_told_so(
    client: Client, facts: dict[str, object], sentence: str
) -> None:
    Mentor.objects.update(**facts)
    assert sentence in words(client.get(PAGE))


def test_who_is_no_mentor_is_sent_to_become_one() -> None:
    assert browser(make.sam()).get(PAGE)["Location"] == "/mentoring"


def test_an_operator_sees_any_mentor(maya: Mentor, now: datetime) -> None:
    session = make.session(student=make.sam(), mentor=maya, starts_at=now + timedelta(hours=26))
    ada = browser(make.ada())
    page = ada.get(f"{PAGE}?mentor={maya.pk}&day=2026-11-24")
    assert "A day of Maya: which rule" in words(page)
    assert links(page)["Maya"] == f"/admin/mentors/mentor/{maya.pk}/change/"
    assert links(page)["See the session"] == f"/admin/bookings/session/{session.pk}/change/"
    assert links(page)["Day after"] == f"?mentor={maya.pk}&day=2026-11-25"


@pytest.mark.parametrize("number", ["0", "x", "-1", "9" * 40, "²"])
def test_a_mentor_that_is_none_is_not_found(number: str) -> None:
    assert browser(make.ada()).get(PAGE, {"mentor": number}).status_code == 404


def test_nobody_else_sees_a_mentors_day_from_inside(maya: Mentor) -> None:
    for stranger in (make.olga(), make.mentor(make.person("Noor")).user):
        assert browser(stranger).get(PAGE, {"mentor": maya.pk}).status_code == 404
    assert browser(maya.user).get(PAGE, {"mentor": maya.pk}).status_code == 200
