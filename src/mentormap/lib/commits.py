"""Commits that do not wait for the disk, for work that may be done twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection

NORMAL: Final = 1
"""https://www.sqlite.org/pragma.html#pragma_synchronous"""


@contextmanager
def relaxed_durability() -> Iterator[None]:
    """What this connection commits meanwhile outlives the process at once, but a loss of power only from the next commit of
    another connection, or checkpoint, on. What the database then forgets, it forgets from the last commit backwards.

    On SQLite, and outside of transactions; elsewhere nothing changes.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    before = _level()
    _set_level(min(before, NORMAL))
    try:
        yield
    finally:
        _set_level(before)


def _level() -> int:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        return int(cursor.fetchone()[0])


def _set_level(level: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA synchronous={level}")
