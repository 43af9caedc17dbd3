"""Pages that anyone can send an address to: the same answer whether it has an account, and no flood of mails."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import get_hasher
from django.core.cache import cache
from django.test import Client

from mentormap.accounts.models import User
from mentormap.notifications.models import AccountMail
from tests import make
from tests.conftest import StandingClock
from tests.web.reading import mailed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_edge", "jinja_only")]
PRIZE = "You won a prize: https://evil.example/win"


def sign_up(client: Client, email: str, name: str = "Sam") -> Any:
    return client.post("/signup", {"name": name, "email": email, "password1": make.PASSWORD})


def ask_for_reset(client: Client, email: str) -> Any:
    return client.post("/password/reset", {"email": email})


def seen(send: Callable[[Client, str], Any], email: str) -> tuple[object, ...]:
    """All that a browser learns: status, headers, cookies' names, and the page that follows but for its tokens."""
    client = Client()
    client.get("/signup")
    answer = send(client, email)
    page = client.get(answer["Location"]).content.decode().replace(email, "ADDRESS")
    page = re.sub(r'(csrfmiddlewaretoken" value="|X-CSRFToken&#34;: &#34;)\w+', r"\1", page)
    headers = {
        name: value for name, value in answer.headers.items() if name not in {"Content-Length", "Expires"}
    }
    return answer.status_code, headers, sorted(client.cookies), page, client.get("/settings").status_code


def test_sign_up_answers_the_same_for_an_address_that_has_an_account(sam: User) -> None:
    assert seen(sign_up, sam.email) == seen(sign_up, "new@example.com")
    assert seen(sign_up, sam.email) == seen(sign_up, "new@example.com")
    assert set(User.objects.values_list("email", flat=True)) == {sam.email, "new@example.com"}


def test_the_owner_of_an_account_is_told_of_a_sign_up_with_its_address(visitor: Client, sam: User) -> None:
    sign_up(visitor, "SAM@example.com", name=PRIZE)
    (message,) = mailed()
    assert (message.to, message.subject) == ([sam.email], "You have an account already")
    assert "prize" not in str(message.message())
    sam.refresh_from_db()
    assert sam.check_password(make.PASSWORD)
    assert sam.name == "Sam"


def test_one_password_is_hashed_at_sign_up_either_way(sam: User, monkeypatch: pytest.MonkeyPatch) -> None:
    assert hashes_of(monkeypatch, lambda: sign_up(Client(), sam.email)) == 1
    assert hashes_of(monkeypatch, lambda: sign_up(Client(), "new@example.com")) == 1


def test_as_many_passwords_are_hashed_at_login_either_way(sam: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def log_in(email: str) -> Any:
        return Client().post("/login", {"login": email, "password": "a-wrong-password"})

    known = hashes_of(monkeypatch, lambda: log_in(sam.email))
    assert known == hashes_of(monkeypatch, lambda: log_in("nobody@example.com")) > 0


def hashes_of(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]) -> int:
    """How often the slow part of hashing runs."""
    hasher = type(get_hasher())
    plain, hashed = hasher.encode, []

    def encode(self: Any, password: str, salt: str, **settings: int) -> str:
        hashed.append(salt)
        return str(plain(self, password, salt, **settings))

    with monkeypatch.context() as patch:
        patch.setattr(hasher, "encode", encode)
        act()
    return len(hashed)


def test_a_reset_answers_the_same_for_an_unknown_address_and_mails_nothing_to_it(sam: User) -> None:
    assert seen(ask_for_reset, sam.email) == seen(ask_for_reset, "nobody@example.com")
    assert [message.to for message in mailed()] == [[sam.email]]


def test_nobody_gets_a_typed_name_at_an_address_that_is_not_proved(
    visitor: Client, sam_client: Client, sam: User
) -> None:
    User.objects.filter(pk=sam.pk).update(name=PRIZE)
    sam_client.post("/reauthenticate", {"password": make.PASSWORD, "next": "/email"})
    sam_client.post("/email", {"action_add": "", "email": "other@example.com"})
    assert EmailAddress.objects.filter(email="other@example.com").exists()
    sign_up(visitor, "victim@example.com", name=PRIZE)
    visitor.force_login(
        User.objects.get(email="victim@example.com")
    )  # as before logins needed a verified address
    cache.clear()
    visitor.post("/email", {"action_send": "", "email": "victim@example.com"})
    ask_for_reset(Client(), "victim@example.com")
    visitor.post("/password/change", {"oldpassword": make.PASSWORD, "password1": "three-random-words"})
    messages = mailed()
    assert len(messages) >= 4
    for message in messages:
        assert "prize" not in str(message.message())
        html = "".join(str(each[0]) for each in getattr(message, "alternatives", []))
        assert "prize" not in f"{message.subject}{message.body}{html}".lower()


def test_the_page_behind_the_link_shows_no_typed_name(visitor: Client) -> None:
    sign_up(visitor, "victim@example.com", name=PRIZE)
    (link,) = re.findall(r"/email/verify/\S+", str(mailed()[0].body))
    assert "prize" not in Client().get(link).content.decode()


def test_a_flood_of_resets_ends_after_a_few_mails(sam: User, clock: StandingClock) -> None:
    for number in range(5):
        make.person(f"Sam{number}", email=f"sam+{number}@example.com", verified=False)
    for _ in range(24):
        for number in range(10):
            cache.clear()
            ask_for_reset(Client(), f"sam+{number}@example.com" if number < 5 else sam.email)
        clock.advance(hours=1)
    assert AccountMail.objects.count() == 12
    assert AccountMail.objects.filter(to=sam.email).count() >= 6


def test_a_flood_of_sign_ups_ends_after_a_few_mails(db: None) -> None:
    for number in range(20):
        cache.clear()
        sign_up(Client(), f"victim+{number}@example.com")
    assert AccountMail.objects.count() == 3
    assert EmailAddress.objects.count() == 20
