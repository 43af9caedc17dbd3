"""Password hashes: how much memory they take, how many at once, and what becomes of older ones."""

import threading
from typing import Any

import argon2
import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password
from pytest_django.fixtures import Settings

from mentormap.accounts import hashers
from mentormap.accounts.hashers import BoundedArgon2PasswordHasher
from mentormap.settings import base as product
from tests.racing import all_at_once


@pytest.fixture(autouse=True)
def product_hashers(settings: Settings) -> None:
    """The tests' own settings have a faster one."""
    settings.PASSWORD_HASHERS = product.PASSWORD_HASHERS


def test_a_hash_takes_nineteen_mebibytes() -> None:
    assert make_password("pass-word-1").startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


def test_an_older_hash_is_right_and_replaced_at_login() -> None:
    kept: list[str] = []
    old = Argon2PasswordHasher().encode("pass-word-1", "saltsaltsaltsaltsalt22")
    assert "m=102400" in old
    assert not check_password("pass-word-2", old, kept.append)
    assert (check_password("pass-word-1", old, kept.append), kept) == (True, ["pass-word-1"])
    assert check_password("pass-word-1", make_password("pass-word-1"), kept.append)
    assert kept == ["pass-word-1"]


class Together:
    """Counts calls that are under way at once, and holds each until as many as may come have come."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self._lock = threading.Lock()
        self._full = threading.Event()

    def __call__(self, *_: Any, **__: Any) -> Any:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self._full.wait(0.05)
        with self._lock:
            self.now -= 1
        return b"$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA"


def test_two_hashes_are_computed_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    together = Together()
    monkeypatch.setattr(argon2.low_level, "hash_secret", together)
    all_at_once([lambda: make_password("pass-word-1")] * 9)
    assert together.most == hashers.AT_A_TIME == 2


@pytest.mark.parametrize(("hasher", "most"), [(BoundedArgon2PasswordHasher, 2), (Argon2PasswordHasher, 1)])
def test_two_hashes_are_verified_at_a_time_and_one_large_one(
    monkeypatch: pytest.MonkeyPatch, hasher: type[Argon2PasswordHasher], most: int
) -> None:
    encoded = hasher().encode("pass-word-1", "saltsaltsaltsaltsalt22")
    together = Together()
    monkeypatch.setattr(argon2.PasswordHasher, "verify", together)
    all_at_once([lambda: check_password("pass-word-2", encoded)] * 9)
    assert together.most == most
