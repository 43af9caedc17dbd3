"""A transaction that PostgreSQL ended to break a deadlock is run once more."""

from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from django.db import OperationalError

P = ParamSpec("P")
R = TypeVar("R")

DEADLOCK_DETECTED: Final = "40P01"
"""SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html)."""


def retried_on_deadlock(transaction: Callable[P, R]) -> Callable[P, R]:
    """For a function that is a whole transaction of its own; a second deadlock is raised."""

    @wraps(transaction)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return transaction(*args, **kwargs)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) != DEADLOCK_DETECTED:
                raise
        return transaction(*args, **kwargs)

    return run
