"""Finding mentors and their open slots."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from mentormap.availability.models import BookingRules
from mentormap.lib.money import Money
from mentormap.mentors.models import Mentor
from tests import make
from tests.api.conftest import Answer, Api
from tests.conftest import StandingClock

pytestmark = pytest.mark.django_db


def names(answer: Answer) -> list[str]:
    assert answer.status == 200
    return [mentor["name"] for mentor in answer.json]


def next_page(api: Api, answer: Answer) -> Answer:
    """Follows the Link header as a program would."""
    url, relation = answer.headers["Link"].split("; ")
    assert relation == 'rel="next"'
    return api.get(url.strip("<>").removeprefix("http://testserver/api/"))


def test_a_mentor_has_the_fields_of_the_contract(api: Api) -> None:
    mentor = make.mentor(rating=Decimal("4.80"), review_count=5, expertise=("System design", "Rust"))
    assert api.get("mentors/").json == [
        {
            "id": mentor.pk,
            "name": "Maya",
            "headline": "Staff engineer who makes systems simple",
            "expertise": ["Rust", "System design"],
            "rating": 4.8,
            "reviews": 5,
            "hourly_rate": 120.0,
            "currency": "USD",
            "time_zone": "Europe/Berlin",
            "next_open_slot": "2026-11-23T09:30:00Z",
        }
    ]


def test_one_mentor_tells_more(api: Api) -> None:
    mentor = make.mentor(about="I draw systems.", hours=())
    answer = api.get(f"mentors/{mentor.pk}").json
    assert (answer["name"], answer["about"], answer["next_open_slot"]) == ("Maya", "I draw systems.", None)
    assert (answer["rating"], answer["reviews"]) == (None, 0)


def test_the_cancellation_policy_is_told_before_anybody_books(api: Api) -> None:
    mentor = make.mentor(full_refund_hours=1, late_refund_percent=0)
    assert api.get(f"mentors/{mentor.pk}").json["cancellation_policy"] == {
        "full_refund_hours": 1,
        "late_refund_percent": 0,
        "sentence": "Full refund until 1 hour before the start, none after that.",
    }


@pytest.mark.parametrize(
    "state", [{"state": "draft"}, {"state": "paused"}, {"hidden_at": datetime(2026, 1, 1, tzinfo=UTC)}]
)
def test_a_mentor_who_takes_no_bookings_is_not_found(api: Api, state: dict[str, Any]) -> None:
    mentor = make.mentor(**state)
    assert api.get("mentors").json == []
    assert api.get(f"mentors/{mentor.pk}").refusal == (404, "not-found", [])
    assert api.get(f"mentors/{mentor.pk}/slots").refusal == (404, "not-found", [])


@pytest.mark.parametrize("number", ["0", "999", "99999999999999999999999", "9" * 5000])
def test_an_unknown_number_is_not_found(api: Api, number: str) -> None:
    assert api.get(f"mentors/{number}").refusal == (404, "not-found", [])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Maya", "Noor", "Emil"]),
        ("?q=emil", ["Emil"]),
        ("?expertise=rust", ["Noor", "Emil"]),
        ("?currency=eur", ["Noor"]),
        ("?max_price=100", ["Emil"]),
        ("?max_price=100&currency=EUR", ["Noor"]),
        ("?min_rating=4", ["Maya", "Noor"]),
        ("?sort=price", ["Emil", "Maya"]),
        ("?sort=-price", ["Maya", "Emil"]),
        ("?sort=newest", ["Emil", "Noor", "Maya"]),
        ("?q=nobody", []),
    ],
)
def test_mentors_are_found_by_what_they_offer(api: Api, query: str, found: list[str]) -> None:
    make.mentor(rating=Decimal(5))
    make.mentor(make.person("Noor"), rate=Money(9_000, "EUR"), rating=Decimal(4), expertise=("Rust",))
    make.mentor(make.person("Emil"), rate=Money(8_000, "USD"), expertise=("Rust",))
    assert names(api.get(f"mentors{query}")) == found


@pytest.mark.parametrize(
    ("query", "field", "remedy"),
    [
        ("currency=ZZZ", "currency", "Write the three letters of a currency, such as USD or EUR."),
        ("max_price=cheap", "max_price", "Write a number, such as 80 or 79.50."),
        ("max_price=NaN", "max_price", "Write a number, such as 80 or 79.50."),
        ("max_price=-1", "max_price", "Write 0 or more."),
        ("max_price=1e400000", "max_price", "Write a number of at most 12 digits."),
        ("min_rating=6", "min_rating", "Write 5 or less."),
        ("sort=name", "sort", "Write one of these: 'rating', 'price', '-price' or 'newest'."),
        ("limit=0", "limit", "Write 1 or more."),
        ("limit=101", "limit", "Write 100 or less."),
        ("limit=many", "limit", "Write a whole number."),
        ("q=%00", "q", "Leave out the NUL character."),
        ("cursor=x", "cursor", "This cursor does not continue this list. Begin again without one."),
    ],
)
def test_a_filter_that_says_nothing_is_refused(api: Api, query: str, field: str, remedy: str) -> None:
    answer = api.get(f"mentors?{query}")
    assert answer.refusal == (422, "invalid-request", [field])
    assert answer.json["errors"][0]["detail"] == remedy


def test_pages_follow_the_link_to_the_end(api: Api) -> None:
    make.mentors(5, rating=Decimal(4))
    first = api.get("mentors?limit=2&expertise=system-design")
    second = next_page(api, first)
    third = next_page(api, second)
    assert [len(answer.json) for answer in (first, second, third)] == [2, 2, 1]
    assert names(first) + names(second) + names(third) == [f"Mentor{number}" for number in range(5)]
    assert "Link" not in third.headers


def test_a_list_costs_as_much_for_thirty_as_for_one(
    api: Api, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make.mentors(1)
    with CaptureQueriesContext(connection) as for_one:
        assert len(api.get("mentors").json) == 1
    assert len(for_one) <= 12
    Mentor.objects.update(state="paused")
    for number in range(30):
        make.mentor(make.person(f"Other{number}"))
    with django_assert_num_queries(len(for_one)):
        assert len(api.get("mentors").json) == 30


def slots(answer: Answer) -> list[str]:
    assert answer.status == 200
    assert answer.json["time_zone"] == "Europe/Berlin"
    return [slot["starts_at"] for slot in answer.json["slots"]]


def test_slots_are_those_of_the_mentors_days(api: Api) -> None:
    mentor = make.mentor()
    day = slots(api.get(f"mentors/{mentor.pk}/slots?from=2026-11-24&to=2026-11-24&duration_minutes=120"))
    assert (day[0], day[-1], len(day)) == ("2026-11-24T07:00:00Z", "2026-11-24T17:00:00Z", 21)


def test_without_a_range_slots_are_those_of_fourteen_days(api: Api) -> None:
    starts = slots(api.get(f"mentors/{make.mentor().pk}/slots"))
    assert (starts[0], starts[-1]) == ("2026-11-23T09:30:00Z", "2026-12-06T18:00:00Z")


def test_taken_time_is_no_slot(api: Api, now: datetime) -> None:
    mentor = make.mentor()
    make.session(student=make.sam(), mentor=mentor, starts_at=now.replace(hour=12) + timedelta(days=1))
    starts = slots(api.get(f"mentors/{mentor.pk}/slots?from=2026-11-24&to=2026-11-24&duration_minutes=60"))
    assert [start for start in starts if "T11" in start or "T12" in start or "T13" in start] == [
        "2026-11-24T11:00:00Z",
        "2026-11-24T13:00:00Z",
        "2026-11-24T13:30:00Z",
    ]


@pytest.mark.parametrize(
    ("query", "fields", "remedy"),
    [
        ("from=tomorrow", ["from"], "Write a day of the years 2000 to 2100 like 2026-11-24."),
        ("from=1700000000", ["from"], "Write a day of the years 2000 to 2100 like 2026-11-24."),
        (
            "to=2026-02-30",
            ["to"],
            "There is no day 2026-02-30. Write a day of the years 2000 to 2100 like 2026-11-24.",
        ),
        ("from=9999-12-31", ["from"], "Write a day of the years 2000 to 2100 like 2026-11-24."),
        ("from=2026-11-24&to=2026-11-23", ["to"], "The last day must not be before the first, 2026-11-24."),
        ("from=2026-11-24&to=2027-01-25", ["to"], "Ask for at most 62 days at once: up to 2027-01-24."),
        ("duration_minutes=an-hour", ["duration_minutes"], "Write a whole number."),
    ],
)
def test_a_range_that_makes_no_sense_is_refused(api: Api, query: str, fields: list[str], remedy: str) -> None:
    answer = api.get(f"mentors/{make.mentor().pk}/slots?{query}")
    assert answer.refusal == (422, "invalid-request", fields)
    assert answer.json["errors"][0]["detail"] == remedy


def test_sixty_two_days_may_be_asked_for(api: Api) -> None:
    assert api.get(f"mentors/{make.mentor().pk}/slots?from=2026-11-24&to=2027-01-24").status == 200


@pytest.mark.parametrize(
    ("zone", "first", "last"),
    [
        ("Asia/Kathmandu", "2026-11-24T03:15:00Z", "2026-11-24T04:15:00Z"),
        ("Asia/Kolkata", "2026-11-24T03:30:00Z", "2026-11-24T04:30:00Z"),
        ("Pacific/Chatham", "2026-11-23T19:15:00Z", "2026-11-23T20:15:00Z"),
        ("Pacific/Kiritimati", "2026-11-23T19:00:00Z", "2026-11-23T20:00:00Z"),
        ("Pacific/Pago_Pago", "2026-11-24T20:00:00Z", "2026-11-24T21:00:00Z"),
    ],
)
def test_days_and_hours_are_those_of_the_mentors_zone(api: Api, zone: str, first: str, last: str) -> None:
    mentor = make.mentor(zone=zone, hours=((time(9), time(11)),))
    answer = api.get(f"mentors/{mentor.pk}/slots?from=2026-11-24&to=2026-11-24").json
    assert [slot["starts_at"] for slot in answer["slots"]][:: len(answer["slots"]) - 1] == [first, last]
    assert (answer["time_zone"], len(answer["slots"])) == (zone, 3)


def test_a_fold_gives_each_instant_once_and_a_gap_none(api: Api, clock: StandingClock) -> None:
    """Lord Howe's clocks go back by half an hour at 2:00 on 5 April 2026, and forward on 4 October."""
    clock.now = datetime(2026, 4, 1, tzinfo=UTC)
    mentor = make.mentor(zone="Australia/Lord_Howe", hours=((time(1), time(3)),), notice_minutes=0)
    BookingRules.objects.update(horizon_days=300)
    asked = f"mentors/{mentor.pk}/slots?duration_minutes=30"
    fold, gap = (
        [slot["starts_at"][11:16] for slot in api.get(f"{asked}&from={day}&to={day}").json["slots"]]
        for day in ("2026-04-05", "2026-10-04")
    )
    assert fold == ["14:00", "14:30", "15:00", "15:30", "16:00"][: len(fold)]
    assert len(fold) == 5
    assert gap == ["14:30", "15:00", "15:30"]


def test_a_day_that_the_clocks_skipped_has_no_slots(api: Api) -> None:
    mentor = make.mentor(zone="Pacific/Apia")
    assert api.get(f"mentors/{mentor.pk}/slots?from=2011-12-30&to=2011-12-30").json["slots"] == []


def test_a_month_of_slots_takes_few_queries(
    api: Api, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    mentor = make.mentor()
    BookingRules.objects.update(most_a_day=3)
    with django_assert_num_queries(6):
        api.get(f"mentors/{mentor.pk}/slots?from=2026-11-24&to=2026-12-24")


def test_a_duration_that_nobody_offers_is_refused(api: Api) -> None:
    answer = api.get(f"mentors/{make.mentor().pk}/slots?duration_minutes=45")
    assert answer.refusal == (422, "bad-duration", ["duration_minutes"])
