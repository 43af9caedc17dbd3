from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from mentormap.lib.cursors import BadCursor, page_after
from mentormap.lib.money import Money
from mentormap.mentors.models import Mentor
from mentormap.mentors.search import (
    MentorQuery,
    Sort,
    listed_currencies,
    listed_expertise,
    search,
)
from tests import make

pytestmark = pytest.mark.django_db


def names(query: MentorQuery) -> list[str]:
    return [mentor.name for mentor in search(query).mentors]


def priced(name: str, minor: int, currency: str = "USD", **fields: Any) -> Mentor:
    return make.mentor(make.person(name), rate=Money(minor, currency), **fields)


def test_every_word_must_match_somewhere() -> None:
    priced("Maya", 100_00, headline="Staff engineer", about="Queues.", expertise=("System design",))
    priced("Noor", 100_00, headline="Staff designer", about="Type.", expertise=("Typography",))
    assert names(MentorQuery(q="staff")) == ["Maya", "Noor"]
    assert names(MentorQuery(q="STAFF  queues")) == ["Maya"]
    assert names(MentorQuery(q="noor typogr")) == ["Noor"]
    assert names(MentorQuery(q="staff cooking")) == []


@pytest.mark.parametrize("typed", ["éric", "ÉRIC", "Éric", "E\u0301ric"])
def test_words_match_whatever_their_case_and_accents_written(typed: str) -> None:
    priced("Éric Ångström", 100_00)
    priced("Eric", 100_00)
    assert names(MentorQuery(q=typed)) == ["Éric Ångström"]


@pytest.mark.parametrize("typed", ["%", "_", "\\", "'"])
def test_signs_of_the_database_mean_themselves(typed: str) -> None:
    priced("Maya", 100_00)
    assert names(MentorQuery(q=typed)) == []


def test_an_expertise_narrows_and_two_of_them_list_a_mentor_once() -> None:
    priced("Maya", 100_00, expertise=("System design", "Design systems"))
    priced("Noor", 100_00, expertise=("Typography",))
    assert names(MentorQuery(expertise="system-design")) == ["Maya"]
    assert names(MentorQuery(expertise="System Design")) == ["Maya"]
    assert names(MentorQuery(q="design")) == ["Maya"]
    assert names(MentorQuery(expertise="unheard-of")) == []


def test_only_those_who_can_be_booked_are_found() -> None:
    priced("Draft", 100_00, state=Mentor.State.DRAFT)
    priced("Paused", 100_00, state=Mentor.State.PAUSED)
    priced("Hidden", 100_00, hidden_at=datetime(2026, 1, 2, tzinfo=UTC), expertise=("Hidden things",))
    make.mentor(make.person("Gone", is_active=False))
    priced("Maya", 100_00)
    assert names(MentorQuery()) == ["Maya"]
    assert [expertise.name for expertise in listed_expertise()] == ["System design"]


def test_all_currencies_are_listed_while_prices_are_not_compared() -> None:
    priced("Maya", 100_00)
    priced("Noor", 90_00, "EUR")
    found = search(MentorQuery())
    assert (found.mentors.count(), found.currency, found.elsewhere) == (2, "", {})


def test_a_price_is_compared_within_the_commonest_currency_and_others_are_counted() -> None:
    priced("Maya", 100_00)
    priced("Sol", 80_00)
    priced("Noor", 90_00, "EUR")
    priced("Kenji", 9_000, "JPY")
    found = search(MentorQuery(max_price=Decimal("99.999")))
    assert [mentor.name for mentor in found.mentors] == ["Sol"]
    assert (found.currency, found.elsewhere) == ("USD", {"EUR": 1, "JPY": 1})


def test_a_chosen_currency_hides_the_others() -> None:
    priced("Maya", 100_00)
    priced("Kenji", 9_000, "JPY")
    found = search(MentorQuery(currency="JPY", max_price=Decimal(9000)))
    assert [mentor.name for mentor in found.mentors] == ["Kenji"]
    assert found.elsewhere == {"USD": 1}


def test_only_matching_mentors_are_counted_elsewhere() -> None:
    priced("Maya", 100_00)
    priced("Noor", 90_00, "EUR", headline="Typographer")
    priced("Ines", 90_00, "EUR")
    assert search(MentorQuery(q="typographer", currency="USD")).elsewhere == {"EUR": 1}


def test_another_currency_drops_the_limit_that_was_meant_for_the_first() -> None:
    query = MentorQuery(q="design", currency="USD", max_price=Decimal(100), sort=Sort.CHEAPEST)
    assert query.in_currency("EUR") == MentorQuery(q="design", currency="EUR", sort=Sort.CHEAPEST)


def test_currencies_are_listed_with_the_commonest_first() -> None:
    assert listed_currencies() == []
    priced("Maya", 100_00)
    priced("Noor", 90_00, "EUR")
    assert listed_currencies() == ["EUR", "USD"]
    priced("Sol", 80_00)
    assert listed_currencies() == ["USD", "EUR"]


def test_a_currency_is_only_assumed_where_prices_are_compared() -> None:
    cheap = MentorQuery(max_price=Decimal(50))
    assert cheap.in_commonest(["USD", "EUR"]).currency == "USD"
    assert cheap.in_commonest([]).currency == ""
    assert MentorQuery(currency="EUR").in_commonest(["USD"]).currency == "EUR"
    assert MentorQuery(q="design").in_commonest(["USD"]).currency == ""


def test_nobody_is_found_where_nobody_is_listed() -> None:
    assert names(MentorQuery(max_price=Decimal(10), sort=Sort.CHEAPEST)) == []


def test_a_minimum_rating_leaves_out_the_unrated() -> None:
    priced("Good", 100_00, rating=Decimal("4.50"), review_count=2)
    priced("Fair", 100_00, rating=Decimal("4.49"), review_count=2)
    priced("New", 100_00)
    assert names(MentorQuery(min_rating=Decimal("4.5"))) == ["Good"]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (Sort.BEST, ["Often", "Once", "Fair", "New"]),
        (Sort.CHEAPEST, ["New", "Once", "Often", "Fair"]),
        (Sort.DEAREST, ["Fair", "Often", "Once", "New"]),
        (Sort.NEWEST, ["Fair", "Once", "Often", "New"]),
    ],
)
def test_an_order_is_complete_and_stable(sort: Sort, expected: list[str]) -> None:
    def day(number: int) -> datetime:
        return datetime(2026, 1, number, tzinfo=UTC)

    priced("New", 70_00, created_at=day(1))
    priced("Once", 80_00, rating=Decimal(5), review_count=1, created_at=day(2))
    priced("Often", 80_00, rating=Decimal(5), review_count=9, created_at=day(2))
    priced("Fair", 90_00, rating=Decimal("3.33"), review_count=99, created_at=day(3))
    if sort == Sort.CHEAPEST:
        Mentor.objects.filter(user__name="Often").update(hourly_rate_minor=81_00)
    if sort == Sort.DEAREST:
        Mentor.objects.filter(user__name="Often").update(hourly_rate_minor=81_00)
    if sort == Sort.NEWEST:
        Mentor.objects.filter(user__name="Often").update(created_at=datetime(2026, 1, 1, 12, tzinfo=UTC))
    assert names(MentorQuery(sort=sort)) == expected


def paged(query: MentorQuery, cursor: str, *, limit: int) -> tuple[list[Mentor], str]:
    found = search(query)
    return page_after(found.mentors, found.sort.keys, cursor, limit=limit)


@pytest.mark.parametrize("sort", list(Sort))
def test_pages_behind_a_cursor_show_everybody_once(sort: Sort) -> None:
    for number in range(7):
        rated: dict[str, Any] = {"rating": Decimal("4.67"), "review_count": number % 3} if number > 2 else {}
        priced(f"Mentor{number}", 50_00 + number % 2, **rated)
    found = search(MentorQuery(sort=sort))
    seen, cursor = paged(MentorQuery(sort=sort), "", limit=2)
    while cursor:
        page, cursor = paged(MentorQuery(sort=sort), cursor, limit=2)
        seen += page
    assert seen == list(found.mentors)


def test_a_last_page_that_is_full_is_still_the_last() -> None:
    make.mentors(2)
    page, cursor = paged(MentorQuery(), "", limit=2)
    assert (len(page), cursor) == (2, "")


def test_a_newcomer_does_not_shift_the_next_page() -> None:
    for number in range(3):
        priced(f"Mentor{number}", 50_00, rating=Decimal(4), review_count=1)
    query = MentorQuery()
    first, cursor = paged(query, "", limit=2)
    priced("Star", 50_00, rating=Decimal(5), review_count=1)
    second, end = paged(query, cursor, limit=2)
    assert [mentor.name for mentor in first + second] == ["Mentor0", "Mentor1", "Mentor2"]
    assert end == ""


def test_a_cursor_of_another_order_or_of_nobody_is_refused() -> None:
    make.mentors(2)
    _, cursor = paged(MentorQuery(), "", limit=1)
    for given in (cursor, cursor[:-1], "x", "💥"):
        with pytest.raises(BadCursor) as refusal:
            paged(MentorQuery(sort=Sort.NEWEST), given, limit=1)
        assert refusal.value.cursor == given


@pytest.mark.parametrize("count", [1, 5])
def test_queries_do_not_grow_with_the_list(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make.mentors(count)
    with django_assert_num_queries(4):
        found = search(MentorQuery(q="simple", max_price=Decimal(500)))
        assert [len(mentor.name) and list(mentor.expertise.all()) for mentor in found.mentors]
