"""Two of the cast, as the outbox knows them."""

import pytest

from mentormap.accounts.models import User


@pytest.fixture
def sam(db: None) -> User:
    return User.objects.create_user("sam@example.com", name="Sam")


@pytest.fixture
def maya(db: None) -> User:
    return User.objects.create_user("maya@example.com", name="Maya")
