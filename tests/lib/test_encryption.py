"""What is encrypted in the database, and what becomes of it when SECRET_KEY changes."""

import pytest
from pytest_django.fixtures import Settings

from mentormap.lib import encryption
from mentormap.lib.encryption import Unreadable

SECRET = "JBSWY3DPEHPK3PXP"


def test_it_is_read_with_the_same_key_and_never_stored_twice_alike() -> None:
    first, second = (encryption.encrypt(SECRET, purpose="a test") for _ in range(2))
    assert first != second
    assert SECRET not in first + second
    assert encryption.decrypt(first, purpose="a test") == SECRET


def test_another_purpose_has_another_key() -> None:
    with pytest.raises(Unreadable):
        encryption.decrypt(encryption.encrypt(SECRET, purpose="a test"), purpose="another")


def test_what_was_stored_in_the_clear_is_given_back() -> None:
    assert encryption.decrypt(SECRET, purpose="a test") == SECRET
    assert not encryption.is_current(SECRET, purpose="a test")


def test_an_earlier_key_reads_while_it_is_a_fallback(settings: Settings) -> None:
    stored, earlier = encryption.encrypt(SECRET, purpose="a test"), settings.SECRET_KEY
    settings.SECRET_KEY = "another" * 10
    with pytest.raises(Unreadable):
        encryption.decrypt(stored, purpose="a test")
    settings.SECRET_KEY_FALLBACKS = ["older" * 10, earlier]
    assert encryption.decrypt(stored, purpose="a test") == SECRET
    assert not encryption.is_current(stored, purpose="a test")


@pytest.mark.parametrize(
    "change", [lambda stored: stored[:-4] + "AAA=", lambda _: "fernet:", lambda _: "fernet:ü"]
)
def test_what_was_changed_is_unreadable(change: object) -> None:
    assert callable(change)
    with pytest.raises(Unreadable):
        encryption.decrypt(change(encryption.encrypt(SECRET, purpose="a test")), purpose="a test")
