"""What holds for pages at large: errors say what to do, the CSP is strict, and a page is light."""

import re

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings

from mentormap.urls import handler400, handler403, handler404, handler500
from mentormap.urls import urlpatterns as real_urls
from tests import make
from tests.web.reading import browser

__all__ = ["handler400", "handler403", "handler404", "handler500"]


def refuse(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def break_down(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("broken for a test")


urlpatterns = [path("refused", refuse), path("broken", break_down), *real_urls]


@pytest.fixture
def _own_urls(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__


def title(text: bytes) -> str:
    (found,) = re.findall(r"<h1>(.*?)</h1>", text.decode())
    return str(found)


@pytest.mark.django_db
def test_an_unknown_address_says_where_to_go() -> None:
    response = Client().get("/nowhere")
    main = response.content.decode().split("<main")[1]
    assert response.status_code == 404
    assert ('href="/mentors"' in main, 'href="/sessions"' in main) == (True, False)
    known = browser(make.sam()).get("/sessions/1").content.decode().split("<main")[1]
    assert 'href="/sessions"' in known


@pytest.mark.django_db
@pytest.mark.usefixtures("_own_urls")
def test_a_refusal_says_what_to_do() -> None:
    response = Client().get("/refused")
    assert (response.status_code, title(response.content)) == (403, "This page is not yours to open")


@pytest.mark.usefixtures("_own_urls")
def test_a_breakdown_is_told_without_the_database() -> None:
    client = Client(raise_request_exception=False)
    response = client.get("/broken")
    assert (response.status_code, title(response.content)) == (500, "Something broke on our side")


def test_a_request_for_a_foreign_host_is_a_bad_request() -> None:
    response = Client().get("/", headers={"host": "evil.example"})
    assert (response.status_code, title(response.content)) == (400, "This address cannot be read")


@pytest.mark.django_db
def test_a_form_without_its_token_is_explained() -> None:
    response = Client(enforce_csrf_checks=True).post("/time-zone", {"time_zone": "UTC"})
    assert (response.status_code, title(response.content)) == (403, "This form stood open for too long")


@pytest.mark.django_db
def test_the_policy_for_content_is_strict(settings: Settings) -> None:
    policy = Client().get("/")["Content-Security-Policy"]
    assert dict(part.split(" ", 1) for part in policy.split("; ")) == {
        "default-src": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "object-src": "'none'",
        "form-action": f"'self' {settings.CHECKOUT_ORIGIN}",
        "img-src": "'self' data:",
    }


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/login", "/signup", "/time-zone", "/nowhere"])
def test_a_page_has_no_inline_script_or_style(address: str) -> None:
    text = Client().get(address).content.decode()
    assert re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text) == []


@pytest.mark.django_db
def test_a_page_has_language_viewport_skip_link_and_one_main() -> None:
    text = Client().get("/login").content.decode()
    for part in (
        '<html lang="en"',
        'name="viewport"',
        'href="#main"',
        '<main id="main"',
        'aria-live="polite"',
    ):
        assert text.count(part) == 1
    assert "maximum-scale" not in text


@pytest.mark.django_db
def test_the_first_page_leads_to_the_mentors() -> None:
    text = Client().get("/").content.decode()
    assert '<form class="search bare" action="/mentors" role="search">' in text
    assert '<a href="/mentors">Browse all mentors</a>' in text
