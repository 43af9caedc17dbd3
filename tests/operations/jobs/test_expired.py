"""What has expired is deleted, and nothing else."""

from datetime import datetime, timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.cache.backends.db import DatabaseCache
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from mentormap.accounts import address_changes
from mentormap.accounts.models import AddressChange, LoginCode, User
from mentormap.operations.jobs import expired
from mentormap.operations.jobs.schedule import all_jobs
from tests import make
from tests.web.reading import browser

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_an_hourly_job_deletes_what_has_expired() -> None:
    assert [job.every for job in all_jobs() if job.run == expired.prune] == [timedelta(hours=1)]


def test_expired_logins_are_deleted_with_the_notes_of_them(sam: User) -> None:
    """A draft, a login and an API token are all kept in a session."""
    browser(sam).post("/login")
    living = SessionStore()
    living.save()
    for age in (-DAY, 2 * DAY):
        UserSession.objects.create(
            user=sam, ip="192.0.2.1", session_key=f"ended{age.days}", created_at=timezone.now() - age
        )
    key = str(living.session_key)
    UserSession.objects.create(user=sam, ip="192.0.2.1", session_key=key, created_at=timezone.now() - 9 * DAY)
    for number in range(3):
        Session.objects.create(session_key=f"old{number}", session_data="x", expire_date=timezone.now() - DAY)
    expired.prune(timezone.now())
    assert not Session.objects.filter(session_key__startswith="old").exists()
    assert Session.objects.filter(session_key=key).exists()
    assert set(UserSession.objects.values_list("session_key", flat=True)) >= {key, "ended-1"}
    assert not UserSession.objects.filter(session_key="ended2").exists()


def test_more_than_one_portion_is_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expired, "PORTION", 2)
    for number in range(5):
        Session.objects.create(session_key=f"old{number}", session_data="x", expire_date=timezone.now() - DAY)
    assert (expired.prune(timezone.now()), Session.objects.count()) == (5, 0)


def test_expired_codes_and_old_changes_of_address_are_deleted(sam: User, now: datetime) -> None:
    LoginCode.objects.create(user=sam, seed="s", made_at=now - timedelta(hours=2))
    LoginCode.objects.create(user=make.olga(), seed="s", made_at=now)
    for days in (6, 31):
        address_changes.record(sam, old=f"{days}@example.com", new="n@example.com", now=now - days * DAY)
    assert expired.prune(now) == 2
    assert [change.old_email for change in AddressChange.objects.all()] == ["6@example.com"]
    assert LoginCode.objects.get().made_at == now


def test_expired_entries_of_the_cache_are_deleted(settings: Settings) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache_entries"}
    }
    call_command("createcachetable", verbosity=0)
    cache = DatabaseCache("cache_entries", {})
    cache.set("over", 1, timeout=-60)
    cache.set("running", 1, timeout=600)
    cache.set("endless", 1, timeout=None)
    assert expired.prune(timezone.now()) == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM cache_entries ORDER BY cache_key")
        assert cursor.fetchall() == [(":1:endless",), (":1:running",)]


def test_without_the_table_of_the_cache_the_rest_is_deleted() -> None:
    assert settings.CACHES["default"].get("LOCATION", "") == ""
    assert expired.prune(timezone.now()) == 0
