"""What the head of a request to a page permits, by what its view declares."""

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern

from mentormap.lib.view_limits import methods_of
from mentormap.web.http.heads import body_limit, refusal_of_head
from tests.architecture.routes import routes

pytestmark = pytest.mark.django_db
SILENT = {"email/sent"}
"""allauth's, a function without a decorator."""


def refusal(method: str, path: str, **headers: str) -> HttpResponse | None:
    return refusal_of_head(RequestFactory().generic(method, path, headers=headers))


LOGGED_IN = "sessionid=" + "a" * 32


def test_every_page_declares_its_methods() -> None:
    """Else a body would be waited for that the page does not take. The admin and ninja's views decide by themselves."""
    silent = {route for route, pattern in routes() if declares_nothing(pattern)}
    assert {route for route in silent if not route.startswith(("admin/", "api/"))} == SILENT


def declares_nothing(pattern: URLPattern) -> bool:
    return methods_of(pattern.callback) is None


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/nothing-here", 404),
        ("PUT", "/mentors", 405),
        ("POST", "/mentors/", 405),
        ("DELETE", "/login", 405),
    ],
)
def test_a_form_for_nothing_is_refused_by_its_head(method: str, path: str, status: int) -> None:
    answer = refusal(method, path)
    assert answer is not None
    assert answer.status_code == status
    assert Client().generic(method, path).status_code == status


def test_the_right_methods_are_named() -> None:
    answer = refusal("POST", "/mentors")
    assert answer is not None
    assert answer["Allow"] == "GET, HEAD"


def test_a_page_that_is_not_there_keeps_its_page_for_people() -> None:
    assert refusal("GET", "/nothing-here") is None
    assert "text/html" in Client().get("/nothing-here")["Content-Type"]


@pytest.mark.parametrize(
    ("path", "most"),
    [("/login", 64 * 1024), ("/mentoring/profile/", 10 * 1024 * 1024 + 64 * 1024), ("/", 64 * 1024)],
)
def test_a_form_is_as_long_as_its_page_takes(path: str, most: int) -> None:
    method = "GET" if path == "/" else "POST"
    assert refusal(method, path, Cookie=LOGGED_IN, Content_Length=str(most)) is None
    answer = refusal(method, path, Cookie=LOGGED_IN, Content_Length=str(most + 1))
    assert answer is not None
    assert answer.status_code == 413


def test_a_photo_is_refused_by_the_head_without_a_login() -> None:
    """Else a few strangers could fill what the server keeps of unfinished requests."""
    most = 64 * 1024
    assert refusal("POST", "/mentoring/profile", Content_Length=str(most)) is None
    answer = refusal("POST", "/mentoring/profile", Content_Length=str(most + 1))
    assert answer is not None
    assert answer.status_code == 403


def test_a_body_of_unknown_length_is_bounded_by_who_sends_it() -> None:
    page = RequestFactory().post("/mentoring/profile")
    assert body_limit(page) == 64 * 1024
    page.COOKIES[settings.SESSION_COOKIE_NAME] = "a" * 32
    assert body_limit(page) == 10 * 1024 * 1024 + 64 * 1024


def test_a_mail_service_may_send_long_reports_without_a_login() -> None:
    assert refusal("POST", "/webhooks/mail/postmark", Content_Length=str(1024 * 1024)) is None
