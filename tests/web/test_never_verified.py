"""An account whose address was never verified: no answer tells that it exists, and its owner always has a way in."""

import re
from collections.abc import Callable
from io import StringIO
from typing import Any
from unittest.mock import patch

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client

from mentormap.accounts.models import LimitCount, User
from tests import make
from tests.web.reading import browser, mailed, proved
from tests.web.test_account_answers import ask_for_reset, hashes_of, seen, sign_up
from tests.web.test_login_limits import IN, TOO_MANY, WRONG_PASSWORD, attack, log_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_edge")]
NEW = "new@example.com"
NEW_PASSWORD = "three-random-words"
TOKENS = re.compile(r'(csrfmiddlewaretoken" value="|X-CSRFToken&#34;: &#34;)\w+')


def at_page(email: str) -> tuple[object, ...]:
    client = Client()
    client.get("/login")
    answer = client.post("/login", {"login": email, "password": make.PASSWORD})
    page = TOKENS.sub(r"\1", answer.content.decode().replace(email, "ADDRESS"))
    names = sorted(answer.headers.keys() - {"Content-Length"})
    return answer.status_code, names, sorted(client.cookies), page, client.get("/settings").status_code


def at_api(email: str) -> tuple[object, ...]:
    facts = {"email": email, "password": make.PASSWORD}
    answer = Client().post("/api/auth/login", facts, content_type="application/json")
    return answer.status_code, answer.content, sorted(answer.headers)


LOGINS = pytest.mark.parametrize("log_in_with", [at_page, at_api])
LogIn = Callable[[str], tuple[object, ...]]


@pytest.fixture
def taken(db: None) -> User:
    """Has another password than the one that signs up."""
    person = make.sam()
    person.set_password(NEW_PASSWORD)
    person.save()
    return person


def counted(log_in_with: LogIn, email: str) -> list[int]:
    LimitCount.objects.all().delete()
    cache.clear()
    log_in_with(email)
    return sorted(LimitCount.objects.values_list("count", flat=True))


@LOGINS
def test_a_login_after_a_sign_up_does_not_tell_whether_the_address_was_taken(
    taken: User, log_in_with: LogIn
) -> None:
    for email in (NEW, taken.email):
        sign_up(Client(), email)
    assert log_in_with(NEW) == log_in_with(taken.email) == log_in_with("nobody@example.com")


@LOGINS
def test_it_hashes_and_counts_as_much_either_way(
    taken: User, log_in_with: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_up(Client(), NEW)
    assert hashes_of(monkeypatch, lambda: log_in_with(NEW)) == 2
    assert hashes_of(monkeypatch, lambda: log_in_with(taken.email)) == 2
    assert counted(log_in_with, NEW) == counted(log_in_with, taken.email) == [0, 0, 1, 1, 1]


def test_the_limits_answer_the_same_either_way(taken: User) -> None:
    never = make.olga(verified=False)
    for person in (taken, never):
        cache.clear()
        assert [log_in(Client(), person) for _ in range(6)] == [WRONG_PASSWORD] * 5 + [TOO_MANY]
    assert attack(never, networks=11)[-5:] == attack(taken, networks=11)[-5:]


@LOGINS
def test_an_address_that_waits_to_replace_another_logs_in_no_more_than_a_taken_one(
    sam: User, log_in_with: LogIn
) -> None:
    EmailAddress.objects.create(user=sam, email=NEW)
    theirs = make.olga(email="theirs@example.com")
    User.objects.filter(pk=theirs.pk).update(password="!")
    EmailAddress.objects.create(user=sam, email=theirs.email)
    assert log_in_with(NEW) == log_in_with(theirs.email)


def test_failures_with_a_waiting_address_do_not_count_for_the_account(sam: User) -> None:
    EmailAddress.objects.create(user=sam, email=NEW)
    for _ in range(6):
        at_page(NEW)
    cache.clear()
    assert log_in(Client(), sam, ip="127.0.0.1") == IN


def reset(email: str) -> Any:
    """Opens the newest mail's link, and writes a new password."""
    cache.clear()
    ask_for_reset(Client(), email)
    (link,) = re.findall(r"/password/reset/\S+", str(mailed()[-1].body))
    client = Client()
    return client.post(client.get(link)["Location"], {"password1": NEW_PASSWORD})


def test_a_reset_verifies_the_address_and_lets_its_owner_in() -> None:
    olga = make.olga(verified=False)
    reset(olga.email)
    assert log_in(Client(), olga, NEW_PASSWORD) == IN


def test_a_reset_lets_in_an_account_without_any_stored_address() -> None:
    old = User.objects.create_user("old@example.com", make.PASSWORD, name="Old")
    reset(old.email)
    assert log_in(Client(), old, NEW_PASSWORD) == IN


def test_an_address_that_a_squatter_added_dies_with_the_owners_reset() -> None:
    olga = make.olga(verified=False)
    squatters = EmailAddress.objects.create(user=olga, email="squatter@example.com")
    key = EmailConfirmationHMAC(squatters).key
    reset(olga.email)
    Client().post(f"/email/verify/{key}")
    olga.refresh_from_db()
    assert olga.email == "olga@example.com"
    assert list(EmailAddress.objects.values_list("email", "verified")) == [(olga.email, True)]


@pytest.mark.parametrize("verified", [True, False])
def test_no_reset_goes_to_an_address_that_only_waits(*, verified: bool) -> None:
    EmailAddress.objects.create(user=make.olga(verified=verified), email=NEW)
    assert seen(ask_for_reset, NEW) == seen(ask_for_reset, "nobody@example.com")
    assert mailed() == []


def test_a_reset_of_a_verified_account_leaves_its_address_as_it_is(sam: User) -> None:
    before = EmailAddress.objects.get()
    reset(sam.email)
    assert EmailAddress.objects.get() == before


def test_a_login_from_before_this_rule_goes_on_and_can_prove_its_password() -> None:
    client = browser(make.olga(verified=False))
    answer = client.post("/reauthenticate", {"password": make.PASSWORD, "next": "/email"})
    assert answer["Location"] == "/email"


def test_createsuperuser_makes_an_operator_who_can_log_in() -> None:
    with patch.dict("os.environ", {"DJANGO_SUPERUSER_PASSWORD": make.PASSWORD}):
        call_command(
            "createsuperuser", email="ada@example.com", name="Ada", interactive=False, stdout=StringIO()
        )
    assert log_in(Client(), User.objects.get()) == IN
    assert at_api("ada@example.com")[0] == 200


def page_after_change(email: str) -> str:
    client = proved(
        make.person(f"Person {User.objects.count()}", email=f"{User.objects.count()}@example.com")
    )
    answer = client.post("/email", {"action_add": "", "email": email})
    client.post("/email", {"action_send": "", "email": email})
    pages = "".join(client.get(path).content.decode() for path in ("/email", "/settings"))
    own = str(User.objects.get(pk=client.session["_auth_user_id"]).email)
    pages = TOKENS.sub(r"\1", pages.replace(email, "ADDRESS").replace(own, "OWN"))
    return f"{answer.status_code} {answer['Location']} " + re.sub(r"Person \d+", "PERSON", pages)


def test_a_change_to_a_taken_address_answers_the_same_and_tells_its_owner(sam: User) -> None:
    assert page_after_change(sam.email) == page_after_change(NEW)
    theirs, others = (next(sent for sent in mailed() if sent.to == [to]) for to in (sam.email, NEW))
    assert "/email/verify/" not in theirs.body
    assert "/email/verify/" in others.body
    assert theirs.subject == "Your address already has an account"


def test_an_address_that_waits_elsewhere_keeps_its_owner_from_nothing(sam: User) -> None:
    EmailAddress.objects.create(user=sam, email=NEW)
    sign_up(Client(), NEW)
    (link,) = re.findall(r"/email/verify/\S+", str(mailed()[-1].body))
    Client().post(link)
    assert log_in(Client(), User.objects.get(email=NEW)) == IN


def test_the_owner_of_an_address_gets_it_from_an_account_that_never_verified_it(
    sam: User, sam_client: Client
) -> None:
    squatted = make.olga(verified=False)
    waiting = EmailAddress.objects.create(user=sam, email=squatted.email)
    assert sam_client.post(f"/email/verify/{EmailConfirmationHMAC(waiting).key}").status_code == 302
    sam.refresh_from_db()
    squatted.refresh_from_db()
    assert (sam.email, squatted.is_active) == ("olga@example.com", False)


def test_a_new_address_of_an_account_that_never_verified_one_waits_beside_the_old() -> None:
    for name in ("olga", "rita"):
        person = make.person(name, verified=False)
        client = proved(person)
        answer = client.post("/email", {"action_add": "", "email": f"new-{name}@example.com"})
        assert answer.status_code == 302
        person.refresh_from_db()
        assert person.email == f"{name}@example.com"
        assert f"new-{name}@example.com" in client.get("/email").content.decode()
