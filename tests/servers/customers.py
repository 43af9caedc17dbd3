"""People who book and pay, and try again, as good clients do, when they are told to or cut off."""

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import requests

from tests.servers.load import GOOD_CARD, day_ahead
from tests.servers.program import Program

TIMEOUT_SECONDS: Final = 90.0
"""Seconds in which an answer other than "try again" must come."""
CUT: Final = "cut off"
Seen = Counter[tuple[str, int | str]]


@dataclass
class Customer:
    """`held` are the sessions that were answered with 201, `paid` those whose payment the sandbox took."""

    program: Program
    token: str
    mentors: list[int]
    chance: random.Random
    seen: Seen = field(default_factory=Counter)
    held: set[int] = field(default_factory=set)
    paid: set[int] = field(default_factory=set)

    def shop_until(self, deadline: float) -> None:
        while time.monotonic() < deadline:
            self.book()
            self.insist(
                "page", "GET", self.chance.choice(["/mentors", "/login", f"/mentors/{self.mentors[0]}"])
            )

    def book(self) -> None:
        mentor = self.chance.choice(self.mentors)
        wanted = {"from": str(day_ahead(3).date()), "to": str(day_ahead(12).date()), "duration_minutes": 30}
        slots = self.insist("look", "GET", f"/api/mentors/{mentor}/slots", params=wanted).json()["slots"]
        if not slots:
            return
        wish = {
            "mentor_id": mentor,
            "title": "Between restarts",
            "scheduled_at": self.chance.choice(slots)["starts_at"],
            "duration_minutes": 30,
        }
        answer = self.insist(
            "book",
            "POST",
            "/api/payments/create-checkout-session",
            json=wish,
            headers={"Idempotency-Key": str(uuid4())},
        )
        if answer.status_code == 201:
            self.held.add(answer.json()["session_id"])
            self.pay(answer.json())

    def pay(self, checkout: dict[str, Any]) -> None:
        answer = requests.post(checkout["checkout_url"], data=GOOD_CARD, allow_redirects=False, timeout=60)
        if answer.status_code == 303:
            self.paid.add(checkout["session_id"])

    def read(self, session: int) -> dict[str, Any]:
        return dict(self.insist("read", "GET", f"/api/sessions/{session}").json())

    def insist(self, verb: str, method: str, path: str, **what: Any) -> requests.Response:
        """The same request until it has an answer; what came before is in `seen`."""
        headers = {"Authorization": f"Bearer {self.token}"} | what.pop("headers", {})
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            try:
                answer = requests.request(
                    method, self.program.url + path, headers=headers, timeout=TIMEOUT_SECONDS, **what
                )
            except requests.ConnectionError:
                self.seen[verb, CUT] += 1
            else:
                self.seen[verb, answer.status_code] += 1
                if answer.status_code < 500 and "request-in-progress" not in answer.text:
                    return answer
            time.sleep(self.chance.uniform(0.2, 1))
        raise TimeoutError(f"{method} {path}: {self.seen}")
