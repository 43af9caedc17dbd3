"""Work that only one process may do at a time, on any machine: others wait until it is done."""

import fcntl
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

if TYPE_CHECKING:
    from mentormap.lib.postgresql.base import DatabaseWrapper

Say = Callable[[str], object]


def in_database(
    name: str, *, alias: str = DEFAULT_DB_ALIAS, say: Say | None = None
) -> AbstractContextManager[None]:
    """Locks out all other processes that share the database (for SQLite, its folder); calls `say` if it has to wait."""
    database = connections[alias]
    if database.vendor == "sqlite":
        return in_folder(settings.DATA_DIR, name, say=say)
    number = zlib.crc32(f"mentormap {name}".encode())
    return cast("DatabaseWrapper", database).holding(number, wait=lambda: _announce(name, say))


@contextmanager
def in_folder(folder: Path, name: str, *, say: Say | None = None) -> Iterator[None]:
    """Locks a file; the lock ends with the process, however it ends."""
    with (folder / f"{name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _announce(name, say)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _announce(name: str, say: Say | None) -> None:
    if say is not None:
        say(f"Another {name} is under way: waiting for it.")
