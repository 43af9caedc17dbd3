"""An account whose address nobody has proved gets no feed, push or phone, and keeps nothing once its owner comes."""

from datetime import datetime

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.test import Client
from pytest_django.fixtures import Settings

from mentormap.accounts import phones
from mentormap.accounts.models import FeedAddress, Phone, User
from mentormap.notifications.models import PushSubscription
from tests import make
from tests.web.http.test_reauthentication import PUSH, prove
from tests.web.reading import browser, links
from tests.web.test_ending_access import NONE, PHONE_ALONE, Ways, reset_password

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_edge")]


@pytest.fixture
def squatted(db: None) -> User:
    """An account that somebody made with Olga's address."""
    return make.person("Olga", verified=False)


@pytest.fixture
def squatter(squatted: User) -> Client:
    client = browser(squatted)
    prove(client, "/settings")
    return client


def earlier_ways(person: User, now: datetime) -> Ways:
    """What an account of the version before this rule has: given while its address counts as verified."""
    EmailAddress.objects.filter(user=person).update(verified=True)
    ways = Ways(person, now)
    EmailAddress.objects.filter(user=person).update(verified=False)
    return ways


def test_it_gets_no_feed(squatter: Client) -> None:
    squatter.post("/settings/calendar", {"new": ""})
    assert not FeedAddress.objects.exists()
    assert "Send it again, or to another address" in links(squatter.get("/settings/calendar"))


def test_it_gets_no_push(squatter: Client) -> None:
    answer = squatter.post("/settings/push", PUSH)
    assert (answer.status_code, answer.json()) == (403, {"location": "/email"})
    assert not PushSubscription.objects.exists()


def test_it_gets_no_phone(squatted: User, squatter: Client, settings: Settings, now: datetime) -> None:
    settings.NOTICE_CHANNELS = ["email", "sms"]
    assert squatter.post("/settings/phone", {"number": "+4915123456789"}).status_code == 422
    assert not Phone.objects.exists()
    with pytest.raises(phones.VerifyEmailFirst):
        phones.new_code(squatted, number="+4915123456789", now=now)


def test_a_feed_from_before_does_not_answer(squatted: User, now: datetime) -> None:
    assert not earlier_ways(squatted, now).open()["feed"]


def test_the_first_verification_ends_all_that_the_account_had(squatted: User, now: datetime) -> None:
    ways = earlier_ways(squatted, now)
    Client().post(f"/email/verify/{EmailConfirmationHMAC(EmailAddress.objects.get()).key}")
    assert EmailAddress.objects.get().verified
    assert ways.open() == NONE


def test_the_browser_that_verifies_stays_logged_in(squatted: User) -> None:
    client = browser(squatted)
    client.post(f"/email/verify/{EmailConfirmationHMAC(EmailAddress.objects.get()).key}")
    assert client.get("/settings").status_code == 200


def test_a_reset_before_it_ends_all_that_the_account_had(squatted: User, now: datetime) -> None:
    ways = earlier_ways(squatted, now)
    reset_password(squatted, Client())
    assert ways.open() == NONE


def test_a_proved_phone_outlives_a_reset_after_it_and_one_that_waits_for_its_code_does_not(
    sam: User, now: datetime
) -> None:
    ways = Ways(sam, now)
    reset_password(sam, Client())
    assert ways.open() == PHONE_ALONE
    Phone.objects.update(verified_at=None, code_hash="-")
    reset_password(sam, Client())
    assert ways.open() == NONE


def test_a_sign_up_that_waits_in_the_squatters_browser_ends_when_the_owner_verifies(db: None) -> None:
    squatter = Client()
    squatter.post("/signup", {"name": "X", "email": "olga@example.com", "password1": make.PASSWORD})
    path = f"/email/verify/{EmailConfirmationHMAC(EmailAddress.objects.get()).key}"
    Client().post(path)
    squatter.get("/email/sent")
    squatter.post(path)
    assert squatter.get("/settings").status_code == 302
