"""What time mends is told from a bug, and what is full from what is away."""

import psycopg
import pytest
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import OperationalError

from mentormap.lib import unavailable
from tests.outages import BUGS, PASSING, wrapped


@pytest.mark.parametrize("error", PASSING, ids=str)
def test_what_time_mends(error: Exception) -> None:
    assert unavailable.cause_of(error) is error


@pytest.mark.parametrize("error", BUGS, ids=str)
def test_bugs(error: Exception) -> None:
    assert unavailable.cause_of(error) is None


@pytest.mark.parametrize(("hidden", "found"), [(PASSING[0], PASSING[0]), (BUGS[-1], None)])
def test_a_login_that_could_not_be_saved_hides_the_reason(hidden: Exception, found: Exception | None) -> None:
    ended = SessionInterrupted("The session was deleted.")
    ended.__context__ = SessionInterrupted("between")
    ended.__context__.__context__ = hidden
    assert unavailable.cause_of(ended) is found


def test_what_is_full_is_told_from_what_is_away() -> None:
    assert [error for error in PASSING if unavailable.is_full(error)] == [PASSING[7], PASSING[-1]]
    assert unavailable.is_full(wrapped(OperationalError, psycopg.errors.DiskFull("could not extend file")))
