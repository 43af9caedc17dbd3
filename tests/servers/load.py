"""People who book, pay, move and cancel at random, all at once, and want the same few hours."""

import random
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any, Final

import requests

from tests.servers.program import Program

FIRST_HOUR, LAST_HOUR = 9, 13
STEP: Final = 30
DAYS_AHEAD: Final = (3, 4, 5, 6)
ENOUGH: Final = 3
GOOD_CARD: Final = {
    "email": "users@example.com",
    "card_number": "4242424242424242",
    "expiry": "12 / 34",
    "cvc": "123",
    "name": "Somebody",
}

Outcomes = Counter[tuple[str, int, str]]
"""How often each verb was answered with which status and which refusal."""


@dataclass
class Person:
    """One of somebody's devices. `mentors` are the numbers of those whose time is wanted; `chance` decides what is done next."""

    program: Program
    token: str
    address: str
    mentors: Sequence[int]
    chance: random.Random
    is_mentor: bool = False
    outcomes: Outcomes = field(default_factory=Counter)
    http: requests.Session = field(default_factory=requests.Session)

    def live_until(self, deadline: float) -> Outcomes:
        """Does one thing after the other; `deadline` is monotonic."""
        while time.monotonic() < deadline:
            self.live()
        self.http.close()
        return self.outcomes

    def live(self) -> None:
        """Who has booked enough moves what is paid, and sometimes cancels."""
        sessions = self.send("look", "GET", "/sessions/", params={"status": "scheduled"}).json()
        paid = [session for session in sessions if session["payment_status"] == "paid"]
        if not self.is_mentor and len(sessions) < ENOUGH:
            self.book()
        if sessions and self.chance.random() < 0.2:
            self.cancel(self.chance.choice(sessions))
        elif paid:
            self.move(self.chance.choice(paid))

    def book(self) -> None:
        """Pays nearly every hold, because after three unpaid ones a day with a mentor no more are allowed."""
        mentor, minutes = self.chance.choice(self.mentors), self.chance.choice([30, 60, 90])
        wish = {
            "mentor_id": mentor,
            "title": "Under load",
            "description": "",
            "scheduled_at": self.start(mentor, minutes),
            "duration_minutes": minutes,
        }
        held = self.send("book", "POST", "/payments/create-checkout-session", json=wish)
        if held.status_code == 201 and self.chance.random() < 0.9:
            url = held.json()["checkout_url"]
            paid = self.http.post(url, data=GOOD_CARD, allow_redirects=False, timeout=60)
            self.outcomes["pay", paid.status_code, ""] += 1

    def move(self, session: dict[str, Any]) -> None:
        wish = {"scheduled_at": self.start(session["mentor"]["id"], session["duration_minutes"])}
        self.send("move", "PUT", f"/sessions/{session['id']}/reschedule", json=wish)

    def cancel(self, session: dict[str, Any]) -> None:
        self.send("cancel", "PUT", f"/sessions/{session['id']}/cancel")

    def start(self, mentor: int, minutes: int) -> str:
        """Any within the mentor's hours; mostly one that is offered, if one is."""
        offered = self.offered(mentor, minutes) if self.chance.random() < 0.8 else []
        steps = ((LAST_HOUR - FIRST_HOUR) * 60 - minutes) // STEP
        later = FIRST_HOUR * 60 + STEP * self.chance.randint(0, steps)
        blind = day_ahead(self.chance.choice(DAYS_AHEAD)) + timedelta(minutes=later)
        return self.chance.choice(offered or [blind.isoformat()])

    def offered(self, mentor: int, minutes: int) -> list[str]:
        first, last = (str(day_ahead(days).date()) for days in (DAYS_AHEAD[0], DAYS_AHEAD[-1]))
        wanted = {"from": first, "to": last, "duration_minutes": minutes}
        found = self.send("look", "GET", f"/mentors/{mentor}/slots", params=wanted).json()
        return [slot["starts_at"] for slot in found["slots"]]

    def send(self, verb: str, method: str, path: str, **what: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}", "X-Forwarded-For": self.address}
        answer = self.http.request(
            method, f"{self.program.url}/api{path}", headers=headers, timeout=60, **what
        )
        refusal = "" if answer.ok else answer.json().get("code", "")
        self.outcomes[verb, answer.status_code, refusal] += 1
        return answer


def day_ahead(days: int) -> datetime:
    """Midnight (UTC) so many days from now."""
    return (datetime.now(UTC) + timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)


def run_load(people: Sequence[Person], *, seconds: float) -> Outcomes:
    """All of them at once; what the server answered to all of them together."""
    gate = Barrier(len(people))

    def live(person: Person) -> Outcomes:
        gate.wait()
        return person.live_until(time.monotonic() + seconds)

    with ThreadPoolExecutor(len(people)) as pool:
        return sum(pool.map(live, people), Outcomes())
