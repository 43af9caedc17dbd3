"""Scheduled actions: expiry, settlement, refunds that end, money that becomes available."""

import sqlite3
from collections.abc import Callable

from stripe_sandbox import checkout, disputes, ledger, paying, refunds
from stripe_sandbox.unit_of_work import UnitOfWork

ACTIONS: dict[str, Callable[[UnitOfWork, str], None]] = {
    "expire_checkout": checkout.expire_when_due,
    "fail_refund": refunds.fail,
    "make_available": ledger.make_available,
    "reinstate_dispute": disputes.reinstate,
    "settle_debit": paying.settle_when_due,
    "succeed_refund": refunds.succeed,
}


def run_due(rows: sqlite3.Connection, now: int) -> None:
    """Each at the moment that it was due, in order, however far the clock has jumped."""
    while (item := _next(rows, now)) is not None:
        rows.execute("DELETE FROM schedule WHERE seq = ?", (item["seq"],))
        ACTIONS[item["action"]](UnitOfWork(rows, item["due_at"]), item["object_id"])


def _next(rows: sqlite3.Connection, now: int) -> sqlite3.Row | None:
    found: sqlite3.Row | None = rows.execute(
        "SELECT seq, due_at, action, object_id FROM schedule WHERE due_at <= ? ORDER BY due_at, seq LIMIT 1",
        (now,),
    ).fetchone()
    return found
