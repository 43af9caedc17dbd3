"""What a stolen login must not do alone: move the account, protect it, or have its data sent elsewhere."""

import re
from base64 import urlsafe_b64encode
from datetime import datetime

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.sessions.models import Session as Login
from django.test import Client
from pytest_django.fixtures import Settings

from mentormap.accounts.feed_addresses import feed_address_of, make_feed_address
from mentormap.accounts.models import FeedAddress, User
from mentormap.notifications.models import PushSubscription
from tests import make
from tests.web.reading import browser, mailed, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("jinja_only")]
NEW = {"action_add": "", "email": "new@example.com"}
PUSH = {
    "endpoint": "https://fcm.googleapis.com/fcm/send/1",
    "p256dh": urlsafe_b64encode(b"\x04" + bytes(64)).rstrip(b"=").decode(),
    "auth": urlsafe_b64encode(bytes(16)).rstrip(b"=").decode(),
}
NEW_AND_OLD = ["MD5PasswordHasher", "ScryptPasswordHasher"]
ASKED = "/reauthenticate?next="


@pytest.fixture
def thief(sam: User) -> Client:
    """Holds a cookie of Sam's, and no password."""
    return browser(sam)


def prove(client: Client, back: str) -> str:
    """Gives the password where the page asked for it; the address that it leads on to."""
    return client.post("/reauthenticate", {"password": make.PASSWORD, "next": back})["Location"]


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/email", NEW),
        ("/email", {"action_primary": "", "email": "sam@example.com"}),
        ("/settings/calendar", {"new": ""}),
        ("/two-step/turn-on", {"code": "123456"}),
        ("/two-step/codes/new", {}),
    ],
)
def test_a_login_alone_changes_nothing(thief: Client, path: str, data: dict[str, str]) -> None:
    assert thief.post(path, data)["Location"].startswith(ASKED)
    assert EmailAddress.objects.count() == 1
    assert not FeedAddress.objects.exists()


def test_two_step_login_is_not_turned_off_by_a_login_alone(sam: User, thief: Client) -> None:
    TOTP.activate(sam, "JBSWY3DPEHPK3PXP")
    assert thief.post("/two-step/turn-off")["Location"].startswith(ASKED)
    assert sam.authenticator_set.exists()


def test_logging_in_is_not_enough(sam_client: Client) -> None:
    assert sam_client.post("/email", NEW)["Location"] == "/reauthenticate?next=%2Femail"


def test_the_form_that_was_sent_is_sent_on_after_the_password(sam: User, thief: Client) -> None:
    thief.post("/email", NEW)
    assert prove(thief, "/email") == "/email"
    assert EmailAddress.objects.filter(user=sam, email="new@example.com").exists()


def test_a_wrong_password_changes_nothing(thief: Client) -> None:
    thief.post("/email", NEW)
    thief.post("/reauthenticate", {"password": "wrong", "next": "/email"})
    assert EmailAddress.objects.count() == 1


def test_the_proof_holds_for_five_minutes(sam: User, thief: Client) -> None:
    with time_machine.travel(datetime.fromisoformat("2026-11-23T09:00Z"), tick=False) as clock:
        prove(thief, "/settings")
        clock.shift(299)
        assert thief.get("/two-step/turn-on").status_code == 200
        clock.shift(2)
        assert thief.get("/two-step/turn-on").status_code == 302


def test_a_copy_of_the_cookie_cannot_use_the_owners_proof(sam: User, thief: Client) -> None:
    owner = Client()
    owner.cookies["sessionid"] = thief.cookies["sessionid"].value
    prove(owner, "/settings")
    assert owner.get("/two-step/turn-on").status_code == 200
    assert thief.post("/email", NEW)["Location"].startswith("/login")
    assert EmailAddress.objects.count() == 1


def test_a_proof_that_renews_an_old_hash_of_the_password_keeps_the_login(
    sam: User, settings: Settings
) -> None:
    settings.PASSWORD_HASHERS = [f"django.contrib.auth.hashers.{name}" for name in NEW_AND_OLD[1:]]
    sam.set_password(make.PASSWORD)
    sam.save(update_fields=["password"])
    settings.PASSWORD_HASHERS = [f"django.contrib.auth.hashers.{name}" for name in NEW_AND_OLD]
    client = browser(sam)
    client.post("/email", NEW)
    assert prove(client, "/email") == "/email"
    assert User.objects.get().password != sam.password
    assert client.get("/email").status_code == 200
    assert EmailAddress.objects.filter(email="new@example.com").exists()


def test_the_secret_address_of_the_feed_is_shown_after_the_password_alone(
    sam: User, thief: Client, now: datetime
) -> None:
    secret = make_feed_address(sam, now=now).secret
    answer = thief.get("/settings/calendar")
    assert (answer["Location"], secret in answer.content.decode()) == (
        f"{ASKED}%2Fsettings%2Fcalendar",
        False,
    )
    assert prove(thief, "/settings/calendar") == "/settings/calendar"
    assert secret in thief.get("/settings/calendar").content.decode()


def test_a_feed_is_turned_off_without_the_password(sam: User, thief: Client, now: datetime) -> None:
    make_feed_address(sam, now=now)
    thief.post("/settings/calendar", {"off": ""})
    assert feed_address_of(sam) is None


def test_a_browser_that_wants_push_is_led_to_the_password(sam: User, thief: Client) -> None:
    answer = thief.post("/settings/push", PUSH)
    assert (answer.status_code, answer.json()) == (403, {"location": f"{ASKED}%2Fsettings%2Fnotices"})
    assert not PushSubscription.objects.exists()
    prove(thief, "/settings/notices")
    assert thief.post("/settings/push", PUSH).status_code == 204
    assert PushSubscription.objects.get().user == sam


def test_a_known_subscription_is_told_of_again_and_replaced_without_the_password(
    sam: User, thief: Client, now: datetime
) -> None:
    PushSubscription.objects.create(user=sam, created_at=now, **PUSH)
    later = PUSH | {"endpoint": "https://fcm.googleapis.com/fcm/send/2"}
    assert thief.post("/settings/push", PUSH).status_code == 204
    assert thief.post("/settings/push", later | {"replaces": PUSH["endpoint"]}).status_code == 204
    assert [one.endpoint for one in PushSubscription.objects.all()] == [later["endpoint"]]


def test_a_subscription_of_somebody_else_replaces_nothing(sam: User, thief: Client, now: datetime) -> None:
    PushSubscription.objects.create(user=make.olga(), created_at=now, **PUSH)
    later = PUSH | {"endpoint": "https://fcm.googleapis.com/fcm/send/2", "replaces": PUSH["endpoint"]}
    assert thief.post("/settings/push", later).status_code == 403
    assert PushSubscription.objects.get().user.name == "Olga"


@pytest.fixture
def without_password(sam: User) -> Client:
    sam.set_unusable_password()
    sam.save(update_fields=["password"])
    return browser(sam)


def code_of(message: str) -> str:
    (code,) = re.findall(r"^[A-Z]{4}-[A-Z]{4}$", message, re.MULTILINE)
    return str(code)


def test_an_account_without_a_password_proves_itself_by_a_mailed_code(without_password: Client) -> None:
    client = without_password
    page = client.post("/password/set", {"password1": "three-random-words"})["Location"]
    assert page == "/reauthenticate/code?next=%2Fpassword%2Fset"
    assert "This account has no password, so we send a code" in words(client.get(page))
    assert client.post("/reauthenticate/code", {"send": "", "next": "/password/set"})["Location"] == page
    code = code_of(str(mailed()[0].body))
    wrong = client.post("/reauthenticate/code", {"code": "BBBB-BBBB", "next": "/password/set"})
    assert "This is not the code that we sent." in words(wrong)
    assert not User.objects.get().has_usable_password()
    client.post("/reauthenticate/code", {"code": code.lower(), "next": "/password/set"})
    assert User.objects.get().check_password("three-random-words")


def test_a_mailed_code_lives_for_ten_minutes_and_works_once(without_password: Client) -> None:
    client = without_password
    with time_machine.travel(datetime.fromisoformat("2026-11-23T09:00Z"), tick=False) as clock:
        client.post("/reauthenticate/code", {"send": ""})
        code = code_of(str(mailed()[0].body))
        clock.shift(601)
        assert "This code has expired." in words(client.post("/reauthenticate/code", {"code": code}))
        client.post("/reauthenticate/code", {"send": ""})
        code = code_of(str(mailed()[1].body))
        assert client.post("/reauthenticate/code", {"code": code}).status_code == 302
        assert client.post("/reauthenticate/code", {"code": code}).status_code == 200


def test_the_code_of_the_latest_mail_works_on_where_the_limit_holds_a_new_one_back(
    without_password: Client,
) -> None:
    client = without_password
    with time_machine.travel(datetime.fromisoformat("2026-11-23T09:00Z"), tick=False) as clock:
        for _ in range(8):
            page = client.post("/reauthenticate/code", {"send": ""}, follow=True)
            clock.shift(60)
        assert "The code in our latest mail still works. Another can be sent in 53 minutes." in words(page)
        code = code_of(str(mailed()[-1].body))
        assert len(mailed()) == 6
        assert client.post("/reauthenticate/code", {"code": code}).status_code == 302


def test_a_login_that_has_no_code_is_not_sent_to_a_mail_that_was_held_back(
    sam: User, without_password: Client
) -> None:
    other = browser(sam)
    with time_machine.travel(datetime.fromisoformat("2026-11-23T09:00Z"), tick=False) as clock:
        for _ in range(6):
            without_password.post("/reauthenticate/code", {"send": ""})
            clock.shift(60)
        found = words(other.post("/reauthenticate/code", {"send": ""}, follow=True))
    assert "Another can be sent in 54 minutes." in found
    assert "We have sent a code" not in found
    assert "still works" not in found


def test_the_code_is_not_in_the_login_in_the_clear(without_password: Client) -> None:
    without_password.post("/reauthenticate/code", {"send": ""})
    code = code_of(str(mailed()[0].body))
    assert not [row for row in Login.objects.all() if code in str(row.get_decoded())]


def test_an_account_with_a_password_is_led_from_the_code_to_the_password(thief: Client) -> None:
    assert thief.get("/reauthenticate/code?next=/email")["Location"] == "/reauthenticate?next=%2Femail"
    thief.post("/reauthenticate/code", {"send": ""})
    assert mailed() == []


def test_a_visitor_leaves_no_form_behind(visitor: Client, db: None) -> None:
    for path in (
        "/two-step/turn-on",
        "/two-step/codes/new",
        "/email",
        "/password/set",
        "/reauthenticate/code",
    ):
        assert visitor.post(path, {"action_add": "", "text": "x" * 10_000})["Location"].startswith("/login")
    assert not Login.objects.exists()
