"""Locks by name, for counts that have no row to lock."""

import hashlib

from django.db import connection


def lock(name: str) -> None:
    """Takes the lock, waiting for other transactions, and keeps it until the transaction ends.

    On SQLite the transaction itself is the lock (`transaction_mode = IMMEDIATE`).
    """
    if connection.vendor == "postgresql":
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
