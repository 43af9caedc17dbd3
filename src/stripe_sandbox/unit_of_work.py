"""Stripe's objects within one transaction, and what the sandbox keeps about them that Stripe does not show."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from stripe_sandbox import errors, ids

Json: TypeAlias = dict[str, Any]

# How Stripe's messages name a kind of object where it is not the kind itself.
SPOKEN = {"checkout.session": "checkout session", "balance_transaction": "balance transaction"}


@dataclass(frozen=True)
class Cause:
    """The API request that something happened in; empty for what Stripe, or the person paying, did."""

    request_id: str | None = None
    idempotency_key: str | None = None


@dataclass
class UnitOfWork:
    """`now` is the moment, in Unix seconds, at which everything in this transaction happens."""

    rows: sqlite3.Connection
    now: int
    cause: Cause = field(default_factory=Cause)

    def add(self, kind: str, prefix: str, body: Json, internal: Json | None = None) -> Json:
        """Give `body` its id, kind and time, and keep it."""
        whole = {"id": ids.new(prefix), "object": kind, "created": self.now, **body}
        self.rows.execute(
            "INSERT INTO objects (id, kind, created, body, internal) VALUES (?, ?, ?, ?, ?)",
            (whole["id"], kind, self.now, json.dumps(whole), json.dumps(internal or {})),
        )
        return whole

    def find(self, object_id: str, kind: str | None = None) -> Json | None:
        row = self.rows.execute("SELECT kind, body FROM objects WHERE id = ?", (object_id,)).fetchone()
        if row is None or kind not in {None, row["kind"]}:
            return None
        found: Json = json.loads(row["body"])
        return found

    def read(self, object_id: str, kind: str, *, param: str = "id", status: int = 404) -> Json:
        found = self.find(object_id, kind)
        if found is None:
            raise errors.missing_object(SPOKEN.get(kind, kind), object_id, param=param, status=status)
        return found

    def save(self, body: Json) -> None:
        self.rows.execute("UPDATE objects SET body = ? WHERE id = ?", (json.dumps(body), body["id"]))

    def internal(self, object_id: str) -> Json:
        row = self.rows.execute("SELECT internal FROM objects WHERE id = ?", (object_id,)).fetchone()
        hidden: Json = json.loads(row["internal"])
        return hidden

    def keep_internal(self, object_id: str, **facts: Any) -> None:
        merged = json.dumps({**self.internal(object_id), **facts})
        self.rows.execute("UPDATE objects SET internal = ? WHERE id = ?", (merged, object_id))

    def select(self, where: str, values: Sequence[object], *, newest_first: bool, most: int) -> list[Json]:
        """`where` is SQL of our own making; what comes from outside goes into `values`."""
        order = "DESC" if newest_first else "ASC"
        rows = self.rows.execute(
            f"SELECT body FROM objects WHERE {where} ORDER BY seq {order} LIMIT ?",  # noqa: S608
            (*values, most),
        )
        return [json.loads(row["body"]) for row in rows]

    def place(self, object_id: str, kind: str) -> int | None:
        """Where an object stands in the order of creation."""
        row = self.rows.execute(
            "SELECT seq FROM objects WHERE id = ? AND kind = ?", (object_id, kind)
        ).fetchone()
        return None if row is None else int(row["seq"])

    def later(self, due_at: int, action: str, object_id: str) -> None:
        self.rows.execute(
            "INSERT INTO schedule (due_at, action, object_id) VALUES (?, ?, ?)", (due_at, action, object_id)
        )
