"""Every refusal is a problem document, whoever refuses."""

import json
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
import time_machine
from django.core.handlers.asgi import ASGIRequest
from django.test import Client, RequestFactory
from pytest_django import DjangoAssertNumQueries

from mentormap.api.limits import check_size, refusal_of_head
from mentormap.api.problems import TITLES
from mentormap.api.tokens import LEEWAY_SECONDS
from mentormap.bookings.errors import Refused
from mentormap.bookings.slots import finder
from tests import make
from tests.api.conftest import Api

pytestmark = pytest.mark.django_db


def test_a_problem_says_what_is_wrong_and_the_mend(api: Api) -> None:
    assert api.post("auth/login", {"email": "sam@example.com"}).json == {
        "type": "http://localhost:3002/api/docs#invalid-request",
        "title": "Some fields need mending",
        "status": 422,
        "detail": "password: Send this field; it is missing.",
        "code": "invalid-request",
        "errors": [{"field": "password", "detail": "Send this field; it is missing."}],
    }


@pytest.mark.parametrize(
    "path", ["", "nothing", "sessions/abc", "sessions/1/2/3", "mentors/1/slots/x", "docs/x"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_path_is_a_problem(api: Api, method: str, path: str) -> None:
    assert api.send(method, path).refusal == (404, "not-found", [])


def test_the_api_without_a_slash_is_a_problem_too(api: Api) -> None:
    response = Client().get("/api")
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


def test_a_page_that_is_not_there_stays_a_page() -> None:
    assert Client().get("/apiary")["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "sessions", "GET, HEAD, OPTIONS"),
        ("POST", "sessions/1", "GET, HEAD, OPTIONS, PATCH"),
        ("POST", "sessions/1/cancel", "OPTIONS, PUT"),
        ("GET", "auth/login", "OPTIONS, POST"),
        ("GET", "payments/webhook", "OPTIONS, POST"),
        ("TRACE", "mentors", "GET, HEAD, OPTIONS"),
        ("POST", "docs", "GET, HEAD, OPTIONS"),
        ("DELETE", "openapi.json", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(api: Api, method: str, path: str, allowed: str) -> None:
    answer = api.send(method, path)
    assert answer.refusal == (405, "method-not-allowed", [])
    assert answer.headers["Allow"] == allowed
    options = api.send("OPTIONS", path)
    assert (options.status, options.headers["Allow"]) == (204, allowed)


def test_head_is_get_without_a_body(api: Api) -> None:
    make.mentor()
    head, full = api.send("HEAD", "mentors"), api.get("mentors")
    assert (head.status, head.response.content) == (200, b"")
    assert head.headers["Content-Length"] == full.headers["Content-Length"]


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"{'a': 1}", b'{"a":' * 5000, b"NaN,"])
def test_what_is_not_json_is_400(api: Api, body: bytes) -> None:
    assert api.post("auth/login", body).refusal == (400, "malformed-json", [])


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"5", b"null", b""])
def test_json_that_is_no_object_is_422(api: Api, body: bytes) -> None:
    answer = api.post("auth/login", body)
    assert answer.refusal == (422, "invalid-request", ["body"])


@pytest.mark.parametrize(
    "sent", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_another_content_type_is_415(api: Api, sent: str) -> None:
    answer = api.send("POST", "auth/login", b'{"email": "a"}', content_type=sent)
    assert answer.refusal == (415, "unsupported-media-type", [])
    assert answer.headers["Accept"] == "application/json"


def test_a_charset_beside_the_content_type_is_fine(api: Api) -> None:
    answer = api.send("POST", "auth/login", b"{}", content_type="application/json; charset=utf-8")
    assert answer.status == 422


def test_a_body_may_have_64_kb(api: Api) -> None:
    limit = 64 * 1024
    fits, too_long = b'{"a": "' + b"x" * (limit - 9) + b'"}', b"x" * (limit + 1)
    assert len(fits) == limit
    assert api.post("auth/login", fits).status == 422
    assert api.post("auth/login", too_long).refusal == (413, "body-too-large", [])
    assert api.post("nothing", too_long).refusal == (404, "not-found", [])


def test_the_webhook_may_have_1_mb(api: Api) -> None:
    limit = 1024 * 1024
    assert api.post("payments/webhook", b"x" * limit).refusal == (400, "bad-signature", [])
    assert api.post("payments/webhook/", b"x" * (limit + 1)).refusal == (413, "body-too-large", [])


@pytest.mark.parametrize("length", [64 * 1024 + 1, 9 * 1024 * 1024])
def test_a_chunked_body_that_declares_no_length_is_limited_too(length: int) -> None:
    scope = {"type": "http", "method": "POST", "path": "/api/auth/login", "headers": []}
    refusal = check_size(ASGIRequest(scope, BytesIO(b"x" * length)))
    assert refusal is not None
    assert refusal.status == 413


def test_a_body_of_unknown_length_is_asked_for_its_length(api: Api) -> None:
    """Django reads it as empty where a WSGI server serves; to call it a wrong body would be a lie."""
    asked = RequestFactory().post("/api/auth/login", headers={"Transfer-Encoding": "chunked"})
    del asked.META["CONTENT_LENGTH"]
    refusal = refusal_of_head(asked)
    assert refusal is not None
    assert (refusal.status, refusal.code) == (411, "length-required")


def test_another_host_is_a_problem(api: Api) -> None:
    response = api.client.get("/api/mentors", headers={"Host": "evil.example"})
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")


def test_a_bug_is_a_problem_without_its_details(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_named: object) -> None:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr(finder, "next_open", broken)
    answer = api.get("mentors")
    assert answer.refusal == (500, "internal-server-error", [])
    assert answer.json["detail"] == "Something went wrong on our side. Nothing that you sent is at fault."


@pytest.mark.parametrize("path", ["mentors", "mentors/{pk}", "mentors/{pk}/slots", "docs", "openapi.json"])
def test_the_trailing_slash_is_optional(api: Api, path: str) -> None:
    path = path.format(pk=make.mentor().pk)
    assert {api.get(path).status, api.get(f"{path}/").status} == {200}


def kinds(kind: type[Refused]) -> set[str]:
    """The codes of all refusals that are ever raised: those without kinds of their own."""
    own = kind.__subclasses__()
    return {kind.code} if not own else set().union(*(kinds(one) for one in own))


def test_every_refusal_of_the_rules_has_a_title() -> None:
    assert kinds(Refused) - set(TITLES) == set()


@pytest.mark.parametrize(
    ("method", "path", "refused"),
    [
        ("POST", "nothing", (404, "not-found")),
        ("POST", "mentors", (405, "method-not-allowed")),
        ("POST", "payments/create-checkout-session", (401, "no-token")),
        ("PATCH", "sessions/1/", (401, "no-token")),
        ("POST", "auth/login", (413, "body-too-large")),
    ],
)
def test_a_refusal_by_the_head_alone_is_the_one_that_the_whole_request_gets(
    api: Api, method: str, path: str, refused: tuple[int, str]
) -> None:
    body = b"x" * (64 * 1024 + 1)
    head = RequestFactory().generic(method, f"/api/{path}", headers={"Content-Length": str(len(body))})
    problem = refusal_of_head(head)
    assert problem is not None
    assert (problem.status, problem.code) == refused
    whole = api.send(method, path, body)
    assert whole.response.json() == json.loads(problem.response().content)
    assert {name: whole.headers[name] for name in problem.headers} == problem.headers


def test_a_body_is_waited_for_where_the_head_permits_it(api: Api) -> None:
    for method, path in (("POST", "auth/login"), ("POST", "payments/webhook"), ("OPTIONS", "auth/login")):
        assert refusal_of_head(RequestFactory().generic(method, f"/api/{path}")) is None
    sam = make.sam()
    api.token(sam)
    api.post("auth/logout", as_=sam)
    logged_out = RequestFactory().patch(
        "/api/sessions/1", headers={"Authorization": f"Bearer {api.token(sam)}"}
    )
    assert refusal_of_head(logged_out) is None


def test_a_token_that_is_forged_or_expired_is_refused_by_the_head_without_the_database(
    api: Api, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    with time_machine.travel(now, tick=False) as traveller:
        sam = make.sam()
        token = api.token(sam)
        traveller.shift(timedelta(hours=12, seconds=LEEWAY_SECONDS - 1))
        with django_assert_num_queries(0):
            assert code_of_head(token) is None
            traveller.shift(timedelta(seconds=2))
            assert code_of_head(token) == (401, "invalid-token")
            assert code_of_head("nonsense") == (401, "invalid-token")


def code_of_head(token: str) -> tuple[int, str] | None:
    """How the head of a request with this token is refused."""
    sent = RequestFactory().patch("/api/sessions/1", headers={"Authorization": f"Bearer {token}"})
    problem = refusal_of_head(sent)
    return (problem.status, problem.code) if problem else None
