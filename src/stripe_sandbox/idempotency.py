"""Idempotency keys (https://docs.stripe.com/api/idempotent_requests): the first answer of a key is its answer for a day."""

import hashlib
import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from stripe_sandbox import errors

KEPT_FOR = 24 * 3600
LONGEST = 255


@dataclass(frozen=True)
class Kept:
    """A first answer, to be given again."""

    request_id: str
    status: int
    body: str


@dataclass(frozen=True)
class Claim:
    """A request's key with what it must agree with."""

    key: str
    endpoint: str
    fingerprint: str


def claim(key: str, endpoint: str, pairs: Iterable[tuple[str, str]]) -> Claim:
    """The order of parameters does not matter."""
    if len(key) > LONGEST:
        raise errors.key_too_long()
    digest = hashlib.sha256(json.dumps(sorted(pairs)).encode()).hexdigest()
    return Claim(key, endpoint, digest)


def find(rows: sqlite3.Connection, claim: Claim, now: int) -> Kept | None:
    rows.execute("DELETE FROM answers WHERE kept_at <= ?", (now - KEPT_FOR,))
    row = rows.execute("SELECT * FROM answers WHERE key = ?", (claim.key,)).fetchone()
    if row is None:
        return None
    if row["endpoint"] != claim.endpoint:
        raise errors.key_with_other_endpoint(claim.key, claim.endpoint, row["endpoint"])
    if row["fingerprint"] != claim.fingerprint:
        raise errors.key_with_other_parameters(claim.key)
    return Kept(row["request_id"], row["status"], row["body"])


def keep(rows: sqlite3.Connection, claim: Claim, answer: Kept, now: int) -> None:
    rows.execute(
        "INSERT INTO answers (key, endpoint, fingerprint, request_id, status, body, kept_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (claim.key, claim.endpoint, claim.fingerprint, answer.request_id, answer.status, answer.body, now),
    )


class KeysInUse:
    """Keys whose first request is still under way: a second one is refused with 409."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: set[str] = set()

    @contextmanager
    def hold(self, key: str) -> Iterator[None]:
        with self._lock:
            if key in self._keys:
                raise errors.key_in_use(key)
            self._keys.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._keys.discard(key)
