"""Attacks 3 and 9: a stolen login, and an account made with somebody else's address."""

from typing import Any

from tests.siege.attack import attack
from tests.siege.outbound import GOOD, push
from tests.siege.site import Browser, Site

SOMEBODY = "somebody@example.org"


@attack(3, "ways that a stolen login opens without the password", unit="", before="3", limit=0, quick=True)
def stolen_login(site: Site) -> float:
    """Another address, a calendar feed, push: each asks for the password again, which a login alone does not give."""
    thief = site.browser()
    thief.log_in("student@example.com")
    opened = [
        "reauthenticate"
        not in moved_to(thief, "/email", at="/email", email="thief@example.org", action_add=""),
        "reauthenticate" not in moved_to(thief, "/settings/calendar", at="/settings"),
        push(thief, GOOD) == 204,
    ]
    return sum(opened)


@attack(
    9, "ways into an account with an address that was never proved", unit="", before="3", limit=0, quick=True
)
def unproved(site: Site) -> float:
    attacker = site.browser()
    password = "three random words"
    attacker.fill("/signup", name="Somebody", email=SOMEBODY, password1=password)
    attacker.log_in(SOMEBODY, password)
    attacker.prove(password)
    texts = len(site.mails_to("+4915123456789"))
    attacker.fill("/settings/calendar", at="/settings")
    attacker.fill("/settings/phone", number="+49 1512 3456789")
    opened = [
        "/feeds/" in attacker.open("/settings/calendar").text,
        push(attacker, GOOD) == 204,
        len(site.mails_to("+4915123456789")) > texts,
    ]
    return sum(opened)


def moved_to(browser: Browser, path: str, *, at: str, **fields: Any) -> str:
    """Where the answer leads; the page itself, where it leads nowhere."""
    answer = browser.fill(path, at=at, **fields)
    return answer.headers.get("Location", path)
