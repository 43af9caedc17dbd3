"""What a sandbox remembers outlives an upgrade."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from stripe_sandbox.store import Store

AGENDA = """
CREATE TABLE agenda (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, due_at INTEGER NOT NULL, action TEXT NOT NULL, object_id TEXT NOT NULL
);
CREATE INDEX agenda_by_time ON agenda (due_at, seq);
"""
OBJECTS = """
CREATE TABLE objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    created INTEGER NOT NULL, body TEXT NOT NULL, backstage TEXT NOT NULL DEFAULT '{}'
);
INSERT INTO objects (id, kind, created, body, backstage) VALUES ('cs_1', 'checkout.session', 1, '{}', '{"a": 1}');
INSERT INTO agenda (due_at, action, object_id) VALUES (7, 'expire_checkout', 'cs_1');
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A sandbox's file as version 0.1.2 left it."""
    path = tmp_path / "sandbox.sqlite3"
    run(path, AGENDA + OBJECTS)
    return path


def run(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as earlier, earlier:
        earlier.executescript(script)


def open_and_compare(path: Path) -> None:
    with closing(Store(str(path))) as store, store.transaction() as rows:
        kept = [tuple(row) for row in rows.execute("SELECT id, internal FROM objects")]
        assert kept == [("cs_1", '{"a": 1}')]
        assert [row["due_at"] for row in rows.execute("SELECT due_at FROM schedule")] == [7]


def test_rows_of_version_0_1_2_are_kept(path: Path) -> None:
    open_and_compare(path)
    open_and_compare(path)


def test_it_opens_after_version_0_1_2_was_started_once_more(path: Path) -> None:
    open_and_compare(path)
    run(path, AGENDA)
    open_and_compare(path)


def test_two_that_open_it_at_once_upgrade_it_once(path: Path) -> None:
    with ThreadPoolExecutor(2) as both:
        list(both.map(open_and_compare, [path] * 2))
