"""Attacks 5 and 11: guessed passwords, and mail that strangers have the site send."""

import time
from itertools import cycle
from urllib.parse import urlsplit

from tests.siege.attack import attack
from tests.siege.site import Browser, Site, words

GUESSED = "olga@example.com"
LURED = "lured@example.org"
UNKNOWN = "unknown@example.org"


@attack(5, "passwords tried of 30 under as many names of the host", unit="", before="30", limit=5, quick=True)
def names_of_the_host(site: Site) -> float:
    """From six addresses of one network."""
    guessers = cycle(site.neighbours(6))
    return sum(guess(next(guessers), Host=f"localhost:{4000 + number}") for number in range(30))


@attack(5, "times of 6 that strangers lock an owner out", unit="", before="6", limit=0)
def locked_out(site: Site) -> float:
    """The owner's browser is known; the strangers are in as many networks."""
    owner = site.browser()
    owner.log_in(GUESSED)
    locked = 0
    for _ in range(6):
        owner.fill("/logout", at="/settings")
        stranger = site.browser()
        for _ in range(6):
            guess(stranger)
        locked += owner.log_in(GUESSED).status_code != 302
    return locked


@attack(11, "mails to one person by 40 resets in two minutes", unit="", before="7200 a day", limit=6)
def resets(site: Site) -> float:
    """Half of them after a minute, for which the old limits counted."""
    before = len(site.mails_to("mentor@example.com"))
    for pause in (61, 0):
        for stranger in [*site.neighbours(4), site.browser()]:
            for _ in range(4):
                stranger.fill("/password/reset", email="mentor@example.com")
        time.sleep(pause)
    site.settle()
    return len(site.mails_to("mentor@example.com")) - before


@attack(11, "mails with a stranger's words or to unknown addresses", unit="", before="2", limit=0, quick=True)
def lures(site: Site) -> float:
    stranger = site.browser()
    stranger.fill("/password/reset", email=UNKNOWN)
    stranger.fill(
        "/signup", name="You won: https://evil.example", email=LURED, password1="three random words"
    )
    site.wait_for_mail(LURED)
    site.settle()
    lured = [mail for mail in site.mails_to(LURED) if "evil.example" in mail.as_string()]
    return len(lured) + len(site.mails_to(UNKNOWN))


@attack(11, "answers that tell whether an account exists", unit="", before="2", limit=0, quick=True)
def told_apart(site: Site) -> float:
    """Sign-up, a login with its password, and reset, with an address that has an account and with one that has none."""
    answers = [
        (
            signed_up(site.browser(), email),
            logged_in(site.browser(), email),
            reset(site.browser(), email),
        )
        for email in ("admin@example.com", "admim@example.com")
    ]
    known, unknown = answers
    return sum(one != other for one, other in zip(known, unknown, strict=True))


def signed_up(browser: Browser, email: str) -> tuple[int, str, str]:
    answer = browser.fill("/signup", name="Sam", email=email, password1="three random words")
    return seen(browser, answer.status_code, answer.headers.get("Location", ""), email)


def logged_in(browser: Browser, email: str) -> tuple[int, str]:
    """At the page, with the password that `signed_up` wrote. Only the error counts, as the demo's page names its people."""
    answer = browser.log_in(email, "three random words")
    _, _, said = answer.text.partition('role="alert"')
    return answer.status_code, said.partition("</div>")[0]


def reset(browser: Browser, email: str) -> tuple[int, str, str]:
    answer = browser.fill("/password/reset", email=email)
    return seen(browser, answer.status_code, answer.headers.get("Location", ""), email)


def seen(browser: Browser, status: int, location: str, email: str) -> tuple[int, str, str]:
    """What a person sees of an answer: its status, where it leads, and the page there."""
    path = urlsplit(location).path or "/"
    return status, path, words(browser.open(path)).replace(email, "ADDRESS")


def guess(browser: Browser, **headers: str) -> bool:
    """Whether a wrong password was looked at."""
    answer = browser.post(
        f"{browser.site.url}/api/auth/login",
        json={"email": GUESSED, "password": "not-this-one"},
        headers=headers,
        timeout=30,
    )
    return bool(answer.json().get("code") == "wrong-credentials")
