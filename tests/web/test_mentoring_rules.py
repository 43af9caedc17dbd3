"""Booking rules: typed, previewed, kept; what cannot be kept says what to write instead."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from mentormap.availability.models import BookingRules
from mentormap.availability.rules import rules_by_mentor
from mentormap.availability.slots import SlotRules
from mentormap.mentors.models import Mentor
from tests import make
from tests.web.reading import browser, words
from tests.web.test_booking import errors

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_edge")]

PAGE = "/mentoring/rules"
RULES = {
    "minimum_notice_hours": "1.5",
    "horizon_days": "90",
    "start_step_minutes": "60",
    "buffer_before_minutes": "15",
    "buffer_after_minutes": "30",
    "most_a_day": "3",
    "most_a_week": "",
}


@pytest.fixture
def maya(db: None) -> Mentor:
    return make.mentor()


@pytest.fixture
def client(maya: Mentor) -> Client:
    return browser(maya.user)


def kept(mentor: Mentor) -> SlotRules:
    return rules_by_mentor([mentor.pk])[mentor.pk]


def test_rules_are_kept_and_shown_again(client: Client, maya: Mentor) -> None:
    assert client.post(PAGE, RULES)["Location"] == PAGE
    assert kept(maya) == SlotRules(
        step_minutes=60,
        minimum_notice=timedelta(minutes=90),
        horizon=timedelta(days=90),
        buffer_before=timedelta(minutes=15),
        buffer_after=timedelta(minutes=30),
        most_a_day=3,
    )
    page = client.get(PAGE).content.decode()
    assert 'name="minimum_notice_hours" value="1.5"' in page
    assert '<option value="30" selected>30 minutes</option>' in page
    assert 'name="most_a_day" value="3"' in page


def test_a_limit_is_taken_away_by_leaving_it_empty(client: Client, maya: Mentor) -> None:
    client.post(PAGE, RULES)
    client.post(PAGE, RULES | {"most_a_day": ""})
    assert kept(maya).caps == []


def test_typed_rules_are_previewed_and_not_saved(client: Client, maya: Mentor, now: datetime) -> None:
    make.session(student=make.sam(), mentor=maya, starts_at=now + timedelta(hours=26))
    typed = RULES | {"most_a_day": "1", "minimum_notice_hours": "12", "buffer_after_minutes": "0"}
    part = client.post(f"{PAGE}?preview=yes", typed, headers={"HX-Request": "true"})
    assert "Mon 23 Nov nothing open Tue 24 Nov nothing open Wed 25 Nov 08:00–19:00 12 slots" in words(part)
    assert kept(maya).most_a_day is None
    page = client.post(PAGE, typed | {"preview": "yes"})
    assert ("Save rules" in words(page), 'name="most_a_day" value="1"' in page.content.decode()) == (
        True,
        True,
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"minimum_notice_hours": "soon"},
            "Write hours from 0 to 720, such as 12 or 1.5: whole ones, or with quarters.",
        ),
        (
            {"minimum_notice_hours": "0.1"},
            "Write hours from 0 to 720, such as 12 or 1.5: whole ones, or with quarters.",
        ),
        (
            {"minimum_notice_hours": "1e99"},
            "Write hours from 0 to 720, such as 12 or 1.5: whole ones, or with quarters.",
        ),
        (
            {"minimum_notice_hours": "NaN"},
            "Write hours from 0 to 720, such as 12 or 1.5: whole ones, or with quarters.",
        ),
        ({"horizon_days": "0"}, "Write a whole number of days from 1 to 365."),
        ({"horizon_days": ""}, "Write a whole number of days from 1 to 365."),
        (
            {"horizon_days": "2", "minimum_notice_hours": "48"},
            "Nobody could book you: let this be more than the hours ahead that you ask for.",
        ),
        ({"start_step_minutes": "20"}, "Pick one of the list."),
        ({"buffer_before_minutes": "10"}, "Pick one of the list."),
        ({"most_a_day": "0"}, "Write a whole number from 1 to 24, or leave this empty."),
        ({"most_a_week": "many"}, "Write a whole number from 1 to 100, or leave this empty."),
    ],
)
def test_rules_that_cannot_be_kept_say_what_to_write(
    client: Client, maya: Mentor, changes: dict[str, str], sentence: str
) -> None:
    before = kept(maya)
    response = client.post(PAGE, RULES | changes)
    assert (response.status_code, errors(response)) == (422, [sentence])
    assert kept(maya) == before
    name, typed = next(iter(changes.items()))
    page = response.content.decode()
    assert name.startswith(("start", "buffer")) or not typed or f'name="{name}" value="{typed}"' in page
    part = client.post(f"{PAGE}?preview=yes", RULES | changes, headers={"HX-Request": "true"})
    assert (part.status_code, sentence in words(part)) == (200, True)


def test_a_preview_names_the_field_that_is_to_be_mended(client: Client) -> None:
    part = words(
        client.post(
            f"{PAGE}?preview=yes",
            RULES | {"most_a_day": "0", "horizon_days": ""},
            headers={"HX-Request": "true"},
        )
    )
    assert "Most sessions a day: Write a whole number from 1 to 24, or leave this empty." in part
    assert "How many days ahead may they book, at most? Write a whole number of days from 1 to 365." in part


def test_a_buffer_that_the_list_lacks_stays_a_choice(client: Client, maya: Mentor) -> None:
    BookingRules.objects.update(buffer_after_minutes=180)
    assert '<option value="180" selected>180 minutes</option>' in client.get(PAGE).content.decode()


def test_rules_may_come_first() -> None:
    sam = make.sam()
    client = browser(sam)
    assert client.get(PAGE).status_code == 200
    assert not Mentor.objects.exists()
    client.post(PAGE, RULES)
    assert kept(Mentor.objects.get(user=sam)).most_a_day == 3


def test_any_number_of_hours_is_answered(client: Client) -> None:
    answers: set[Any] = {
        client.post(PAGE, RULES | {"minimum_notice_hours": typed}).status_code
        for typed in ("-0", "1e2", "٣", "9" * 400, "Infinity", " 2 ")
    }
    assert answers <= {302, 422}
