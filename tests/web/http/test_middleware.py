"""The trailing slash is optional, and a viewer's zone is known or named."""

from collections.abc import Callable
from typing import cast

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path
from pytest_django import Settings

from mentormap.accounts.models import User
from mentormap.urls import urlpatterns as pages
from mentormap.web.http.context import PageRequest, assume_zone
from mentormap.web.http.middleware import OptionalSlashMiddleware, ViewerMiddleware
from tests import make


def echo(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.method} {request.path} {request.body.decode()}")


urlpatterns = [
    path("plain", echo),
    path("api/things/", echo),
    path("both", echo),
    path("both/", echo),
    *pages,
]


@pytest.fixture
def _own_urls(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__


@pytest.mark.usefixtures("_own_urls")
@pytest.mark.parametrize(
    ("asked", "served"),
    [
        ("/plain", "/plain"),
        ("/plain/", "/plain"),
        ("/api/things/", "/api/things/"),
        ("/api/things", "/api/things/"),
        ("/both", "/both"),
        ("/both/", "/both/"),
    ],
)
def test_a_path_and_its_twin_are_served_alike_without_a_redirect(asked: str, served: str) -> None:
    answer = Client().post(asked, "body", content_type="text/plain")
    assert answer.content.decode() == f"POST {served} body"


@pytest.mark.usefixtures("_own_urls", "db")
@pytest.mark.parametrize("asked", ["/nowhere", "/nowhere/", "/plain//"])
def test_what_has_no_twin_is_not_found(asked: str) -> None:
    assert Client().get(asked).status_code == 404


def test_the_query_stays() -> None:
    request = RequestFactory().get("/time-zone/?next=/mentors")
    seen: list[HttpRequest] = []
    OptionalSlashMiddleware(remember(seen))(request)
    assert seen[0].get_full_path() == "/time-zone?next=/mentors"


def remember(seen: list[HttpRequest]) -> Callable[[HttpRequest], HttpResponse]:
    def respond(request: HttpRequest) -> HttpResponse:
        seen.append(request)
        return HttpResponse()

    return respond


def viewer(cookie: str = "", user: User | None = None) -> PageRequest:
    """The request as the middleware hands it on."""
    request = RequestFactory().get("/")
    request.COOKIES["time_zone"] = cookie
    request.user = user or AnonymousUser()
    seen: list[HttpRequest] = []
    ViewerMiddleware(remember(seen))(request)
    return cast("PageRequest", seen[0])


@pytest.mark.parametrize(
    ("cookie", "zone", "known"),
    [
        ("Europe/Berlin", "Europe/Berlin", True),
        ("Europe%2FBerlin", "Europe/Berlin", True),
        ("Asia/Calcutta", "Asia/Kolkata", True),
        ("Mars/Olympus", "UTC", False),
        ("../../etc/passwd", "UTC", False),
        ("", "UTC", False),
    ],
)
def test_a_visitor_has_the_browsers_zone_or_none_that_is_known(cookie: str, zone: str, known: bool) -> None:
    request = viewer(cookie)
    assert (request.viewer_zone, request.knows_zone, request.viewer_locale) == (zone, known, "en")


@pytest.mark.django_db
def test_an_account_goes_before_its_browser() -> None:
    request = viewer("Asia/Tokyo", make.sam(locale="de"))
    assert (request.viewer_zone, request.viewer_locale) == ("Europe/Berlin", "de")


@pytest.mark.django_db
def test_an_account_without_a_zone_has_the_browsers() -> None:
    assert viewer("Asia/Tokyo", make.sam(time_zone="")).viewer_zone == "Asia/Tokyo"


def test_another_zone_is_assumed_only_for_who_has_none() -> None:
    known, unknown = viewer("Asia/Tokyo"), viewer()
    assume_zone(known, "Europe/Berlin")
    assume_zone(unknown, "Europe/Berlin")
    assert (known.viewer_zone, unknown.viewer_zone) == ("Asia/Tokyo", "Europe/Berlin")
