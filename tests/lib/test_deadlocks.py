"""A deadlock is retried once, and nothing else is."""

import pytest
from django.db import OperationalError
from psycopg.errors import DeadlockDetected, LockNotAvailable

from mentormap.lib.deadlocks import retried_on_deadlock


def failing(times: int, cause: Exception) -> list[int]:
    """What a transaction saw that fails so often, then works: one entry a run."""
    runs: list[int] = []

    @retried_on_deadlock
    def transaction() -> None:
        runs.append(len(runs))
        if len(runs) <= times:
            raise OperationalError from cause

    transaction()
    return runs


def test_a_deadlock_is_retried() -> None:
    assert failing(1, DeadlockDetected()) == [0, 1]


def test_a_second_deadlock_is_raised() -> None:
    with pytest.raises(OperationalError):
        failing(2, DeadlockDetected())


def test_any_other_trouble_is_raised_at_once() -> None:
    with pytest.raises(OperationalError):
        failing(1, LockNotAvailable())
