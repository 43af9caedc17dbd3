"""Steps of every process before it serves: production refuses to run while demo accounts can log in, and requests get time
limits for the database."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import structlog
from django.conf import settings
from django.db import Error, connection, connections

from mentormap.lib import disk
from mentormap.operations.health import checks
from mentormap.operations.process.preparation import prepare
from mentormap.settings.environment import ConfigurationError

if TYPE_CHECKING:
    from mentormap.lib.postgresql.base import DatabaseWrapper

_log = structlog.get_logger(__name__)

LOCK_SECONDS: Final = 5
"""How long a request waits for SQLite's write lock; a longer holder, such as a backup, would block every thread."""


def refuse_demo_logins() -> None:
    """Raises ConfigurationError. Without a database nobody can log in either, and /health says what is wrong."""
    try:
        finding = checks.demo_logins()
    except Error as error:
        _log.warning("start_without_database", error=type(error).__name__)
        return
    if not finding.is_ok:
        raise ConfigurationError([f"In this database, {finding.message}. {finding.remedy}"])


def refuse_unwritable() -> None:
    """Raises ConfigurationError; otherwise each booking would fail with an error that does not name the file."""
    problems = [
        f"{path} cannot be written by this process. To fix it: {disk.remedy(path)}"
        for path in disk.unwritable(_writable_paths())
    ]
    if problems:
        raise ConfigurationError(problems)


def _writable_paths() -> list[Path]:
    """Returns the data folder and the files in it that every start writes, and SQLite's file, its folder and the files next to it."""
    paths = [settings.DATA_DIR, settings.MEDIA_ROOT]
    if connection.vendor == "sqlite":
        file = Path(str(connection.settings_dict["NAME"]))
        paths += [file.parent, *(file.with_name(file.name + end) for end in ("", "-wal", "-shm"))]
    return list(dict.fromkeys(paths))


def before_serving(*, prepared: bool = True) -> None:
    """For web servers that import the application; what is not `prepared` by `mentormap run` a demo prepares here.

    In a thread of its own: an ASGI server may import us inside its event loop, where the ORM refuses to work.
    """
    with ThreadPoolExecutor(1) as executor:
        executor.submit(_before_serving, prepared=prepared).result()


def _before_serving(*, prepared: bool) -> None:
    try:
        if settings.DEMO and not prepared:
            prepare()
        limit_waiting()
        refuse_unwritable()
        refuse_demo_logins()
    finally:
        connection.close()


def limit_waiting() -> None:
    """Limits the connections that this process makes from now on; only for requests, not for commands and the worker."""
    database = connections["default"]
    if database.vendor == "sqlite":
        database.settings_dict["OPTIONS"]["timeout"] = LOCK_SECONDS
    else:
        cast("DatabaseWrapper", database).serve_requests()
