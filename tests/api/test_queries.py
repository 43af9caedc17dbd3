"""What each endpoint asks of the database: at most 12 queries to read, to annotate, to log in."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import make
from tests.api.conftest import Api

pytestmark = pytest.mark.django_db


@contextmanager
def at_most(number: int) -> Iterator[None]:
    with CaptureQueriesContext(connection) as queries:
        yield
    asked = [query["sql"] for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(asked) <= number, asked


@pytest.mark.parametrize(
    "path",
    [
        "mentors",
        "mentors/1",
        "mentors/1/slots",
        "mentors?q=systems&currency=USD&max_price=200&min_rating=1&sort=price",
        "sessions",
        "sessions/latest",
        "sessions/1",
        "sessions/1/calendar.ics",
    ],
)
def test_reading(api: Api, now: datetime, path: str) -> None:
    sam = make.sam()
    maya = make.mentor(id=1)
    make.session(id=1, student=sam, mentor=maya, starts_at=now + timedelta(days=1))
    api.token(sam)
    with at_most(12):
        assert api.get(path, as_=sam).status == 200


def test_writing_notes(api: Api, now: datetime) -> None:
    sam = make.sam()
    session = make.session(student=sam, mentor=make.mentor(), starts_at=now + timedelta(days=1))
    api.token(sam)
    with at_most(12):
        assert api.patch(f"sessions/{session.pk}", {"notes": "Hm"}, as_=sam).status == 200


def test_logging_in_and_out(api: Api) -> None:
    sam = make.sam()
    with at_most(24):  # nine count the try, five take it back
        api.token(sam)
    with at_most(12):
        assert api.post("auth/logout", as_=sam).status == 204
