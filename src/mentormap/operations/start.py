"""What every process does before it serves: production refuses to run while people of the demo can log in, and requests do not
wait for the database for long."""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, cast

import structlog
from django.conf import settings
from django.db import Error, connection, connections

from mentormap.configuration import ConfigurationError
from mentormap.operations import checks
from mentormap.operations.preparation import prepare

if TYPE_CHECKING:
    from mentormap.lib.postgresql.base import DatabaseWrapper

_log = structlog.get_logger(__name__)

LOCK_SECONDS: Final = 5
"""How long a request waits for SQLite's write lock; whoever holds it for longer, such as a backup, would block each thread."""


def refuse_demo_logins() -> None:
    """Raises ConfigurationError. Without a database nobody can log in either, and /health says what is wrong."""
    try:
        finding = checks.demo_logins()
    except Error as error:
        _log.warning("start_without_database", error=type(error).__name__)
        return
    if not finding.is_ok:
        raise ConfigurationError([f"In this database, {finding.said}. {finding.mend}"])


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
        refuse_demo_logins()
    finally:
        connection.close()


def limit_waiting() -> None:
    """For connections that this process makes from now on: requests alone are cut short, commands and the worker are not."""
    database = connections["default"]
    if database.vendor == "sqlite":
        database.settings_dict["OPTIONS"]["timeout"] = LOCK_SECONDS
    else:
        cast("DatabaseWrapper", database).serve_requests()
