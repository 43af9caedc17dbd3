"""Programs in browsers of other origins: none but those that the operator names, and the API alone."""

import pytest
from django.test import Client
from pytest_django import Settings

ORIGIN = "https://app.example.com"


def preflight(path: str, origin: str = ORIGIN) -> dict[str, str]:
    response = Client().options(
        path,
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
        },
    )
    return {name: value for name, value in response.items() if name.startswith("access-control-")}


@pytest.fixture(autouse=True)
def _named_origin(settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = [ORIGIN]


@pytest.mark.parametrize("path", ["payments/create-checkout-session", "openapi.json"])
def test_a_named_origin_may_send_a_token_and_json(path: str) -> None:
    answer = preflight(f"/api/{path}")
    assert answer["access-control-allow-origin"] == ORIGIN
    assert "POST" in answer["access-control-allow-methods"]
    asked = {"authorization", "content-type", "idempotency-key"}
    assert asked <= set(answer["access-control-allow-headers"].split(", "))
    assert "access-control-allow-credentials" not in answer


def test_by_default_no_origin_may(settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = []
    assert "access-control-allow-origin" not in preflight("/api/mentors")


@pytest.mark.parametrize(
    ("path", "origin"),
    [("/api/mentors", "https://evil.example"), ("/login", ORIGIN), ("/admin/", ORIGIN), ("/", ORIGIN)],
)
def test_other_origins_and_the_pages_stay_closed(path: str, origin: str) -> None:
    assert "access-control-allow-origin" not in preflight(path, origin)


@pytest.mark.django_db
def test_refusals_can_be_read_too_and_their_headers() -> None:
    response = Client().get("/api/sessions", headers={"Origin": ORIGIN})
    assert (response.status_code, response["Access-Control-Allow-Origin"]) == (401, ORIGIN)
    assert "link" in response["Access-Control-Expose-Headers"]
