"""A program that speaks to the API, with the clock of the tests at its edge."""

import json
from datetime import datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from mentormap.accounts.models import User
from mentormap.lib import clock as edge
from tests import make
from tests.conftest import StandingClock


class Answer:
    """What came back; JSON where it says so."""

    def __init__(self, response: Any) -> None:
        self.response, self.status, self.headers = response, response.status_code, response.headers

    @property
    def json(self) -> Any:
        return json.loads(self.response.content)

    @property
    def refusal(self) -> tuple[int, str, list[str]]:
        """Status, code and the fields to correct; fails for what is no problem document."""
        assert self.headers["Content-Type"] == "application/problem+json"
        document = self.json
        assert document["status"] == self.status
        return self.status, document["code"], [error["field"] for error in document.get("errors", [])]


class Api:
    """Sends JSON; `as_` logs that person in once and sends their token."""

    def __init__(self) -> None:
        self.client = Client(raise_request_exception=False)
        self.tokens: dict[int, str] = {}

    def token(self, user: User) -> str:
        if user.pk not in self.tokens:
            answer = self.post("auth/login", {"email": user.email, "password": make.PASSWORD})
            self.tokens[user.pk] = answer.json["access_token"]
        return self.tokens[user.pk]

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        as_: User | None = None,
        content_type: str = "application/json",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        sent = dict(headers or {})
        if as_ is not None:
            sent["Authorization"] = f"Bearer {self.token(as_)}"
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        return Answer(self.client.generic(method, f"/api/{path}", data, content_type, headers=sent))

    def get(self, path: str, *, as_: User | None = None) -> Answer:
        return self.send("GET", path, as_=as_)

    def post(self, path: str, body: Any = None, *, as_: User | None = None) -> Answer:
        return self.send("POST", path, body, as_=as_)

    def put(self, path: str, *, as_: User | None = None) -> Answer:
        return self.send("PUT", path, as_=as_)

    def patch(self, path: str, body: Any, *, as_: User | None = None) -> Answer:
        return self.send("PATCH", path, body, as_=as_)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, clock: StandingClock) -> Api:
    def now() -> datetime:
        return clock.now

    monkeypatch.setattr(edge, "now", now)
    cache.clear()
    return Api()
