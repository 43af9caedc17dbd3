"""A database that is out of reach, or has no room, is 503 with Retry-After wherever it fails; a bug stays 500."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from mentormap.mentors.models import Mentor
from tests.outages import BUGS, PASSING, failing


@pytest.fixture
def browser() -> Client:
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = "a" * 32
    return client


@pytest.mark.django_db
@pytest.mark.parametrize("error", PASSING, ids=str)
def test_what_time_mends_is_a_page_that_says_when_to_try_again(browser: Client, error: Exception) -> None:
    with failing(error):
        response = browser.get("/mentors")
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "<h1>Temporarily unavailable</h1>" in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("error", BUGS, ids=str)
@pytest.mark.parametrize("path", ["/mentors", "/api/mentors/"])
def test_a_bug_stays_our_mistake(browser: Client, error: Exception, path: str) -> None:
    with failing(error):
        response = browser.get(path)
    assert (response.status_code, "Retry-After" in response) == (500, False)


@pytest.mark.django_db
def test_a_draft_that_could_not_be_saved_is_no_login_that_has_ended(maya: Mentor) -> None:
    """Django answers 400 when a login was deleted meanwhile, and takes any error for that."""
    client, path = Client(raise_request_exception=False), f"/mentors/{maya.pk}"
    form = {"title": "Review", "starts_at": "2026-11-25T15:00:00Z", "duration_minutes": "60"}
    assert client.post(path, form).status_code == 303

    def fail(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.startswith("UPDATE") and "django_session" in sql:
            raise PASSING[0]
        return execute(sql, *rest)

    with connection.execute_wrapper(fail):
        response = client.post(path, form | {"title": "Another"})
    assert (response.status_code, response["Retry-After"]) == (503, "5")
