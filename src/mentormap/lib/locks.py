"""Locks that have a name and no row: for what is counted before it is inserted."""

import hashlib

from django.db import connection


def lock(name: str) -> None:
    """Waits until no other transaction has this lock; it is kept until the transaction ends.

    On SQLite the transaction itself is the lock (`transaction_mode = IMMEDIATE`).
    """
    if connection.vendor == "postgresql":
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
