"""The page on which students find a mentor."""

import re
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from mentormap.accounts.models import User
from mentormap.lib.money import Money
from mentormap.mentors.models import Mentor
from tests import make
from tests.web.reading import browser, links, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_edge")]

HTMX = {"HX-Request": "true"}


def named(name: str, minor: int = 120_00, currency: str = "USD", **fields: Any) -> Mentor:
    return make.mentor(make.person(name), rate=Money(minor, currency), **fields)


def names(response: Any) -> list[str]:
    """Of the cards, from the top."""
    return re.findall(r'id="mentor-\d+"><a [^>]*>(.*?)</a>', response.content.decode())


def test_a_card_answers_at_a_glance(visitor: Client) -> None:
    maya = named("Maya", rating=Decimal("4.67"), review_count=3)
    visitor.cookies["time_zone"] = "America/New_York"
    response = visitor.get("/mentors")
    assert words(response).split("1 mentor ", 1)[1] == (
        "Maya Staff engineer who makes systems simple System design "
        "4.7 of 5 stars, 3 reviews 120.00 USD an hour "
        "Next: Mon 23 Nov, 04:30 your time Book Session"
    )
    assert links(response)["Book Session"] == f"/mentors/{maya.pk}"
    assert f'src="/mentors/{maya.pk}/portrait.svg"' in response.content.decode()


def test_who_has_no_reviews_is_new_and_one_review_is_no_plural(visitor: Client) -> None:
    named("Fresh")
    named("Once", rating=Decimal(5), review_count=1)
    page = words(visitor.get("/mentors"))
    assert "5.0 of 5 stars, 1 review 120.00" in page
    assert page.count("New 120.00 USD an hour") == 1


def test_a_zone_that_nobody_told_is_named(visitor: Client) -> None:
    named("Maya")
    assert "Next: Mon 23 Nov, 09:30 UTC" in words(visitor.get("/mentors"))


def test_a_mentor_without_open_times_says_so(visitor: Client) -> None:
    named("Maya", hours=())
    assert "No open times right now" in words(visitor.get("/mentors"))


def test_who_cannot_be_booked_is_not_there(visitor: Client) -> None:
    named("Paused", state=Mentor.State.PAUSED)
    named("Hidden", hidden_at=datetime(2026, 1, 1, tzinfo=UTC))
    named("Maya")
    assert names(visitor.get("/mentors")) == ["Maya"]


def test_words_expertise_rating_and_order_narrow_the_list(visitor: Client) -> None:
    named("Maya", 100_00, rating=Decimal("4.9"), review_count=2)
    named(
        "Noor",
        50_00,
        headline="Typographer",
        expertise=("Type design",),
        rating=Decimal("4.1"),
        review_count=2,
    )
    named("Ines", 70_00, headline="Typographer", expertise=("Type design",))
    assert names(visitor.get("/mentors?q=typographer")) == ["Noor", "Ines"]
    assert names(visitor.get("/mentors?expertise=type-design&min_rating=4")) == ["Noor"]
    assert names(visitor.get("/mentors?sort=price")) == ["Noor", "Ines", "Maya"]
    assert names(visitor.get("/mentors?sort=-price&max_price=70")) == ["Ines", "Noor"]


def test_other_currencies_are_counted_and_one_link_away(visitor: Client) -> None:
    named("Maya", 100_00)
    named("Sol", 80_00)
    named("Noor", 90_00, "EUR")
    response = visitor.get("/mentors?q=simple&max_price=85")
    assert names(response) == ["Sol"]
    assert "Prices are compared in USD. Paid in other currencies: 1 in EUR ." in words(response)
    address = links(response)["1 in EUR"]
    assert address == "?q=simple&currency=EUR"
    assert names(visitor.get(f"/mentors{address}")) == ["Noor"]


def test_what_cannot_be_understood_says_so_and_the_rest_counts(visitor: Client) -> None:
    named("Maya")
    named("Noor", headline="Typographer")
    response = visitor.get(
        "/mentors?q=typographer&max_price=cheap&expertise=none&sort=odd&page=x&currency=ZZZ"
    )
    assert names(response) == ["Noor"]
    page = words(response)
    assert "Write a number, such as 80." in page
    assert "Nobody offers this right now. Pick another one from the list." in page


@pytest.mark.parametrize("price", ["1e400", "NaN", "-1", "99999999999999999999", "0.0001"])
def test_odd_prices_do_no_harm(price: str, visitor: Client) -> None:
    named("Maya")
    assert visitor.get(f"/mentors?max_price={price}").status_code == 200


def test_nobody_found_says_what_to_try(visitor: Client) -> None:
    named("Maya")
    response = visitor.get("/mentors?q=cooking")
    assert "No mentors found" in words(response)
    assert links(response)["Show all mentors"] == "/mentors"


def test_an_empty_map_invites(visitor: Client) -> None:
    assert links(visitor.get("/mentors"))["Become a mentor"] == "/mentoring"


def test_twelve_stand_on_a_page_and_links_keep_the_search(visitor: Client) -> None:
    make.mentors(14)
    first = visitor.get("/mentors?q=simple&sort=newest")
    assert (len(names(first)), links(first)["More mentors"]) == (12, "?q=simple&sort=newest&page=2")
    second = visitor.get("/mentors?q=simple&sort=newest&page=2")
    assert (len(names(second)), links(second)["Back"]) == (2, "?q=simple&sort=newest")
    assert not set(names(first)) & set(names(second))


def test_htmx_gets_the_list_alone_and_the_count_beside_it(visitor: Client) -> None:
    named("Maya")
    part = visitor.get("/mentors?q=simple", headers=HTMX)
    assert "<main" not in part.content.decode()
    assert words(part).startswith("1 mentor found Maya")
    assert "HX-Request" in part["Vary"]


def test_going_back_in_the_browser_gets_the_whole_page(visitor: Client) -> None:
    page = visitor.get("/mentors", headers=HTMX | {"HX-History-Restore-Request": "true"})
    assert "<main" in page.content.decode()


def test_a_page_needs_as_many_queries_for_one_as_for_thirty(
    sam: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client, counts = browser(sam), []
    for group in (["First"], [f"Mentor{number}" for number in range(29)]):
        for name in group:
            named(name, expertise=("System design", "Go", "Rust"))
        with django_assert_max_num_queries(12) as seen:
            client.get("/mentors?q=simple&max_price=200")
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_a_search_of_hours_is_in_the_viewers_zone(sam: User) -> None:
    named("Maya", zone="America/New_York", hours=((time(9), time(10)),))
    assert "Next: Mon 23 Nov, 15:00 your time" in words(browser(sam).get("/mentors"))
