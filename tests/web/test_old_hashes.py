"""A login replaces a password's hash of an earlier kind: the same password, so that nothing ends."""

from typing import Any

import pytest
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client
from django.utils.crypto import salted_hmac
from pytest_django.fixtures import Settings

from mentormap.accounts import login_codes
from mentormap.accounts.hashers import BoundedArgon2PasswordHasher
from mentormap.accounts.models import User
from mentormap.lib import clock
from mentormap.settings import base as product
from tests import make
from tests.migrating import latest_afterwards, migrated_to
from tests.web.reading import browser
from tests.web.test_ending_access import NEW_PASSWORD, change_password, reset_password
from tests.web.test_login_limits import IN, fail_fifty_times, log_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_edge")]
BEFORE, AFTER = ("accounts", "0009_mobile_phones"), ("accounts", "0010_logins_rest_on_seals")


@pytest.fixture
def old(sam: User, settings: Settings) -> User:
    """Sam with a hash that takes 100 MB."""
    settings.PASSWORD_HASHERS = product.PASSWORD_HASHERS
    sam.password = Argon2PasswordHasher().encode(make.PASSWORD, "saltsaltsaltsaltsalt22")
    assert "m=102400" in sam.password
    sam.save(update_fields=["password"])
    return sam


def token_of(user: User) -> str:
    data = {"email": user.email, "password": make.PASSWORD}
    answer = Client().post("/api/auth/login", data, content_type="application/json")
    return str(answer.json()["access_token"])


def opens(token: str) -> bool:
    headers = {"Authorization": f"Bearer {token}"}
    return Client().get("/api/sessions/", headers=headers).status_code == 200


def is_logged_in(client: Client) -> bool:
    return client.get("/settings").status_code == 200


def rehashed(user: User) -> bool:
    return "m=19456" in User.objects.get(pk=user.pk).password


def test_a_login_on_a_second_device_ends_neither_the_first_nor_its_token(
    old: User, settings: Settings
) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    first, token = browser(old), token_of(old)
    assert not rehashed(old)
    settings.PASSWORD_HASHERS = product.PASSWORD_HASHERS
    assert log_in(Client(), old) == IN
    assert rehashed(old)
    assert (is_logged_in(first), opens(token)) == (True, True)


def test_logins_at_the_same_moment_all_get_tokens_that_work(
    old: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each begins when the one before has read the old hash, and has not replaced it."""
    verify = BoundedArgon2PasswordHasher.verify
    tokens: list[str] = []

    def while_another_logs_in(self: Any, password: str, encoded: str) -> bool:
        if "m=102400" in encoded:
            monkeypatch.setattr(BoundedArgon2PasswordHasher, "verify", verify)
            tokens.append(token_of(old))
        return verify(self, password, encoded)

    monkeypatch.setattr(BoundedArgon2PasswordHasher, "verify", while_another_logs_in)
    tokens.append(token_of(old))
    assert rehashed(old)
    assert [opens(token) for token in tokens] == [True, True]


def test_the_new_hash_of_an_old_password_does_not_replace_a_new_password(old: User) -> None:
    late = User.objects.get(pk=old.pk)
    old.set_password(NEW_PASSWORD)
    old.save(update_fields=["password"])
    assert late.check_password(make.PASSWORD)
    assert User.objects.get(pk=old.pk).check_password(NEW_PASSWORD)


@pytest.mark.parametrize("change", [change_password, reset_password])
def test_a_new_password_ends_what_outlived_the_new_hash(old: User, change: Any) -> None:
    first, owner = browser(old), Client()
    log_in(owner, old)
    token = token_of(old)
    change(old, owner)
    assert not is_logged_in(first)
    assert not opens(token)


def test_a_browser_stays_known_until_a_new_password(old: User) -> None:
    known = browser(old)
    known.get("/settings")
    log_in(Client(), old, ip="198.51.100.9")
    assert rehashed(old)
    known.cookies.pop("sessionid")
    fail_fifty_times(old)
    assert log_in(known, old) == IN
    owner = Client()
    owner.cookies["sessionid"] = known.cookies["sessionid"].value
    change_password(old, owner)
    known.cookies.pop("sessionid")
    assert log_in(known, old, NEW_PASSWORD) != IN


def test_a_mailed_code_outlives_a_new_hash_and_no_new_password(old: User) -> None:
    code = login_codes.code_to_mail(old, now=clock.now())
    owner = Client()
    log_in(owner, old)
    assert rehashed(old)
    assert login_codes.redeem(old, code=code, now=clock.now())
    code = login_codes.code_to_mail(old, now=clock.now())
    change_password(old, owner)
    assert not login_codes.redeem(old, code=code, now=clock.now())


def hash_before(password: str, seal: str) -> str:
    """What a login of the version before held."""
    salt = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"
    plain = salted_hmac(salt, password, algorithm="sha256").hexdigest()
    if not seal:
        return plain
    return salted_hmac("mentormap.accounts.login_seal", plain + seal, algorithm="sha256").hexdigest()


@pytest.mark.django_db(transaction=True)
@pytest.mark.migrations
@pytest.mark.thorough
@pytest.mark.parametrize("seal", ["", "a-seal-of-22-letters--"])
def test_logins_of_before_the_upgrade_outlive_it_and_the_new_hash(old: User, seal: str) -> None:
    with latest_afterwards():
        users = migrated_to(BEFORE).get_model("accounts", "User").objects
        users.update(login_seal=seal)
        migrated_to(AFTER)
        migrated_to(BEFORE)
        assert users.get().login_seal == seal
        migrated_to(AFTER)
    device = browser(User.objects.get())
    login = device.session
    login[HASH_SESSION_KEY] = hash_before(old.password, seal)
    login.save()
    other = Client()
    log_in(other, old)
    assert rehashed(old)
    assert is_logged_in(device)
    change_password(old, other)
    assert (is_logged_in(device), is_logged_in(other)) == (False, True)
