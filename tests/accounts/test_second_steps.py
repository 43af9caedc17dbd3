"""The secrets of two-step login: a copy of the database makes no code, and a change of SECRET_KEY loses none."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django.fixtures import Settings

from mentormap.accounts import second_steps
from mentormap.accounts.models import FeedAddress, Phone, User
from mentormap.notifications.models import PushSubscription
from mentormap.operations.health import checks
from tests import make
from tests.migrating import latest_afterwards, migrated_to
from tests.second_factor import code_now

SECRET = "JBSWY3DPEHPK3PXP"
SEED = "0123456789abcdef"
EARLIER, LATER = "earlier" * 10, "later" * 12
BEFORE = ("accounts", "0006_limits_and_login_codes")
MFA = ("mfa", "0003_authenticator_type_uniq")
AFTER = ("accounts", "0007_encrypted_second_steps_and_proved_addresses")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_code_was_used() -> None:
    cache.clear()


@pytest.fixture
def two_steps(sam: User) -> User:
    TOTP.activate(sam, SECRET)
    RecoveryCodes.activate(sam)
    return sam


@pytest.fixture
def key_changed(settings: Settings, sam: User) -> Settings:
    """All was encrypted with the earlier key, which nobody has named as a fallback yet."""
    settings.SECRET_KEY = EARLIER
    TOTP.activate(sam, SECRET)
    RecoveryCodes.activate(sam)
    settings.SECRET_KEY = LATER
    return settings


def stored() -> str:
    return str(list(Authenticator.objects.values_list("data", flat=True)))


def log_in(code: str) -> str:
    """Where the second step leads."""
    client = Client()
    client.post("/login", {"login": "sam@example.com", "password": make.PASSWORD})
    answer = client.post("/two-step/login", {"code": code})
    return answer.headers.get("Location", answer.content.decode())


@pytest.mark.django_db
@pytest.mark.usefixtures("half_minute")
def test_the_database_does_not_show_them_and_they_work(two_steps: User) -> None:
    seed = second_steps.decrypt(Authenticator.objects.get(type="recovery_codes").data["seed"])
    assert SECRET not in stored()
    assert seed not in stored()
    assert log_in(code_now(SECRET)) == "/mentors"
    assert log_in(RecoveryCodes.activate(two_steps).get_unused_codes()[0]) == "/mentors"


@pytest.mark.django_db
@pytest.mark.usefixtures("half_minute")
def test_an_earlier_key_serves_until_all_are_encrypted_with_the_present_one(key_changed: Settings) -> None:
    key_changed.SECRET_KEY_FALLBACKS = [EARLIER]
    assert log_in(code_now(SECRET)) == "/mentors"
    assert not checks.two_step_secrets().is_ok
    call_command("reencrypt", stdout=StringIO())
    key_changed.SECRET_KEY_FALLBACKS = []
    assert checks.two_step_secrets().is_ok
    assert second_steps.decrypt(Authenticator.objects.get(type="totp").data["secret"]) == SECRET


@pytest.mark.django_db
@pytest.mark.usefixtures("half_minute")
def test_a_lost_key_lets_nobody_in_and_is_told(key_changed: Settings) -> None:
    before = stored()
    assert "Your code cannot be checked at the moment." in log_in(code_now(SECRET))
    finding = checks.two_step_secrets()
    assert (finding.is_ok, finding.message[:6]) == (False, "2 of 2")
    with pytest.raises(CommandError):
        call_command("reencrypt", stdout=StringIO())
    assert stored() == before


@pytest.mark.django_db
def test_codes_that_came_from_elsewhere_are_encrypted_too(sam: User) -> None:
    row = Authenticator.objects.create(
        user=sam, type="recovery_codes", data={"migrated_codes": ["abc", "def"], "used_mask": 0}
    )
    second_steps.encrypt_all()
    row.refresh_from_db()
    assert "abc" not in stored()
    assert row.wrap().get_unused_codes() == ["abc", "def"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.migrations
@pytest.mark.thorough
def test_an_earlier_version_is_migrated_also_after_half_a_run_and_back() -> None:
    sam, olga = make.sam(), make.person("Olga", verified=False)
    for person in (sam, olga):
        FeedAddress.objects.create(person=person, secret=f"of-{person.name}", made_at=NOW)
        Phone.objects.create(user=person, number="+4915123456789", verified_at=NOW)
        PushSubscription.objects.create(
            user=person, endpoint=f"https://p/{person}", p256dh="k", auth="a", created_at=NOW
        )
    with latest_afterwards():
        rows = migrated_to(BEFORE, MFA).get_model("mfa", "Authenticator").objects
        rows.create(user_id=sam.pk, type="totp", data={"secret": SECRET})
        seed = {"seed": SEED, "used_mask": 5}
        rows.create(user_id=sam.pk, type="recovery_codes", data=seed)
        done = second_steps.encrypt(SECRET)
        rows.create(user_id=olga.pk, type="totp", data={"secret": done})
        migrated_to(AFTER)
        assert SECRET not in stored()
        assert second_steps.state_of_all() == {"current": 3}
        assert Authenticator.objects.get(user=olga).data == {"secret": done}
        assert Authenticator.objects.get(type="recovery_codes").data["used_mask"] == 5
        assert [feed.person for feed in FeedAddress.objects.all()] == [sam]
        assert [one.user for one in PushSubscription.objects.all()] == [sam]
        assert [phone.user for phone in Phone.objects.exclude(number="")] == [sam]
        migrated_to(BEFORE)
        assert Authenticator.objects.get(type="recovery_codes").data == seed
