"""Every page of an account is ours, in Jinja2, and works for those who may see it."""

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.template.loader import get_template
from django.test import Client
from django.urls import get_resolver
from django.urls.resolvers import URLPattern

from mentormap.accounts.models import User
from mentormap.web import urls
from tests import make
from tests.second_factor import code_now
from tests.web.http.test_reauthentication import code_of
from tests.web.reading import mailed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("jinja_only")]
SECRET = "JBSWY3DPEHPK3PXP"

VISITOR_PAGES = {
    "/": "An hour with someone who has been there",
    "/login": "Log in",
    "/signup": "Sign up",
    "/password/reset": "Reset your password",
    "/password/reset/sent": "Check your mail",
    "/password/reset/done": "Your new password is saved",
    "/password/reset/1-nonsense": "This link no longer works",
    "/email/sent": "Check your mail",
    "/email/verify/nonsense": "This link no longer works",
    "/account-closed": "This account is closed",
    "/time-zone": "Your time zone",
}
MEMBER_PAGES = {
    "/settings": "Settings",
    "/logout": "Log out?",
    "/email": "Email address",
    "/password/change": "Change password",
    "/reauthenticate": "Confirm that it is you",
    "/two-step": "Two-step login",
    "/two-step/turn-on": "Turn two-step login on",
    "/logins": "Logins",
}
TWO_STEP_PAGES = {
    "/two-step": "Two-step login",
    "/two-step/reauthenticate": "Confirm that it is you",
    "/two-step/turn-off": "Turn two-step login off?",
    "/two-step/codes": "Recovery codes",
    "/two-step/codes/new": "Make new recovery codes?",
}


def heading(client: Client, path: str) -> str:
    """The page's only h1."""
    response = client.get(path)
    assert response.status_code == 200, path
    text = response.content.decode()
    assert text.count("<h1") == 1
    return text.partition("<h1>")[2].partition("</h1>")[0]


def reauthenticate(client: Client) -> None:
    client.post("/reauthenticate", {"password": make.PASSWORD, "next": "/settings"})


@pytest.mark.parametrize(("path", "title"), VISITOR_PAGES.items())
def test_a_visitor_sees_our_page(visitor: Client, path: str, title: str) -> None:
    assert heading(visitor, path) == title


@pytest.mark.parametrize(("path", "title"), MEMBER_PAGES.items())
def test_a_member_sees_our_page(sam_client: Client, path: str, title: str) -> None:
    reauthenticate(sam_client)
    assert heading(sam_client, path) == title


@pytest.mark.parametrize(("path", "title"), TWO_STEP_PAGES.items())
def test_a_member_with_two_steps_sees_our_page(sam: User, sam_client: Client, path: str, title: str) -> None:
    reauthenticate(sam_client)
    TOTP.activate(sam, SECRET)
    RecoveryCodes.activate(sam)
    assert heading(sam_client, path) == title


def test_a_member_without_a_password_may_choose_one(sam: User, sam_client: Client) -> None:
    sam.set_unusable_password()
    sam.save()
    sam_client.force_login(sam)
    assert heading(sam_client, "/reauthenticate/code") == "Confirm that it is you"
    sam_client.post("/reauthenticate/code", {"send": ""})
    assert heading(sam_client, "/reauthenticate/code") == "Confirm that it is you"
    sam_client.post("/reauthenticate/code", {"code": code_of(str(mailed()[0].body))})
    assert heading(sam_client, "/password/set") == "Choose a password"


def test_every_address_of_an_account_is_walked_here() -> None:
    walked = {*VISITOR_PAGES, *MEMBER_PAGES, *TWO_STEP_PAGES, "/password/set", "/reauthenticate/code"}
    resolver = get_resolver()
    names = {str(pattern.name) for pattern in urls.urlpatterns if isinstance(pattern, URLPattern)}
    account = {name for name in names if name.startswith(("account_", "mfa_", "usersessions_"))}
    assert account - {resolver.resolve(path).url_name for path in walked} == {
        "mfa_authenticate",
        "mfa_download_recovery_codes",
    }


@pytest.mark.parametrize(
    "name", ["account/signup_closed.html", "account/verified_email_required.html", "429.html"]
)
def test_pages_that_few_people_see_are_ours(name: str) -> None:
    assert type(get_template(name)).__module__ == "django.template.backends.jinja2"


@pytest.mark.usefixtures("half_minute")
def test_two_steps_are_asked_for_at_login_and_a_wrong_code_says_what_to_write(
    visitor: Client, sam: User
) -> None:
    TOTP.activate(sam, SECRET)
    response = visitor.post("/login?next=/settings", {"login": sam.email, "password": make.PASSWORD})
    assert response["Location"].partition("?")[0] == "/two-step/login"
    assert heading(visitor, "/two-step/login") == "The second step"
    refused = visitor.post("/two-step/login", {"code": "000000"}).content.decode()
    assert "Write the one that your app shows now; a recovery code logs you in, too." in refused
    assert visitor.post("/two-step/login", {"code": code_now(SECRET)})["Location"] == "/settings"


@pytest.mark.usefixtures("half_minute")
def test_turning_two_steps_on_gives_codes_that_can_be_downloaded(sam_client: Client) -> None:
    reauthenticate(sam_client)
    sam_client.get("/two-step/turn-on")
    session = sam_client.session
    session["mfa.totp.secret"] = SECRET
    session.save()
    assert sam_client.post("/two-step/turn-on", {"code": code_now(SECRET)})["Location"] == "/two-step/codes"
    text = sam_client.get("/two-step/codes/download").content.decode()
    assert len(text.split()) == 10


def test_protecting_an_account_asks_for_the_password_again(sam: User) -> None:
    client = Client()
    client.force_login(sam)
    response = client.get("/two-step/turn-on")
    assert response["Location"] == "/reauthenticate?next=%2Ftwo-step%2Fturn-on"


def test_logging_out_of_all_others_ends_them(sam: User, sam_client: Client) -> None:
    other = Client()
    other.post("/login", {"login": sam.email, "password": make.PASSWORD})
    sam_client.post("/logins")
    assert other.get("/settings").status_code == 302
    assert sam_client.get("/settings").status_code == 200


def test_a_closed_account_cannot_log_in(visitor: Client, sam: User) -> None:
    sam.is_active = False
    sam.save()
    response = visitor.post("/login", {"login": sam.email, "password": make.PASSWORD})
    assert response["Location"] == "/account-closed"
    assert visitor.get("/settings").status_code == 302


def test_logging_out_needs_a_post(sam_client: Client) -> None:
    sam_client.get("/logout")
    assert sam_client.get("/settings").status_code == 200
    assert sam_client.post("/logout")["Location"] == "/"
    assert sam_client.get("/settings").status_code == 302


def test_a_used_verification_link_offers_a_new_one(visitor: Client, sam: User) -> None:
    key = EmailConfirmationHMAC(EmailAddress.objects.get(user=sam)).key
    assert heading(visitor, f"/email/verify/{key}") == "This link no longer works"


def test_too_many_failed_logins_are_refused_with_what_to_do(visitor: Client, sam: User) -> None:
    for _ in range(5):
        visitor.post("/login", {"login": sam.email, "password": "wrong"})
    text = visitor.post("/login", {"login": sam.email, "password": make.PASSWORD}).content.decode()
    assert "Too many failed logins. Wait 15 minutes, or reset your password." in text


def test_too_many_logins_for_many_accounts_are_refused_for_one_minute(visitor: Client, sam: User) -> None:
    for number in range(10):
        visitor.post("/login", {"login": f"person{number}@example.com", "password": "wrong"})
    text = visitor.post("/login", {"login": sam.email, "password": make.PASSWORD}).content.decode()
    assert "Too many failed logins. Wait 1 minute, or reset your password." in text
