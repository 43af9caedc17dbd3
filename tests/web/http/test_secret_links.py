"""Addresses that open something by themselves stay out of logs."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from mentormap.accounts.models import User
from mentormap.operations.process import logs
from mentormap.web.http.secret_links import SECRET_PARAMETERS

pytestmark = pytest.mark.django_db
KEY = "MQ:1xYzSECRET-KEY_0"
PAGES = [
    f"/email/verify/{KEY}",
    f"/password/reset/1-{KEY}",
    f"/checkout/back/{KEY}",
    f"/unsubscribe/{KEY}",
    "/feeds/SECRET-KEY_0.ics",
]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_with_a_secret_in_its_address_sends_no_referer(visitor: Client, path: str) -> None:
    assert visitor.get(path).headers["Referrer-Policy"] == "no-referrer"
    assert visitor.post(path).headers["Referrer-Policy"] == "no-referrer"


def test_other_pages_send_it_within_the_site(visitor: Client) -> None:
    assert visitor.get("/mentors").headers["Referrer-Policy"] == settings.SECURE_REFERRER_POLICY


def patterns(resolver: URLResolver, start: str = "") -> Iterator[tuple[str, URLPattern]]:
    for each in resolver.url_patterns:
        path = start + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from patterns(each, path)
        else:
            yield path, each


def secret_paths() -> Iterator[str]:
    for path, pattern in patterns(get_resolver()):
        if SECRET_PARAMETERS & pattern.pattern.regex.groupindex.keys():
            filled = re.sub(r"<[^>]+>", "SECRET", re.sub(r"\(\?P(<\w+>)[^)]*\)", r"\1", path))
            assert "SECRET" in filled, path
            yield f"/{filled.strip('^$')}"


def test_logs_hide_the_secret_of_every_such_route() -> None:
    assert [path for path in secret_paths() if "SECRET" in logs.scrub(path)] == []


def test_the_shipped_nginx_logs_no_such_route() -> None:
    nginx = (Path(__file__).parents[3] / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    (unlogged,) = re.findall(r"^    ~(\S+) 0;$", nginx, re.MULTILINE)
    assert [path for path in secret_paths() if not re.match(unlogged, path)] == []


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    "sentence",
    [
        "Forbidden (CSRF token missing.): {path}",
        "Not Found: {path}/",
        "<WSGIRequest: POST '{path}'>",
        'GET https://mentors.example{path}?a=b "200"',
    ],
)
def test_logs_hold_the_path_without_its_secret(path: str, sentence: str) -> None:
    scrubbed = logs.scrub(sentence.format(path=path))
    assert "SECRET" not in scrubbed
    assert path.partition("/")[2].partition("/")[0] in scrubbed


def test_logs_hold_no_secret_of_a_path_in_a_query() -> None:
    assert logs.scrub("/login?next=%2Femail%2Fverify%2FMQ:1x&a=b") == "/login?next=%2Femail%2Fverify%2F…&a=b"


def test_logs_keep_the_names_of_routes() -> None:
    assert logs.scrub("route=/unsubscribe/<token>") == "route=/unsubscribe/<token>"


def posted(headers: dict[str, str], path: str, *, secure: bool) -> int:
    client = Client(enforce_csrf_checks=True)
    page = client.get("/password/reset", secure=secure).content.decode()
    token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    data = {"csrfmiddlewaretoken": token, "login": "x@example.com", "password": "x"}
    return client.post(path, data, headers=headers, secure=secure).status_code


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize(
    ("site", "path", "status"),
    [
        ("same-origin", "/password/reset/1-x", 200),
        (None, "/password/reset/1-x", 200),
        ("cross-site", "/password/reset/1-x", 403),
        ("same-origin", "/login", 200),
        (None, "/login", 403),
        ("same-site", "/login", 403),
    ],
)
def test_a_form_of_such_a_page_is_taken_though_the_browser_hides_its_origin(
    db: User, site: str | None, path: str, status: int, secure: bool
) -> None:
    headers = {"Origin": "null"} | ({"Sec-Fetch-Site": site} if site else {})
    assert posted(headers, path, secure=secure) == status


def test_a_form_without_its_token_is_refused_on_such_a_page_too(visitor: Client) -> None:
    client = Client(enforce_csrf_checks=True)
    headers = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/password/reset/1-x", {}, headers=headers).status_code == 403
