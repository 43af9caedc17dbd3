"""The page of one mentor: who it is, what they cost, and when they are open."""

import re
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from mentormap.accounts.models import User
from mentormap.mentors.models import Mentor
from mentormap.mentors.reviews import record_review
from tests import make
from tests.conftest import Stripe
from tests.web.reading import browser, links, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_edge")]

HTMX = {"HX-Request": "true"}


@pytest.fixture
def maya(db: None) -> Mentor:
    """Open from 9:00 to 12:00 in New York, 14:00 to 17:00 UTC."""
    person = make.person("Maya", time_zone="America/New_York")
    return make.mentor(person, zone="America/New_York", hours=((time(9), time(12)),))


def page(client: Client, mentor: Mentor, query: str = "", **headers: Any) -> Any:
    return client.get(f"/mentors/{mentor.pk}{query}", headers=headers)


def times(response: Any) -> list[str]:
    """The open times of the day that is shown, as clocks show them."""
    return re.findall(r'name="starts_at"[^>]*><span>(.*?)</span>', response.content.decode())


def chosen_day(response: Any) -> list[str]:
    return re.findall(r'id="day-([^"]*)"[^>]*aria-pressed="true"', response.content.decode())


def checked(response: Any, name: str) -> list[str]:
    return re.findall(rf'name="{name}"[^>]* value="([^"]*)" checked', response.content.decode())


def test_the_person_is_told_in_full(visitor: Client, maya: Mentor) -> None:
    Mentor.objects.update(rating=Decimal("4.5"), review_count=2)
    response = page(visitor, maya)
    assert words(response).startswith(
        "Maya Staff engineer who makes systems simple 4.5 of 5 stars, 2 reviews 120.00 USD an hour "
        "America/New York (GMT\N{MINUS SIGN}5) Pick a time Helps with System design "
        "About Maya I have run large systems for fifteen years and like to draw them on one page. Book a session"
    )
    assert links(response)["System design"] == "/mentors?expertise=system-design"


def test_the_form_has_the_briefs_labels_prices_and_policy(visitor: Client, maya: Mentor) -> None:
    text = words(page(visitor, maya))
    for label in ("Session title", "Description", "Date & time", "Duration"):
        assert label in text
    assert "30 minutes 60.00 USD 60 minutes 120.00 USD 90 minutes 180.00 USD 120 minutes 240.00 USD" in text
    assert "Full refund until 24 hours before the start, then 50%, none after the start." in text
    assert text.index("Full refund") < text.index("Book & Pay with Stripe")


def test_times_are_in_the_viewers_zone_which_is_named(sam: User, maya: Mentor) -> None:
    response = page(browser(sam), maya)
    assert "In your time zone, Europe/Berlin (GMT+1)." in words(response)
    assert times(response) == ["15:00", "15:30", "16:00", "16:30", "17:00"]


def test_a_visitor_whose_zone_nobody_knows_sees_the_mentors(visitor: Client, maya: Mentor) -> None:
    response = page(visitor, maya)
    assert "In Maya’s time zone, America/New York (GMT\N{MINUS SIGN}5)." in words(response)
    assert times(response) == ["09:00", "09:30", "10:00", "10:30", "11:00"]


def test_a_longer_session_leaves_fewer_times(sam: User, maya: Mentor) -> None:
    response = page(browser(sam), maya, "?duration_minutes=120&day=2026-11-24")
    assert times(response) == ["15:00", "15:30", "16:00"]
    assert (checked(response, "duration_minutes"), chosen_day(response)) == (["120"], ["2026-11-24"])


def test_a_session_that_is_booked_takes_its_times(sam: User, maya: Mentor, now: datetime) -> None:
    make.session(student=make.olga(), mentor=maya, starts_at=now.replace(hour=15))
    assert times(page(browser(sam), maya)) == ["15:00", "17:00"]


def test_an_address_fills_the_form_in(sam: User, maya: Mentor) -> None:
    query = "?title=Queues&description=Why%3F&starts_at=2026-11-25T14:30:00Z&duration_minutes=90"
    response = page(browser(sam), maya, query)
    assert checked(response, "starts_at") == ["2026-11-25T14:30:00Z"]
    assert 'name="title" value="Queues"' in response.content.decode()
    assert ">\nWhy?</textarea>" in response.content.decode()


def test_a_time_that_has_gone_is_said_to_be(sam: User, maya: Mentor) -> None:
    response = page(browser(sam), maya, "?starts_at=2026-11-25T12:00:00Z&duration_minutes=90")
    assert "Wed 25 Nov, 13:00 is not open for 90 minutes. Pick another time." in words(response)
    assert checked(response, "starts_at") == []


@pytest.mark.parametrize(
    "query",
    [
        "?day=soon",
        "?duration_minutes=45",
        "?starts_at=now",
        "?starts_at=0001-01-01T00:00:00Z",
        "?day=9999-12-31",
        "?shown=x",
    ],
)
def test_what_makes_no_sense_is_as_if_not_said(query: str, sam: User, maya: Mentor) -> None:
    response = page(browser(sam), maya, query)
    assert (response.status_code, checked(response, "duration_minutes")) == (200, ["60"])


def test_htmx_gets_the_times_alone(sam: User, maya: Mentor) -> None:
    response = page(browser(sam), maya, "?day=2026-11-24&duration_minutes=60", **HTMX)
    text = words(response)
    assert text.startswith("5 open times on Tuesday 24 November 2026, for 60 minutes; 1 with room for less.")
    assert ("Session title" in text, "Date & time" in text) == (False, True)
    assert "HX-Request" in response["Vary"]


def test_going_back_in_the_browser_gets_the_whole_page(sam: User, maya: Mentor) -> None:
    restored = page(browser(sam), maya, **HTMX, **{"HX-History-Restore-Request": "true"})
    assert "<main" in restored.content.decode()


def test_a_mentor_without_open_times_says_what_to_do(sam: User) -> None:
    closed = make.mentor(hours=())
    assert "Maya has no open time" in words(page(browser(sam), closed))


def test_reviews_are_shown_by_first_name_and_in_pages(sam: User, maya: Mentor, now: datetime) -> None:
    tom = make.person("Tom Tester")
    for number in range(6):
        record_review(
            mentor=maya,
            student=tom,
            session_id=number,
            stars=5,
            text=f"Clear {number}.",
            now=now + timedelta(days=number),
        )
    first = page(browser(sam), maya)
    assert "5 of 5 stars Clear 5. Tom, Sat 28 Nov 2026" in words(first)
    assert "Tester" not in words(first)
    assert links(first)["Older"] == "?reviews=2#reviews"
    assert "Clear 0." in words(page(browser(sam), maya, "?reviews=2"))


@pytest.mark.parametrize("change", [{"state": "draft"}, {"state": "paused"}, {"hidden": True}])
def test_who_is_not_listed_is_there_for_themselves_and_operators_alone(
    change: dict[str, Any], sam: User, visitor: Client, maya: Mentor, now: datetime
) -> None:
    Mentor.objects.update(**({"hidden_at": now} if "hidden" in change else change))
    clients = [visitor, browser(sam), browser(maya.user), browser(make.ada())]
    assert [page(client, maya).status_code for client in clients] == [404, 404, 200, 200]
    assert [client.post(f"/mentors/{maya.pk}").status_code for client in clients[:2]] == [404, 404]


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("paused", "Paused. Students cannot find or book you; booked sessions stay. Publish again"),
        ("draft", "A preview. Nobody but you sees this page yet. See what is missing, and publish"),
        ("published", "This is your page, as students see it. Change it"),
    ],
)
def test_a_mentor_is_told_where_their_page_stands(state: str, sentence: str, maya: Mentor) -> None:
    Mentor.objects.update(state=state)
    assert sentence in words(page(browser(maya.user), maya))


def test_a_draft_that_lacks_everything_can_be_looked_at(sam: User, now: datetime) -> None:
    draft = Mentor.objects.create(user=sam, time_zone="Europe/Berlin", created_at=now)
    assert page(browser(sam), draft).status_code == 200


def test_no_such_mentor_is_404(visitor: Client) -> None:
    assert visitor.get("/mentors/999").status_code == 404


def test_a_look_needs_at_most_twelve_queries(
    stripe: Stripe,
    sam: User,
    maya: Mentor,
    now: datetime,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    client = browser(sam)
    with django_assert_max_num_queries(12):
        assert page(client, maya).status_code == 200
    make.hold(student=sam, mentor=maya, starts_at=now.replace(hour=15), now=now)
    for session_id in range(30):
        record_review(mentor=maya, student=sam, session_id=session_id, stars=4, text="", now=now)
    with django_assert_max_num_queries(12):
        assert page(client, maya).status_code == 200
