"""The page on which a mentor sets the cancellation policy."""

import pytest
from pytest_django import DjangoAssertNumQueries

from mentormap.accounts.models import User
from mentormap.bookings.models import Session
from mentormap.bookings.policy import CancellationPolicy
from mentormap.mentors.models import Mentor
from tests import make
from tests.web.reading import browser, links, words
from tests.web.test_booking import errors

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_edge")]

PATH = "/mentoring/policy"
TERMS = {"full_refund_hours": "48", "late_refund_percent": "10", "reschedule_hours": "12"}


def test_a_mentor_sets_it_and_students_read_it(maya: Mentor, sam: User) -> None:
    client = browser(maya.user)
    response = client.post(PATH, TERMS, follow=True)
    maya.refresh_from_db()
    assert CancellationPolicy.of(maya) == CancellationPolicy(48, 10, 12)
    sentence = "Full refund until 48 hours before the start, then 10%, none after the start."
    assert "Saved. Sessions that are booked already keep the policy" in words(response)
    assert f"Edit cancellation policy {sentence}" in words(response)
    assert links(response)["Edit cancellation policy"] == PATH
    assert sentence in words(browser(sam).get(f"/mentors/{maya.pk}"))


def test_the_page_shows_how_it_stands_and_what_that_says(maya: Mentor) -> None:
    Mentor.objects.update(full_refund_hours=0)
    page = browser(maya.user).get(PATH)
    assert 'name="full_refund_hours" value="0"' in page.content.decode()
    assert "What students read Full refund until the start, none after." in words(page)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("full_refund_hours", "337", "Write a whole number of hours from 0 to 336, which is two weeks."),
        ("full_refund_hours", "-1", "Write a whole number of hours from 0 to 336, which is two weeks."),
        ("full_refund_hours", "", "Write a whole number of hours from 0 to 336, which is two weeks."),
        ("late_refund_percent", "101", "Write a whole number from 0 to 100."),
        ("late_refund_percent", "12.5", "Write a whole number from 0 to 100."),
        ("late_refund_percent", "9" * 5000, "Write a whole number from 0 to 100."),
        ("reschedule_hours", "a day", "Write a whole number of hours from 0 to 336, which is two weeks."),
    ],
)
def test_what_is_no_number_of_hours_is_asked_for_anew(
    maya: Mentor, field: str, value: str, sentence: str
) -> None:
    response = browser(maya.user).post(PATH, TERMS | {field: value})
    assert (response.status_code, errors(response)) == (422, [sentence])
    maya.refresh_from_db()
    assert CancellationPolicy.of(maya) == CancellationPolicy()


def test_the_sentence_follows_what_is_typed_and_nothing_is_kept(maya: Mentor) -> None:
    client = browser(maya.user)
    typed = client.get(PATH, TERMS | {"late_refund_percent": "0"}, headers={"HX-Request": "true"})
    assert words(typed) == "Full refund until 48 hours before the start, none after that."
    unfinished = client.get(PATH, TERMS | {"late_refund_percent": ""}, headers={"HX-Request": "true"})
    assert words(unfinished) == "The sentence comes back once the numbers are whole and within their limits."
    maya.refresh_from_db()
    assert CancellationPolicy.of(maya) == CancellationPolicy()


def test_saving_begins_a_draft(sam: User) -> None:
    browser(sam).post(PATH, TERMS)
    assert (Mentor.objects.get().state, Mentor.objects.get().full_refund_hours) == ("draft", 48)


def test_a_session_that_is_booked_keeps_what_it_was_booked_with(
    maya: Mentor, sam: User, session: Session
) -> None:
    browser(maya.user).post(PATH, TERMS | {"full_refund_hours": "0", "late_refund_percent": "0"})
    assert "then 50%, none after the start." in words(browser(sam).get(f"/sessions/{session.pk}"))


def test_an_unverified_address_comes_first() -> None:
    assert browser(make.olga(verified=False)).get(PATH).status_code == 403


def test_it_asks_the_database_little(
    maya: Mentor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = browser(maya.user)
    with django_assert_max_num_queries(6):
        assert client.get(PATH).status_code == 200
