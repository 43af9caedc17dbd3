"""What no browser sends: it is answered like anything else that is not there, on PostgreSQL too."""

from io import BytesIO
from pathlib import Path

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory

from mentormap.accounts.models import User
from mentormap.web.http.redirects import local_next
from mentormap.web.http.requests import AsgiRequest
from mentormap.wsgi import application
from tests import make
from tests.servers.postgresql import run_again
from tests.web.reading import browser, proved, words

pytestmark = pytest.mark.django_db


def test_a_cookie_with_a_nul_counts_as_none(sam_client: Client) -> None:
    own = sam_client.cookies["sessionid"].value
    assert sam_client.get("/settings", headers={"Cookie": f"sessionid={own}"}).status_code == 200
    for path, status in (("/mentors", 200), ("/settings", 302), ("/api/mentors", 200)):
        asked = Client().get(path, headers={"Cookie": r'sessionid="\000\000\000\000\000\000\000\000"'})
        assert asked.status_code == status


@pytest.mark.parametrize("path", ["/feeds/%00.ics", "/sessions/success?checkout=%00", "/mentors/%00"])
def test_an_address_with_a_nul_leads_nowhere(sam_client: Client, path: str) -> None:
    assert sam_client.get(path).status_code == 404


def test_a_filter_of_operators_with_a_nul_is_dropped() -> None:
    answer = browser(make.ada()).get("/admin/payments/payment/?state__exact=%00")
    assert (answer.status_code, answer["Location"]) == (302, "/admin/payments/payment/?e=1")


def test_a_browser_with_a_nul_is_not_there_to_be_removed(sam_client: Client) -> None:
    assert sam_client.post("/settings/push/remove", {"endpoint": "\0"}).status_code == 204


@pytest.mark.parametrize("path", ["/password/reset", "/signup", "/email"])
def test_an_address_longer_than_its_column_is_asked_for_another(sam: User, path: str) -> None:
    facts = {"name": "Nia", "email": f"{'x' * 300}@example.com", "password1": "three random words"}
    client = proved(sam) if path == "/email" else Client()
    answer = client.post(path, facts | {"action_add": ""})
    assert words(answer).count("Write an email address of at most 254 characters.") == 1


@pytest.mark.parametrize("number", [2**63, 2**64, 10**40])
def test_a_number_beyond_the_database_has_no_pictures(sam_client: Client, number: int) -> None:
    paths = (f"/mentors/{number}/portrait.svg", f"/mentors/{number}/photo")
    assert [sam_client.get(path).status_code for path in paths] == [404, 404]


@pytest.mark.parametrize("charset", ["hex", "base64", "rot13", "idna", "utf-16", "rubbish"])
def test_bodies_and_addresses_are_utf_8_whatever_they_claim(charset: str) -> None:
    sent, claimed = b"q=caf%C3%A9", f"application/x-www-form-urlencoded; charset={charset}"
    environ = {
        "REQUEST_METHOD": "POST",
        "QUERY_STRING": sent.decode(),
        "CONTENT_TYPE": claimed,
        "CONTENT_LENGTH": str(len(sent)),
        "wsgi.input": BytesIO(sent),
    }
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "query_string": sent,
        "headers": [(b"content-type", claimed.encode())],
    }
    served: list[HttpRequest] = [application.request_class(environ), AsgiRequest(scope, BytesIO(sent))]
    assert [(one.GET["q"], one.POST["q"]) for one in served] == [("café", "café")] * 2


@pytest.mark.parametrize(
    ("asked", "back"),
    [
        ("/sessions?page=2", "/sessions?page=2"),
        ("mentors", "/"),
        ("\u00b2", "/"),
        (".", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_the_way_back_is_a_path_of_this_site(asked: str, back: str) -> None:
    assert local_next(RequestFactory().post("/time-zone", {"next": asked}), default="/") == back


@pytest.mark.postgresql
def test_all_of_it_on_postgresql() -> None:
    run_again(Path(__file__), "-m", "not postgresql")
