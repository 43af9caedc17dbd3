"""A new password or address ends every other way into the account, whichever way it was changed."""

from collections.abc import Callable
from datetime import datetime
from io import StringIO
from unittest.mock import patch

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.totp.internal.auth import TOTP
from allauth.usersessions.models import UserSession
from django.core.management import call_command
from django.test import Client

from mentormap.accounts.feed_addresses import make_feed_address
from mentormap.accounts.models import Phone, User
from mentormap.notifications.models import PushSubscription
from tests import make
from tests.second_factor import code_now
from tests.web.http.test_reauthentication import code_of
from tests.web.reading import browser, mailed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_edge")]
NEW_PASSWORD = "three-random-words"
NEW_EMAIL = "new@example.com"
Change = Callable[[User, Client], None]


class Ways:
    """All that opens Sam's account or shows what is in it, beside the browser that changes something."""

    def __init__(self, person: User, now: datetime) -> None:
        self.person = person
        self.other = browser(person)
        answer = Client().post(
            "/api/auth/login",
            {"email": person.email, "password": make.PASSWORD},
            content_type="application/json",
        )
        self.token = answer.json().get("access_token", "")
        self.feed = f"/feeds/{make_feed_address(person, now=now).secret}.ics"
        PushSubscription.objects.create(
            user=person,
            endpoint=f"https://fcm.googleapis.com/{person.pk}",
            p256dh="-",
            auth="-",
            created_at=now,
        )
        Phone.objects.create(user=person, number="+4915123456789", verified_at=now)

    def open(self) -> dict[str, bool]:
        headers = {"Authorization": f"Bearer {self.token}"}
        return {
            "login": self.other.get("/settings").status_code == 200,
            "token": Client().get("/api/sessions/", headers=headers).status_code == 200,
            "feed": Client().get(self.feed).status_code == 200,
            "push": PushSubscription.objects.filter(user=self.person).exists(),
            "phone": Phone.objects.filter(user=self.person).exclude(number="").exists(),
        }


ALL = {"login": True, "token": True, "feed": True, "push": True, "phone": True}
NONE = dict.fromkeys(ALL, False)
PHONE_ALONE = NONE | {"phone": True}


def change_password(sam: User, client: Client) -> None:
    client.post("/password/change", {"oldpassword": make.PASSWORD, "password1": NEW_PASSWORD})


def set_first_password(sam: User, client: Client) -> None:
    User.objects.filter(pk=sam.pk).update(password="!")
    owner = browser(User.objects.get(pk=sam.pk))
    owner.post("/reauthenticate/code", {"send": ""})
    owner.post("/reauthenticate/code", {"code": code_of(str(mailed()[-1].body))})
    assert owner.post("/password/set", {"password1": NEW_PASSWORD})["Location"] == "/settings"


def reset_password(sam: User, client: Client) -> None:
    key = default_token_generator.make_token(User.objects.get(pk=sam.pk))
    form = Client()
    address = form.get(f"/password/reset/{user_pk_to_url_str(sam)}-{key}")["Location"]
    assert form.post(address, {"password1": NEW_PASSWORD})["Location"] == "/password/reset/done"


def change_password_by_command(sam: User, client: Client) -> None:
    with patch("getpass.getpass", return_value=NEW_PASSWORD):
        call_command("changepassword", sam.email, stdout=StringIO())


def change_address(sam: User, client: Client) -> None:
    address = EmailAddress.objects.create(user=sam, email=NEW_EMAIL)
    client.post(f"/email/verify/{EmailConfirmationHMAC(address).key}")
    sam.refresh_from_db()
    assert sam.email == NEW_EMAIL


CHANGES = [change_password, set_first_password, reset_password, change_password_by_command, change_address]


@pytest.mark.parametrize("change", CHANGES)
def test_every_other_way_in_ends(sam: User, sam_client: Client, now: datetime, change: Change) -> None:
    ways = Ways(sam, now)
    olga = Ways(make.olga(), now)
    assert ways.open() == ALL
    change(sam, sam_client)
    assert ways.open() == PHONE_ALONE
    assert olga.open() == ALL


@pytest.mark.parametrize("change", [change_password, change_address])
def test_the_browser_in_which_it_was_changed_stays_logged_in_and_a_copy_of_its_cookie_does_not(
    sam: User, sam_client: Client, change: Change
) -> None:
    thief = Client()
    thief.cookies["sessionid"] = sam_client.cookies["sessionid"].value
    assert thief.get("/settings").status_code == 200
    change(sam, sam_client)
    assert sam_client.get("/settings").status_code == 200
    assert thief.get("/settings").status_code == 302
    assert UserSession.objects.get().session_key == sam_client.session.session_key


@pytest.mark.parametrize("change", [change_password, reset_password, change_password_by_command])
def test_a_change_of_address_that_waits_for_its_link_ends_with_a_new_password(
    sam: User, sam_client: Client, change: Change
) -> None:
    thiefs = EmailAddress.objects.create(user=sam, email="thief@example.com")
    key = EmailConfirmationHMAC(thiefs).key
    change(sam, sam_client)
    Client().post(f"/email/verify/{key}")
    sam.refresh_from_db()
    assert sam.email == "sam@example.com"


def test_an_address_that_cannot_be_verified_ends_nothing(sam: User, now: datetime) -> None:
    ways = Ways(sam, now)
    address = EmailAddress.objects.create(user=sam, email="olga@example.com")
    make.olga()
    Client().post(f"/email/verify/{EmailConfirmationHMAC(address).key}")
    assert ways.open() == ALL


@pytest.mark.usefixtures("half_minute")
@pytest.mark.parametrize("change", [change_password, reset_password, change_address])
def test_a_login_that_waits_for_its_second_step_ends_too(
    sam: User, sam_client: Client, change: Change
) -> None:
    TOTP.activate(sam, "JBSWY3DPEHPK3PXP")
    thief = Client()
    thief.post("/login", {"login": sam.email, "password": make.PASSWORD})
    change(sam, sam_client)
    assert thief.post("/two-step/login", {"code": code_now("JBSWY3DPEHPK3PXP")})["Location"] == "/login"
    assert thief.get("/settings").status_code == 302
