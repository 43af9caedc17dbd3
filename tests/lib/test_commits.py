"""Commits that do not wait for the disk: for as long as was asked, and on this connection alone."""

import pytest
from django.db import connection, transaction

from mentormap.lib.commits import relaxed_durability

pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="nothing changes elsewhere")
FULL, NORMAL = 2, 1


def level() -> int:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        return int(cursor.fetchone()[0])


def set_level(level: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA synchronous={level}")


@pytest.mark.django_db(transaction=True)
def test_they_wait_again_afterwards_whatever_happened() -> None:
    usual, inside = level(), list[int]()
    set_level(FULL)

    @relaxed_durability()
    def breaks() -> None:
        inside.append(level())
        raise ValueError("broke")

    with pytest.raises(ValueError, match="broke"):
        breaks()
    assert (inside, level()) == ([NORMAL], FULL)
    set_level(usual)


@pytest.mark.django_db(transaction=True)
def test_a_transaction_is_as_safe_as_it_began() -> None:
    usual = level()
    set_level(FULL)
    with transaction.atomic(), relaxed_durability():
        inside = level()

    assert (inside, level()) == (FULL, FULL)
    set_level(usual)
