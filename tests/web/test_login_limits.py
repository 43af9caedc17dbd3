"""A password under attack: the attacker is slowed down, and the owner gets in."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.test import Client, override_settings

from mentormap.accounts.login_limits import FAILURES, Attempt
from mentormap.accounts.models import User
from mentormap.lib import clock as edge
from mentormap.notifications.models import AccountMail
from mentormap.web.http.known_browsers import COOKIE, MOST_ACCOUNTS
from tests import make
from tests.conftest import StandingClock
from tests.second_factor import code_now
from tests.web.reading import browser, mailed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_edge", "jinja_only")]
WRONG = "a-wrong-password"
NEW = "three-random-words"
SECRET = "JBSWY3DPEHPK3PXP"
IN, WRONG_PASSWORD, TOO_MANY, CODE_NEEDED = "in", "wrong", "too many", "code needed"
UNDER_WAY = "others under way"


def log_in(
    client: Client,
    user: User,
    password: str = make.PASSWORD,
    *,
    ip: str = "192.0.2.1",
    host: str = "testserver",
    **more: str,
) -> str:
    data = {"login": user.email, "password": password, **more}
    answer = client.post("/login", data, REMOTE_ADDR=ip, headers={"host": host})
    if answer.status_code == 302:
        return IN
    text = answer.content.decode()
    found = {
        WRONG_PASSWORD: "Email and password do not match",
        TOO_MANY: "Too many failed logins",
        UNDER_WAY: "Other logins are being checked",
        CODE_NEEDED: "logging in also needs a code",
    }
    return next(name for name, sentence in found.items() if sentence in text)


def attack(user: User, *, networks: int, start: int = 0) -> list[str]:
    """Five wrong passwords from each of so many networks."""
    return [
        log_in(Client(), user, WRONG, ip=f"203.{number}.113.{one}")
        for number in range(start, start + networks)
        for one in range(5)
    ]


def fail_fifty_times(user: User) -> None:
    """Leaves the count of failures as an attack from ten networks does, without its requests."""
    for _ in range(FAILURES.most):
        assert FAILURES.take(str(user.pk), now=edge.now())


def code_in_mail() -> str:
    return str(re.findall(r"[2-9A-Z]{4}-[2-9A-Z]{4}", str(mailed()[-1].body))[0])


@pytest.fixture
def all_at_once(monkeypatch: pytest.MonkeyPatch) -> Callable[[Sequence[Callable[[], str]]], list[str]]:
    """Begins each login while the password of the one before is still being checked."""
    check = DefaultAccountAdapter.authenticate

    def run(logins: Sequence[Callable[[], str]]) -> list[str]:
        waiting, answers = list(logins), list[str]()

        def slowly(*facts: Any, **credentials: Any) -> Any:
            while waiting:
                answers.append(waiting.pop(0)())
            return check(*facts, **credentials)

        with monkeypatch.context() as patch:
            patch.setattr(DefaultAccountAdapter, "authenticate", slowly)
            answers.append(waiting.pop(0)())
        return answers

    return run


def under_way(user: User, *, now: datetime) -> Attempt:
    """A login from an unknown browser at 192.0.2.1 whose password is being checked."""
    attempt = Attempt(str(user.pk), "network 192.0.2.0/24", "192.0.2.1", is_known=False, began=now)
    attempt.begin()
    return attempt


AllAtOnce = Callable[[Sequence[Callable[[], str]]], list[str]]


def test_of_many_right_logins_at_once_those_beyond_the_limit_wait_for_a_moment(
    sam: User, all_at_once: AllAtOnce
) -> None:
    found = all_at_once([partial(log_in, Client(), sam) for _ in range(12)])
    assert Counter(found) == {IN: 5, UNDER_WAY: 7}
    assert [log_in(Client(), sam) for _ in range(7)] == [IN] * 7


def test_one_more_behind_an_address_where_many_are_logging_in_waits_for_a_moment(
    sam: User, clock: StandingClock
) -> None:
    others = [under_way(make.person(f"Person{number}"), now=clock.now) for number in range(10)]
    assert log_in(Client(), sam) == UNDER_WAY
    for other in others:
        other.succeed(needed_code=False, now=clock.now)
        other.end(now=clock.now)
    assert log_in(Client(), sam) == IN


def test_an_address_has_ten_failures_a_minute_with_all_accounts(sam: User, clock: StandingClock) -> None:
    others = [make.person(f"Person{number}") for number in range(10)]
    assert [log_in(Client(), other, WRONG) for other in others] == [WRONG_PASSWORD] * 10
    assert (log_in(Client(), sam), log_in(Client(), sam, ip="192.0.2.2")) == (TOO_MANY, IN)
    clock.advance(minutes=1)
    assert log_in(Client(), sam) == IN


def test_of_many_wrong_logins_at_once_no_more_than_the_limit_are_checked(
    sam: User, all_at_once: AllAtOnce
) -> None:
    found = all_at_once([partial(log_in, Client(), sam, WRONG) for _ in range(12)])
    assert Counter(found) == {WRONG_PASSWORD: 5, UNDER_WAY: 7}
    assert [log_in(Client(), sam) for _ in range(3)] == [TOO_MANY] * 3


def test_a_try_that_never_ended_is_a_failure_two_minutes_later(sam: User, clock: StandingClock) -> None:
    [log_in(Client(), sam, WRONG) for _ in range(4)]
    under_way(sam, now=clock.now)
    assert log_in(Client(), sam) == UNDER_WAY
    clock.advance(minutes=2)
    assert log_in(Client(), sam) == TOO_MANY


@override_settings(ALLOWED_HOSTS=["*"])
def test_the_host_that_a_request_names_gives_no_new_tries(sam: User) -> None:
    found = [log_in(Client(), sam, WRONG, host=f"localhost:{4000 + number}") for number in range(30)]
    assert found == [WRONG_PASSWORD] * 5 + [TOO_MANY] * 25


def test_one_network_has_five_tries_together(sam: User, clock: StandingClock) -> None:
    found = [log_in(Client(), sam, WRONG, ip=f"192.0.2.{number}") for number in range(8)]
    assert found == [WRONG_PASSWORD] * 5 + [TOO_MANY] * 3
    assert [log_in(Client(), sam, WRONG, ip=f"2001:db8::{number}:1") for number in range(6)][-1] == TOO_MANY
    assert log_in(Client(), sam, ip="::ffff:192.0.2.200") == TOO_MANY
    clock.advance(minutes=15)
    assert log_in(Client(), sam, ip="192.0.2.1") == IN


def test_the_owner_logs_in_from_elsewhere_during_an_attack(sam: User) -> None:
    attack(sam, networks=9)
    assert log_in(Client(), sam, ip="198.51.100.7") == IN


def test_a_known_browser_has_tries_of_its_own_even_at_the_attackers_address(
    sam: User, sam_client: Client
) -> None:
    sam_client.post("/logout")
    for _ in range(2):
        attack(sam, networks=11)
    [log_in(Client(), make.person(f"Other{number}"), WRONG) for number in range(12)]
    assert [log_in(sam_client, sam, WRONG) for _ in range(4)] == [WRONG_PASSWORD] * 4
    assert log_in(sam_client, sam) == IN
    sam_client.post("/logout")
    assert [log_in(sam_client, sam, WRONG) for _ in range(2)] == [WRONG_PASSWORD, TOO_MANY]
    assert log_in(sam_client, sam) == TOO_MANY


def test_after_fifty_failures_the_owner_gets_in_with_a_mailed_code(sam: User) -> None:
    attack(sam, networks=10)
    browser = Client()
    assert log_in(browser, sam, ip="198.51.100.7") == CODE_NEEDED
    (message,) = mailed()
    assert (message.to, message.subject) == ([sam.email], "Your login code")
    assert log_in(browser, sam, ip="198.51.100.7", code="2222-2222") == CODE_NEEDED
    assert log_in(browser, sam, ip="198.51.100.7", code=code_in_mail()) == IN
    browser.post("/logout")
    assert log_in(browser, sam, ip="198.51.100.7") == IN  # known from now on


def test_a_wrong_password_looks_like_a_right_one_without_its_code_and_mails_nothing(sam: User) -> None:
    fail_fifty_times(sam)
    assert log_in(Client(), sam, WRONG, ip="198.51.100.7") == CODE_NEEDED
    assert log_in(Client(), sam, WRONG, ip="198.51.100.7", code="2222-2222") == CODE_NEEDED
    assert mailed() == []


def test_a_right_password_without_its_code_counts_as_a_try_as_a_wrong_one_does(sam: User) -> None:
    fail_fifty_times(sam)
    assert [log_in(Client(), sam) for _ in range(6)] == [CODE_NEEDED] * 5 + [TOO_MANY]
    assert AccountMail.objects.count() == 2


def test_an_address_without_an_account_gets_the_same_answers(db: None) -> None:
    nobody = User(email="nobody@example.com")
    assert attack(nobody, networks=10) == [WRONG_PASSWORD] * 50
    assert log_in(Client(), nobody, ip="198.51.100.7") == CODE_NEEDED


def test_the_day_ends(sam: User, clock: StandingClock) -> None:
    fail_fifty_times(sam)
    clock.advance(days=1)
    assert log_in(Client(), sam, ip="198.51.100.7") == IN


@pytest.mark.usefixtures("half_minute")
def test_with_two_step_login_the_apps_code_serves_and_is_asked_for_once(sam: User) -> None:
    TOTP.activate(sam, SECRET)
    fail_fifty_times(sam)
    browser = Client()
    assert log_in(browser, sam, ip="198.51.100.7") == CODE_NEEDED
    assert mailed() == []
    assert log_in(browser, sam, ip="198.51.100.7", code=code_now(SECRET)) == IN
    assert browser.get("/settings").status_code == 200


def test_the_cookie_is_signed_and_out_of_reach_of_scripts_and_other_sites(
    sam_client: Client, sam: User
) -> None:
    cookie = sam_client.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "Lax", "")
    assert sam.email not in cookie.value


@override_settings(SESSION_COOKIE_SECURE=True)
def test_in_production_the_cookie_is_secure(visitor: Client, sam: User) -> None:
    log_in(visitor, sam)
    assert visitor.cookies[COOKIE]["secure"]


def test_a_browser_without_a_login_gets_no_cookie(visitor: Client, sam: User) -> None:
    log_in(visitor, sam, WRONG)
    visitor.get("/mentors")
    assert COOKIE not in visitor.cookies


@pytest.mark.parametrize("value", ["", "nonsense", "{}:x:y", "of another salt", "ÿ:ÿ:ÿ"])
def test_a_forged_cookie_makes_no_browser_known(sam: User, value: str) -> None:
    fail_fifty_times(sam)
    forger = Client()
    another = signing.dumps({str(sam.pk): ["a", "b"]}, salt="another")
    forger.cookies[COOKIE] = another if value == "of another salt" else value
    assert log_in(forger, sam, ip="198.51.100.7") == CODE_NEEDED


def test_the_cookie_of_another_account_makes_no_browser_known(sam: User) -> None:
    stranger = Client()
    log_in(stranger, make.olga())
    stranger.post("/logout")
    fail_fifty_times(sam)
    assert log_in(stranger, sam, ip="198.51.100.7") == CODE_NEEDED


def test_one_browser_is_known_to_several_accounts(sam: User, sam_client: Client) -> None:
    olga = make.olga()
    sam_client.post("/logout")
    log_in(sam_client, olga)
    sam_client.post("/logout")
    for person in (sam, olga):
        fail_fifty_times(person)
        assert log_in(sam_client, person, ip="198.51.100.7") == IN
        sam_client.post("/logout")


def test_the_cookie_stays_small(visitor: Client) -> None:
    for number in range(MOST_ACCOUNTS + 3):
        log_in(visitor, make.person(f"P{number}"), ip=f"192.0.{number}.1")
        visitor.post("/logout")
    assert len(visitor.cookies[COOKIE].value) < 500


def test_a_new_password_makes_other_browsers_unknown_and_keeps_this_one(
    sam: User, sam_client: Client, visitor: Client
) -> None:
    log_in(visitor, sam)
    visitor.post("/logout")
    sam_client.post("/password/change", {"oldpassword": make.PASSWORD, "password1": "three-random-words"})
    fail_fifty_times(sam)
    sam_client.get("/mentors")
    sam_client.post("/logout")
    assert log_in(visitor, sam, "three-random-words", ip="198.51.100.7") == CODE_NEEDED
    assert log_in(sam_client, sam, "three-random-words", ip="198.51.100.7") == IN


def test_a_reset_by_mail_opens_the_login_to_its_network_again(visitor: Client, sam: User) -> None:
    [log_in(Client(), sam, WRONG) for _ in range(6)]
    visitor.post("/password/reset", {"email": sam.email})
    link = re.findall(rf"{settings.PUBLIC_URL}(\S+)", str(mailed()[-1].body))[0]
    form = visitor.get(link)["Location"]
    visitor.post(form, {"password1": "three-random-words"}, REMOTE_ADDR="192.0.2.1")
    assert log_in(visitor, sam, "three-random-words") == IN


ASKS_AGAIN, CHANGES = "/reauthenticate", "/password/change"
"""The pages on which a login that is under way gives its password."""


def give(client: Client, page: str, password: str) -> str:
    facts = {"password": password} if page == ASKS_AGAIN else {"oldpassword": password, "password1": NEW}
    answer = client.post(page, facts)
    if answer.status_code == 302:
        return IN
    return TOO_MANY if "Too many failed logins" in answer.content.decode() else WRONG_PASSWORD


@pytest.mark.parametrize("pages", [(ASKS_AGAIN, CHANGES), (CHANGES, ASKS_AGAIN), (CHANGES, CHANGES)])
def test_a_stolen_login_has_five_tries_on_all_pages_that_take_the_password(
    sam: User, clock: StandingClock, pages: tuple[str, str]
) -> None:
    thief = browser(sam)
    tried = [give(thief, page, WRONG) for page in (pages[0],) * 3 + (pages[1],) * 2]
    cache.clear()  # allauth's own limit, which is over in a minute
    assert (tried, give(thief, CHANGES, make.PASSWORD)) == ([WRONG_PASSWORD] * 5, TOO_MANY)
    assert give(thief, ASKS_AGAIN, make.PASSWORD) == TOO_MANY
    assert give(browser(sam), ASKS_AGAIN, make.PASSWORD) == IN
    cache.clear()
    clock.advance(minutes=15)
    assert give(thief, CHANGES, make.PASSWORD) == IN


def test_the_right_password_uses_up_no_tries(sam: User) -> None:
    owner, facts = browser(sam), {"oldpassword": make.PASSWORD, "password1": "short"}
    for _ in range(6):
        cache.clear()
        assert owner.post(CHANGES, facts).status_code == 200
    assert give(owner, CHANGES, make.PASSWORD) == IN


def test_a_login_of_an_address_that_was_never_verified_can_change_its_password(sam: User) -> None:
    EmailAddress.objects.all().delete()
    assert give(browser(sam), CHANGES, make.PASSWORD) == IN


def test_asking_for_the_password_again_needs_no_code(sam: User, sam_client: Client) -> None:
    fail_fifty_times(sam)
    del sam_client.cookies[COOKIE]
    answer = sam_client.post("/reauthenticate", {"password": make.PASSWORD, "next": "/settings"})
    assert answer["Location"] == "/settings"


def test_another_password_can_be_sent_without_a_code(sam: User) -> None:
    fail_fifty_times(sam)
    page = Client().post("/login", {"login": sam.email, "password": WRONG}, REMOTE_ADDR="198.51.100.7")
    field = re.findall(r'<input[^>]*name="code"[^>]*>', page.content.decode())[0]
    assert "required" not in field
    assert log_in(Client(), sam, ip="198.51.100.7", code=" ") == CODE_NEEDED
