"""Deletes expired rows in tables of Django and allauth, which do not do it themselves."""

from datetime import datetime, timedelta
from typing import Any, Final

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import QuerySet

from mentormap.accounts import address_changes, login_codes

PORTION: Final = 1000
"""Rows deleted in one statement, so that no request waits long for the lock of SQLite."""
GRACE: Final = timedelta(days=1)
"""How long the record of a login may exist without the login itself: the two are written one after the other."""


def prune(now: datetime) -> int:
    """Deletes expired logins, drafts and API tokens (all are sessions), records of ended logins, codes, links that undo a change
    of address, and cache entries. Returns the number of rows."""
    sessions = _delete(Session.objects.filter(expire_date__lte=now))
    living = Session.objects.values("session_key")
    notes = UserSession.objects.filter(created_at__lte=now - GRACE).exclude(session_key__in=living)
    codes, changes = login_codes.prune(now=now), address_changes.prune(now=now)
    return sessions + _delete(notes) + codes + changes + _prune_cache(now)


def _delete(rows: QuerySet[Any]) -> int:
    count = 0
    while keys := list(rows.values_list("pk", flat=True)[:PORTION]):
        count += rows.filter(pk__in=keys).delete()[0]
    return count


def _prune_cache(now: datetime) -> int:
    """Django's database cache deletes expired entries only once it holds more than its limit."""
    place = settings.CACHES["default"].get("LOCATION", "")
    if place not in connection.introspection.table_names():
        return 0
    table, expires = connection.ops.quote_name(place), connection.ops.quote_name("expires")
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {table} WHERE {expires} < %s",  # noqa: S608 - a table named in settings
            [connection.ops.adapt_datetimefield_value(now)],
        )
        return max(0, int(cursor.rowcount))
