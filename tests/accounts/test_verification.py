"""Operators of earlier versions, whose address `createsuperuser` left unverified."""

import pytest
from allauth.account.models import EmailAddress

from mentormap.accounts.models import User
from tests import make
from tests.migrating import latest_afterwards, migrated_to

BEFORE = ("accounts", "0007_encrypted_second_steps_and_proved_addresses")
AFTER = ("accounts", "0008_operators_addresses_count_as_verified")


@pytest.mark.django_db(transaction=True)
@pytest.mark.migrations
@pytest.mark.thorough
def test_an_upgrade_verifies_the_addresses_of_operators_and_of_no_one_else() -> None:
    ada, olga = make.ada(), make.olga(verified=False)
    without, waiting = (
        User.objects.create_user(f"{name}@example.com", make.PASSWORD, name=name, is_staff=True)
        for name in ("without", "waiting")
    )
    EmailAddress.objects.create(user=waiting, email=waiting.email)
    EmailAddress.objects.create(user=waiting, email="new@example.com", primary=True)
    with latest_afterwards():
        migrated_to(BEFORE)
        migrated_to(AFTER)
        assert set(EmailAddress.objects.values_list("email", "verified", "primary")) == {
            (ada.email, True, True),
            (olga.email, False, True),
            (without.email, True, True),
            (waiting.email, True, True),
            ("new@example.com", False, False),
        }
