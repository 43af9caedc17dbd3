"""Attack 7: time of a mentor's that is held and never paid."""

from itertools import cycle
from typing import Any

import requests

from tests.siege.attack import attack
from tests.siege.site import Site

LENGTHS = cycle((30, 60, 90, 120))


@attack(
    7, "minutes that one student holds of a mentor's", unit="min", before="without end", limit=120, quick=True
)
def one_student(site: Site) -> float:
    """New times, and the same time with another title."""
    crowd = site.crowd
    held: dict[str, int] = {}
    for number, slot in enumerate(slots(site, crowd.mentors[0])[:12]):
        minutes = next(LENGTHS)
        for title in (f"One {number}", f"Two {number}"):
            if hold(site, crowd.tokens[0], crowd.mentors[0], slot, minutes, title):
                held[slot] = minutes
    return sum(held.values())


@attack(
    7, "minutes of a mentor's that eight accounts of one address hold", unit="min", before="2400", limit=960
)
def eight_students(site: Site) -> float:
    crowd = site.crowd
    starts = slots(site, crowd.mentors[1], minutes=120)
    tokens = cycle(crowd.tokens[1:9])
    taken = [hold(site, next(tokens), crowd.mentors[1], start, 120, "Mine") for start in starts[:20]]
    return 120 * sum(taken)


def slots(site: Site, mentor: int, *, minutes: int = 120) -> list[str]:
    answer = requests.get(
        f"{site.program.url}/api/mentors/{mentor}/slots", params={"duration_minutes": minutes}, timeout=30
    )
    starts = [slot["starts_at"] for slot in answer.json()["slots"]]
    return starts[:: max(1, 180 // 15)]


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
