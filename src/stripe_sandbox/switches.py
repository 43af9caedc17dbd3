"""Settings that tests turn while the sandbox runs, and that outlive a restart."""

import json
import sqlite3
from typing import Any


def read(rows: sqlite3.Connection, name: str, *, default: Any) -> Any:
    row = rows.execute("SELECT value FROM switches WHERE name = ?", (name,)).fetchone()
    return default if row is None else json.loads(row["value"])


def turn(rows: sqlite3.Connection, name: str, value: Any) -> None:
    rows.execute(
        "INSERT INTO switches (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, json.dumps(value)),
    )
