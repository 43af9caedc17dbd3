"""Signing up, verifying, resetting, changing the address: what people do with their accounts, step by step."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core.mail import EmailMessage
from django.test import Client, override_settings

from mentormap.accounts.models import User
from tests import make
from tests.web.reading import mailed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("jinja_only"), pytest.mark.long]
NEW = {"name": "Sam O’Hara & Sons", "email": "Sam@Example.com", "password1": make.PASSWORD}
PUBLIC = "http://localhost:3002"


def link_in(message: EmailMessage) -> str:
    """The path of the one link of a mail, which must be at PUBLIC_URL."""
    (link,) = re.findall(r"https?://\S+", str(message.body))
    assert link.startswith(f"{PUBLIC}/")
    return str(link.removeprefix(PUBLIC))


def test_sign_up_verify_log_in(visitor: Client) -> None:
    visitor.cookies["time_zone"] = "Asia%2FCalcutta"
    assert visitor.post("/signup", {**NEW, "next": "/time-zone"})["Location"] == "/email/sent"
    assert visitor.get("/settings").status_code == 302
    user = User.objects.get()
    assert (user.email, user.name, user.time_zone) == ("sam@example.com", NEW["name"], "Asia/Kolkata")
    (message,) = mailed()
    assert message.subject == "Welcome to MentorMap: verify your email address"
    path = link_in(message)
    assert not EmailAddress.objects.get().verified
    assert visitor.get(path).status_code == 200
    assert not EmailAddress.objects.get().verified  # a mail scanner opens links too
    assert visitor.post(path)["Location"] == "/time-zone"
    assert EmailAddress.objects.get().verified
    assert visitor.get("/settings").status_code == 200


def test_a_link_that_is_opened_in_another_browser_leads_to_the_login(visitor: Client) -> None:
    visitor.post("/signup", NEW)
    other = Client()
    assert other.post(link_in(mailed()[0]))["Location"] == "/login"
    assert EmailAddress.objects.get().verified
    answer = other.post("/login", {"login": "sam@example.com", "password": make.PASSWORD})
    assert answer["Location"] == "/mentors"


def test_a_zone_that_does_not_exist_is_not_taken_at_sign_up(visitor: Client) -> None:
    visitor.cookies["time_zone"] = "Mars/Olympus"
    visitor.post("/signup", NEW)
    assert User.objects.get().time_zone == ""


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "Write your name, as your mentor should read it."),
        ({"email": "sam@"}, "Write an email address in full, such as sam@example.com."),
        ({"email": ""}, "Write your email address."),
        ({"password1": "short"}, "Write at least 10 characters. Three random words work well."),
        ({"password1": "1234567890"}, "Many people use this password, so it is tried first."),
        ({"password1": "sam@example.com"}, "This password is too much like your email address."),
    ],
)
def test_a_refused_sign_up_says_what_to_write(visitor: Client, change: dict[str, str], sentence: str) -> None:
    make.person("Maya")
    text = visitor.post("/signup", NEW | change).content.decode()
    assert sentence in text
    assert User.objects.count() == 1


def test_password_reset_from_mail_to_login(visitor: Client, sam: User) -> None:
    assert visitor.post("/password/reset", {"email": sam.email})["Location"] == "/password/reset/sent"
    (message,) = mailed()
    assert message.subject == "Choose a new password"
    form = visitor.get(link_in(message))["Location"]
    assert form.endswith("-set-password")
    refused = visitor.post(form, {"password1": "short"}).content.decode()
    assert "Write at least 10 characters." in refused
    assert visitor.post(form, {"password1": "three-random-words"})["Location"] == "/password/reset/done"
    answer = visitor.post("/login", {"login": sam.email, "password": "three-random-words"})
    assert answer["Location"] == "/mentors"
    assert "This link no longer works" in visitor.get(link_in(message)).content.decode()
    assert mailed()[1].subject == "Your password was reset"


def test_the_new_address_is_proved_before_it_replaces_the_old(sam: User, sam_client: Client) -> None:
    sam_client.post("/reauthenticate", {"password": make.PASSWORD, "next": "/email"})
    sam_client.post("/email", {"action_add": "", "email": "new@example.com"})
    sam.refresh_from_db()
    assert sam.email == "sam@example.com"
    (message,) = mailed()
    assert message.to == ["new@example.com"]
    assert "new@example.com waits for its link" in sam_client.get("/settings").content.decode()
    sam_client.post(link_in(message))
    sam.refresh_from_db()
    assert sam.email == "new@example.com"
    assert list(EmailAddress.objects.values_list("email", "verified")) == [("new@example.com", True)]
    told = next(sent for sent in mailed() if sent.to == ["sam@example.com"])
    assert told.subject == "Your email address was changed"


def test_an_address_that_was_never_proved_can_be_dropped(sam: User, sam_client: Client) -> None:
    sam_client.post("/reauthenticate", {"password": make.PASSWORD, "next": "/email"})
    sam_client.post("/email", {"action_add": "", "email": "new@example.com"})
    assert EmailAddress.objects.count() == 2
    sam_client.post("/email", {"action_remove": "", "email": "new@example.com"})
    assert list(EmailAddress.objects.values_list("email", flat=True)) == ["sam@example.com"]


def test_the_link_is_sent_again_to_an_address_that_is_not_verified(visitor: Client, db: None) -> None:
    visitor.force_login(make.person("Olga", verified=False))
    visitor.post("/email", {"action_send": "", "email": "olga@example.com"})
    (message,) = mailed()
    assert message.subject == "Is this your email address?"


def test_changing_the_password_keeps_the_login_and_tells_by_mail(sam: User, sam_client: Client) -> None:
    answer = sam_client.post(
        "/password/change", {"oldpassword": make.PASSWORD, "password1": "three-random-words"}
    )
    assert answer["Location"] == "/settings"
    assert sam_client.get("/settings").status_code == 200
    (message,) = mailed()
    assert message.subject == "Your password was changed"
    assert link_in(message) == "/password/reset"
    assert "(Europe/Berlin)" in message.body


def test_a_wrong_present_password_says_what_to_do(sam_client: Client) -> None:
    text = sam_client.post(
        "/password/change", {"oldpassword": "wrong", "password1": "three-random-words"}
    ).content.decode()
    assert "This is not your current password. Try again, or reset it." in text


@override_settings(PUBLIC_URL="https://mentors.example.com", ALLOWED_HOSTS=["inner.example"])
def test_mails_name_the_public_address_whatever_host_the_request_came_by(visitor: Client, sam: User) -> None:
    visitor.post("/password/reset", {"email": sam.email}, headers={"host": "inner.example"})
    (message,) = mailed()
    assert "https://mentors.example.com/password/reset/" in message.body
    assert "inner.example" not in message.body


FOREIGN = [
    "//evil.com",
    "https://evil.com",
    "http://evil.com/mentors",
    "\\\\evil.com",
    "/\\evil.com",
    "https:evil.com",
    "javascript:alert(1)",
    "http://localhost/settings",
    "http://testserver:81/settings",
]


@pytest.mark.parametrize("target", FOREIGN)
def test_nobody_is_led_to_another_origin(visitor: Client, sam: User, target: str) -> None:
    data = {"login": sam.email, "password": make.PASSWORD, "next": target}
    assert visitor.post("/login", data)["Location"] == "/mentors"


@pytest.mark.parametrize("target", FOREIGN)
def test_nobody_who_signs_up_is_led_to_another_origin(visitor: Client, db: None, target: str) -> None:
    visitor.post("/signup", NEW | {"next": target})
    assert visitor.post(link_in(mailed()[0]))["Location"] == "/mentors"


@pytest.mark.parametrize("target", ["/settings?a=b#c", "http://testserver/settings"])
def test_login_leads_back_to_where_one_was_going(visitor: Client, sam: User, target: str) -> None:
    answer = visitor.post("/login", {"login": sam.email, "password": make.PASSWORD, "next": target})
    assert answer["Location"] == target


def test_a_page_that_needs_a_login_is_come_back_to(visitor: Client, sam: User) -> None:
    login = visitor.get("/settings")["Location"]
    assert login == "/login?next=/settings"
    assert '<input type="hidden" name="next" value="/settings">' in visitor.get(login).content.decode()
    signup = visitor.get("/signup?next=/settings").content.decode()
    assert "/login?next=%2Fsettings" in signup


def test_too_many_resets_are_slowed_down_by_our_page(visitor: Client, sam: User) -> None:
    for _ in range(5):
        visitor.post("/password/reset", {"email": sam.email})
    refused = visitor.post("/password/reset", {"email": sam.email})
    assert refused.status_code == 429
    assert "<h1>Too many tries</h1>" in refused.content.decode()
