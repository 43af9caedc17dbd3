"""Fixtures of the pages: Django's own template language is out of bounds here."""

from datetime import datetime, timedelta
from typing import Any, NoReturn

import pytest
from django.core.cache import cache
from django.template.backends import django as django_backend
from django.test import Client

from mentormap.accounts.models import User
from mentormap.bookings.models import Session
from mentormap.mentors.models import Mentor
from tests import make


@pytest.fixture(autouse=True)
def _fresh_rate_limits() -> None:
    cache.clear()


@pytest.fixture
def jinja_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page or mail for which Django's template language was used fails."""

    def refuse(self: Any, *args: Any, **kwargs: Any) -> NoReturn:
        raise AssertionError(f"Django's template language drew {self.origin.name}.")

    monkeypatch.setattr(django_backend.Template, "render", refuse)


@pytest.fixture
def visitor() -> Client:
    return Client()


@pytest.fixture
def sam_client(sam: User) -> Client:
    """Sam's browser, logged in by the form, as allauth counts a login by its records."""
    client = Client()
    client.post("/login", {"login": sam.email, "password": make.PASSWORD})
    return client


@pytest.fixture
def maya(db: None) -> Mentor:
    """A mentor in New York."""
    return make.mentor(make.person("Maya", time_zone="America/New_York"), zone="America/New_York")


@pytest.fixture
def session(sam: User, maya: Mentor, now: datetime) -> Session:
    """Sam with Maya on Wednesday at 9:00 UTC, booked and paid."""
    return make.session(student=sam, mentor=maya, starts_at=now + timedelta(days=2))
