"""Everything that the sandbox remembers, in one SQLite file, behind one lock."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    created INTEGER NOT NULL,
    body TEXT NOT NULL,
    internal TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, seq);
CREATE INDEX IF NOT EXISTS objects_by_intent ON objects (kind, json_extract(body, '$.payment_intent'));
CREATE INDEX IF NOT EXISTS objects_by_charge ON objects (kind, json_extract(body, '$.charge'));
CREATE TABLE IF NOT EXISTS schedule (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    due_at INTEGER NOT NULL,
    action TEXT NOT NULL,
    object_id TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS schedule_by_time ON schedule (due_at, seq);
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    outcome TEXT NOT NULL DEFAULT 'waiting'
);
CREATE INDEX IF NOT EXISTS deliveries_by_time ON deliveries (outcome, due_at, seq);
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY,
    endpoint TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    request_id TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    kept_at INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS faults (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    remaining INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS switches (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
EARLIER = (
    "ALTER TABLE agenda RENAME TO schedule",
    "ALTER TABLE objects RENAME COLUMN backstage TO internal",
    "DROP INDEX agenda_by_time",
)
"""From the names that version 0.1.2 stored."""
TABLES = ("objects", "schedule", "deliveries", "answers", "faults", "switches")


class Store:
    """One connection for all threads: transactions are short, and never span a network call."""

    def __init__(self, path: str = ":memory:") -> None:
        if path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        with self.transaction() as rows:
            _upgrade(rows)
        self._connection.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Not reentrant, so that no transaction is ever widened by accident."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def empty(self) -> None:
        with self.transaction() as rows:
            for table in TABLES:
                rows.execute(f"DELETE FROM {table}")  # noqa: S608  names from the tuple above

    def close(self) -> None:
        with self._lock:
            self._connection.close()


def _upgrade(rows: sqlite3.Connection) -> None:
    """Version 0.1.2, once started on an upgraded file, leaves an empty `agenda`: it cannot write to `objects` any more."""
    if rows.execute("SELECT 1 FROM pragma_table_info('objects') WHERE name = 'backstage'").fetchone():
        for statement in EARLIER:
            rows.execute(statement)
    rows.execute("DROP TABLE IF EXISTS agenda")
