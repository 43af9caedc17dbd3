"""Tells temporary errors (no database, no room on the disk, a lock held too long) from bugs.

Pages and API answer a temporary error with 503 and Retry-After and log one line; a bug gets 500 and is logged with its traceback.
"""

import errno
import sqlite3
from typing import Final

from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import Error, InterfaceError, InternalError, OperationalError

from mentormap.lib.plain_text import one_line

RETRY_SECONDS: Final = 5
_OF_THE_MOMENT: Final = frozenset({"25006", "25P03"})
"""SQLSTATEs outside the operational classes: a server that has become a replica; a transaction that was idle for too long."""
_DISK_FULL: Final = "53100"
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


def cause_of(error: BaseException | None) -> BaseException | None:
    """Returns the temporary error, which is this error or one behind it; None for a bug."""
    if isinstance(error, SessionInterrupted):
        return _hidden_in(error)
    return error if error is not None and _is_passing(error) else None


def in_words(error: BaseException) -> str:
    """Returns the driver's message on one line, for the log: it names server and user but no password."""
    return f"{type(error).__name__}: {one_line(str(error))}"[:300]


def is_full(error: BaseException) -> bool:
    """Returns whether our disk or the database server's is full."""
    if isinstance(error, OSError):
        return error.errno in _NO_ROOM
    cause = error.__cause__
    return getattr(cause, "sqlstate", "") == _DISK_FULL or _sqlite_code(cause) == sqlite3.SQLITE_FULL


def _hidden_in(error: BaseException) -> BaseException | None:
    """Finds the real error when Django reports a login that it could not save as one that has ended."""
    found: BaseException | None = error
    while found is not None and not (isinstance(found, Error) and _is_passing(found)):
        found = found.__cause__ or found.__context__
    return found


def _is_passing(error: BaseException) -> bool:
    if isinstance(error, OperationalError):
        return _sqlite_code(error.__cause__) != sqlite3.SQLITE_ERROR  # an invalid statement
    if isinstance(error, InternalError):
        return getattr(error.__cause__, "sqlstate", "") in _OF_THE_MOMENT
    return isinstance(error, InterfaceError) or (isinstance(error, OSError) and error.errno in _NO_ROOM)


def _sqlite_code(error: BaseException | None) -> int | None:
    """Returns the primary code; the upper bits only add detail (https://www.sqlite.org/rescode.html)."""
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None
