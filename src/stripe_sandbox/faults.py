"""Trouble on request: answers of 429 and 500, time-outs and resets before or after the effect."""

import sqlite3
from dataclasses import dataclass
from fnmatch import fnmatchcase

from stripe_sandbox.errors import StripeError

KINDS = (
    "rate_limit",  # 429, nothing done, nothing kept
    "server_error",  # 500, nothing done, kept under the idempotency key
    "unavailable",  # 503, nothing done, nothing kept
    "forbidden",  # 403, nothing done, nothing kept: the key may not do this
    "timeout_before",
    "timeout_after",
    "reset_before",
    "reset_after",
)


class NoAnswer(Exception):
    """The connection gives no answer."""


class TimedOut(NoAnswer):
    """The caller waits in vain."""


class ConnectionReset(NoAnswer):
    """The caller's connection is torn down."""


@dataclass(frozen=True)
class Fault:
    kind: str

    @property
    def error(self) -> StripeError | None:
        return ERRORS.get(self.kind)

    def strike(self, when: str) -> None:
        """`when`: "before" or "after" the effect."""
        exception = {"timeout": TimedOut, "reset": ConnectionReset}.get(self.kind.removesuffix(f"_{when}"))
        if exception is not None:
            raise exception(self.kind)


ERRORS = {
    "rate_limit": StripeError(
        "Request rate limit exceeded. You can learn more about rate limits here https://stripe.com/docs/rate-limits.",
        code="rate_limit",
        status=429,
    ),
    "server_error": StripeError(
        "An unknown error occurred while processing your request.", type="api_error", status=500, kept=True
    ),
    "unavailable": StripeError("The service is unavailable.", type="api_error", status=503),
    "forbidden": StripeError(
        "The provided key does not have the required permissions for this endpoint.", status=403
    ),
}


def plan(rows: sqlite3.Connection, kind: str, *, method: str, path: str, times: int) -> None:
    """`method` and `path` are patterns of the shell: `*` is any."""
    if kind not in KINDS:
        raise ValueError(f"No such fault: {kind}; there are {', '.join(KINDS)}.")
    rows.execute(
        "INSERT INTO faults (kind, method, path, remaining) VALUES (?, ?, ?, ?)", (kind, method, path, times)
    )


def take(rows: sqlite3.Connection, method: str, path: str) -> Fault | None:
    """The first fault planned for this request, used up by one."""
    for row in rows.execute("SELECT * FROM faults ORDER BY seq").fetchall():
        if fnmatchcase(method, row["method"]) and fnmatchcase(path, row["path"]):
            rows.execute("UPDATE faults SET remaining = remaining - 1 WHERE seq = ?", (row["seq"],))
            rows.execute("DELETE FROM faults WHERE remaining <= 0")
            return Fault(row["kind"])
    return None


def planned(rows: sqlite3.Connection) -> list[dict[str, object]]:
    return [
        {"kind": row["kind"], "method": row["method"], "path": row["path"], "times": row["remaining"]}
        for row in rows.execute("SELECT * FROM faults ORDER BY seq")
    ]


def clear(rows: sqlite3.Connection) -> None:
    rows.execute("DELETE FROM faults")
