"""Attack 7: time of a mentor's that is held and never paid."""

from datetime import datetime, timedelta
from itertools import cycle
from typing import Any

import requests

from tests.servers.load import day_ahead
from tests.siege.attack import attack
from tests.siege.site import Site

LENGTHS = cycle((30, 60, 90, 120))


@attack(
    7,
    "unpaid holds that one student gets of a mentor's time",
    unit="",
    before="without end",
    limit=3,
    quick=True,
)
def one_student(site: Site) -> float:
    """New times, and each time once more with another title."""
    users, held = site.users, 0
    for number, start in enumerate(slots(site, users.mentors[0])[:8]):
        minutes = next(LENGTHS)
        for title in (f"One {number}", f"Two {number}"):
            held += hold(site, users.tokens[0], users.mentors[0], start, minutes, title)
    return held


@attack(7, "holds of 20 that eight accounts of one address get with a mentor", unit="", before="20", limit=12)
def eight_students(site: Site) -> float:
    users = site.users
    tokens = cycle(users.tokens[1:9])
    starts = slots(site, users.mentors[1])[:20]
    return sum(hold(site, next(tokens), users.mentors[1], start, 120, "Mine") for start in starts)


def slots(site: Site, mentor: int) -> list[str]:
    """Starts of two hours in the next four weeks that leave room for one another and the mentor's pauses."""
    first, last = (str(day_ahead(days).date()) for days in (2, 30))
    wanted: dict[str, Any] = {"from": first, "to": last, "duration_minutes": 120}
    answer = requests.get(f"{site.program.url}/api/mentors/{mentor}/slots", params=wanted, timeout=30)
    chosen: list[str] = []
    for slot in answer.json()["slots"]:
        start = slot["starts_at"]
        if not chosen or apart(chosen[-1], start) >= timedelta(minutes=150):
            chosen.append(start)
    assert len(chosen) >= 20, chosen
    return chosen


def apart(one: str, other: str) -> timedelta:
    return datetime.fromisoformat(other) - datetime.fromisoformat(one)


def hold(site: Site, token: str, mentor: int, start: str, minutes: int, title: str) -> bool:
    booking: dict[str, Any] = {
        "mentor_id": mentor,
        "title": title,
        "scheduled_at": start,
        "duration_minutes": minutes,
    }
    answer = requests.post(
        f"{site.url}/api/payments/create-checkout-session",
        json=booking,
        headers={"Authorization": f"Bearer {token}"},
        verify=site.certificate or True,
        timeout=60,
    )
    assert answer.status_code in {201, 409, 429}, answer.text
    return answer.status_code == 201
