"""Webhook deliveries: planned with the event, sent in the order of creation, tried again until answered with 2xx.

The switch "webhooks" can have them sent twice, late, shuffled, or never (https://docs.stripe.com/webhooks promises
neither order nor uniqueness).
"""

import hashlib
import hmac
import json
import random
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from stripe_sandbox import switches
from stripe_sandbox.unit_of_work import UnitOfWork

MODES = ("normal", "twice", "late", "shuffled", "never")
TRIES = 16
LONGEST_WAIT = 3600
AT_ONCE = 100

Deliver = Callable[[str, dict[str, str], bytes], int]
"""Sends (url, headers, body) and gives the answer's status; raises OSError where there was no answer."""


@dataclass(frozen=True)
class Endpoint:
    url: str
    secret: str

    def headers(self, body: bytes, *, sent_at: int) -> dict[str, str]:
        """`sent_at`: real Unix seconds, whatever the sandbox's clock says, for receivers check the age."""
        return {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (sandbox)",
            "Stripe-Signature": sign(body, secret=self.secret, sent_at=sent_at),
        }


@dataclass(frozen=True)
class Manner:
    """How the switch stands. `delay`: seconds between an event and the first try."""

    mode: str = "normal"
    delay: int = 0


@dataclass(frozen=True)
class Parcel:
    """One try of one delivery."""

    delivery: int
    event_id: str
    attempts: int
    body: bytes


def sign(body: bytes, *, secret: str, sent_at: int) -> str:
    """The `Stripe-Signature` header (https://docs.stripe.com/webhooks#verify-manually)."""
    digest = hmac.new(secret.encode(), f"{sent_at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={sent_at},v1={digest}"


def manner(rows: sqlite3.Connection) -> Manner:
    return Manner(**switches.read(rows, "webhooks", default={}))


def copies(work: UnitOfWork) -> int:
    """None for an account without an endpoint."""
    if not switches.read(work.rows, "endpoint", default=False):
        return 0
    return {"never": 0, "twice": 2}.get(manner(work.rows).mode, 1)


def plan(work: UnitOfWork, event_id: str, times: int) -> None:
    due_at = work.now + manner(work.rows).delay
    for _ in range(times):
        work.rows.execute("INSERT INTO deliveries (event_id, due_at) VALUES (?, ?)", (event_id, due_at))


def due(rows: sqlite3.Connection, now: int) -> list[Parcel]:
    found = rows.execute(
        "SELECT deliveries.seq, event_id, attempts, body FROM deliveries JOIN objects ON objects.id = event_id "
        "WHERE outcome = 'waiting' AND due_at <= ? ORDER BY deliveries.seq LIMIT ?",
        (now, AT_ONCE),
    )
    parcels = [Parcel(row["seq"], row["event_id"], row["attempts"], _pretty(row["body"])) for row in found]
    return _shuffle(parcels) if manner(rows).mode == "shuffled" else parcels


def record(rows: sqlite3.Connection, parcel: Parcel, *, delivered: bool, now: int) -> None:
    attempts = parcel.attempts + 1
    outcome = "delivered" if delivered else "waiting" if attempts < TRIES else "given up"
    rows.execute(
        "UPDATE deliveries SET attempts = ?, outcome = ?, due_at = ? WHERE seq = ?",
        (attempts, outcome, now + wait_after(attempts), parcel.delivery),
    )
    if delivered:
        rows.execute(
            "UPDATE objects SET body = json_set(body, '$.pending_webhooks', 0) WHERE id = ?",
            (parcel.event_id,),
        )


def waiting(rows: sqlite3.Connection) -> int:
    return int(rows.execute("SELECT count(*) FROM deliveries WHERE outcome = 'waiting'").fetchone()[0])


def wait_after(attempts: int) -> int:
    """Seconds until the next try: 1, 2, 4, … up to an hour."""
    return int(min(2 ** (attempts - 1), LONGEST_WAIT))


def _pretty(body: str) -> bytes:
    """Stripe sends its events indented by two."""
    return json.dumps(json.loads(body), indent=2).encode()


def _shuffle(parcels: list[Parcel]) -> list[Parcel]:
    """Never the order of creation, if there is another."""
    mixed = random.sample(parcels, len(parcels))
    return mixed if mixed != parcels else parcels[::-1]
