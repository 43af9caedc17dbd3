"""Tells what time mends (no database, no room on the disk, a lock held too long) from a bug.

Faces answer the first with 503 and Retry-After, and write one line of it; a bug is answered with 500 and written with its trace.
"""

import errno
import sqlite3
from typing import Final

from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import Error, InterfaceError, InternalError, OperationalError

from mentormap.lib.plain_text import one_line

RETRY_SECONDS: Final = 5
_OF_THE_MOMENT: Final = frozenset({"25006", "25P03"})
"""SQLSTATEs outside of the operational classes: a server that has become a replica; a transaction that stood still for too long."""
_DISK_FULL: Final = "53100"
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


def cause_of(error: BaseException | None) -> BaseException | None:
    """What is unavailable, as this error or one that it hides; None for a bug."""
    if isinstance(error, SessionInterrupted):
        return _hidden_in(error)
    return error if error is not None and _is_passing(error) else None


def in_words(error: BaseException) -> str:
    """On one line, for the log: the driver's own words, which name server and user but no password."""
    return f"{type(error).__name__}: {one_line(str(error))}"[:300]


def is_full(error: BaseException) -> bool:
    """Whether a disk has no room, ours or the database server's."""
    if isinstance(error, OSError):
        return error.errno in _NO_ROOM
    cause = error.__cause__
    return getattr(cause, "sqlstate", "") == _DISK_FULL or _sqlite_code(cause) == sqlite3.SQLITE_FULL


def _hidden_in(error: BaseException) -> BaseException | None:
    """Django calls a login that could not be saved one that has ended."""
    found: BaseException | None = error
    while found is not None and not (isinstance(found, Error) and _is_passing(found)):
        found = found.__cause__ or found.__context__
    return found


def _is_passing(error: BaseException) -> bool:
    if isinstance(error, OperationalError):
        return _sqlite_code(error.__cause__) != sqlite3.SQLITE_ERROR  # a statement that cannot be right
    if isinstance(error, InternalError):
        return getattr(error.__cause__, "sqlstate", "") in _OF_THE_MOMENT
    return isinstance(error, InterfaceError) or (isinstance(error, OSError) and error.errno in _NO_ROOM)


def _sqlite_code(error: BaseException | None) -> int | None:
    """The primary code; the upper bits only say more (https://www.sqlite.org/rescode.html)."""
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None
