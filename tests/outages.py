"""Errors as Django raises them: those that time mends, and bugs."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import (
    Error,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
    connection,
)
from psycopg_pool import PoolTimeout


def wrapped(kind: type[Error], driver: Exception) -> Error:
    """As Django raises it."""
    error = kind(*driver.args)
    error.__cause__ = driver
    return error


def of_sqlite(code: int, words: str) -> Error:
    driver = sqlite3.OperationalError(words)
    driver.sqlite_errorcode = code
    return wrapped(OperationalError, driver)


PASSING = [
    wrapped(OperationalError, PoolTimeout("couldn't get a connection after 2.50 sec")),
    wrapped(OperationalError, psycopg.errors.AdminShutdown("terminating connection")),
    wrapped(OperationalError, psycopg.errors.QueryCanceled("statement timeout")),
    wrapped(OperationalError, psycopg.errors.LockNotAvailable("lock timeout")),
    wrapped(InternalError, psycopg.errors.ReadOnlySqlTransaction("read-only transaction")),
    wrapped(InterfaceError, psycopg.InterfaceError("connection already closed")),
    of_sqlite(sqlite3.SQLITE_BUSY, "database is locked"),
    of_sqlite(sqlite3.SQLITE_FULL, "database or disk is full"),
    of_sqlite(sqlite3.SQLITE_IOERR_WRITE, "disk I/O error"),
    of_sqlite(sqlite3.SQLITE_CANTOPEN, "unable to open database file"),
    of_sqlite(sqlite3.SQLITE_READONLY, "attempt to write a readonly database"),
    OSError(errno.ENOSPC, "No space left on device"),
]
BUGS = [
    wrapped(IntegrityError, psycopg.errors.UniqueViolation("duplicate key")),
    wrapped(ProgrammingError, psycopg.errors.UndefinedColumn("no such column")),
    wrapped(InternalError, psycopg.errors.InFailedSqlTransaction("transaction is aborted")),
    of_sqlite(sqlite3.SQLITE_ERROR, "no such table: sessions"),
    OSError(errno.ENOENT, "No such file"),
    ValueError("no luck"),
]


@contextmanager
def failing(error: Exception) -> Iterator[None]:
    """Every statement raises it: of the middleware, of the view, of the session that is saved last."""

    def fail(*_: Any) -> None:
        raise error

    with connection.execute_wrapper(fail):
        yield
