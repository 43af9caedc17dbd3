"""What a sandbox remembers outlives an upgrade."""

import sqlite3
from contextlib import closing
from pathlib import Path

from stripe_sandbox.store import Store


def test_rows_of_version_0_1_2_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.sqlite3"
    with closing(sqlite3.connect(path)) as earlier, earlier:
        earlier.executescript(
            """
            CREATE TABLE objects (
                seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
                created INTEGER NOT NULL, body TEXT NOT NULL, backstage TEXT NOT NULL DEFAULT '{}'
            );
            CREATE TABLE agenda (
                seq INTEGER PRIMARY KEY AUTOINCREMENT, due_at INTEGER NOT NULL, action TEXT NOT NULL,
                object_id TEXT NOT NULL
            );
            CREATE INDEX agenda_by_time ON agenda (due_at, seq);
            INSERT INTO objects (id, kind, created, body, backstage) VALUES ('cs_1', 'checkout.session', 1, '{}', '{"a": 1}');
            INSERT INTO agenda (due_at, action, object_id) VALUES (7, 'expire_checkout', 'cs_1');
            """
        )
    for _ in range(2):
        store = Store(str(path))
        with store.transaction() as rows:
            assert [tuple(row) for row in rows.execute("SELECT id, internal FROM objects")] == [
                ("cs_1", '{"a": 1}')
            ]
            assert [row["due_at"] for row in rows.execute("SELECT due_at FROM schedule")] == [7]
        store.close()
