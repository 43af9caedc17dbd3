"""Connections that remember a failure to connect, and that limit how long they wait for an answer."""

from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from time import monotonic
from typing import Any, ClassVar, Final, Self
from weakref import WeakSet

import psycopg
from psycopg.abc import PQGen, Query

QUESTION_SECONDS: Final = 1.0
"""The limit for the pool's empty statement, which checks whether a connection still works."""
CANCEL_SECONDS: Final = 1.0


class LastFailure:
    """The reason why this process could not reach the server at its last attempt; a success clears it."""

    words = ""
    at = 0.0

    @classmethod
    def note(cls, error: BaseException) -> None:
        cls.words, cls.at = str(error), monotonic()

    @classmethod
    def clear(cls) -> None:
        cls.words = ""

    @classmethod
    def of_last(cls, seconds: float) -> str:
        return cls.words if monotonic() - cls.at < seconds else ""


class LiveConnections:
    """The open pooled connections of each database, idle or in use.

    While there is one, a failure to make another does not refuse requests: a server that grants no more connections
    still answers on those it granted, and one of them becomes free soon. The pool's own count includes those being made.
    """

    _lock: ClassVar = Lock()
    _made: ClassVar[defaultdict[str, WeakSet[psycopg.Connection[Any]]]] = defaultdict(WeakSet)

    @classmethod
    def add(cls, alias: str, connection: psycopg.Connection[Any]) -> None:
        with cls._lock:
            cls._made[alias].add(connection)

    @classmethod
    def exist(cls, alias: str) -> bool:
        with cls._lock:
            return any(not connection.closed for connection in cls._made[alias])


class BoundedConnection(psycopg.Connection[Any]):
    """Closes itself if the server gives no answer for `answer_seconds` seconds; without `answer_seconds`, there is no limit.

    The server's own limits cannot end a statement while the server hangs, and a pooler in transaction mode does not keep
    them.
    """

    answer_seconds: float | None = None
    is_probed = False
    on_silence: Callable[[], None] | None = None
    """Called when the pool's empty statement gets no answer."""

    @classmethod
    def connect(cls, conninfo: str = "", **kwargs: Any) -> Self:
        try:
            made = super().connect(conninfo, **kwargs)
        except psycopg.Error as error:
            LastFailure.note(error)
            raise
        LastFailure.clear()
        return made

    def execute(self, query: Query, *args: Any, **kwargs: Any) -> psycopg.Cursor[Any]:
        if query or self.answer_seconds is None:
            return super().execute(query, *args, **kwargs)
        usual, self.answer_seconds, self.is_probed = self.answer_seconds, QUESTION_SECONDS, True
        try:
            return super().execute(query, *args, **kwargs)
        finally:
            self.answer_seconds, self.is_probed = usual, False

    def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:
        """Closes the connection, which leaves the statement's outcome unknown, as after any lost connection. Raises OperationalError.

        The pool's empty statement is not cancelled: nothing runs, and a server that hangs does not take the cancel either.
        """
        try:
            return super().wait(gen, interval, self.answer_seconds if timeout is None else timeout)
        except psycopg.errors._WaitTimeout:  # noqa: SLF001 - no other word for it
            if not self.is_probed:
                with suppress(psycopg.Error):
                    self.cancel_safe(timeout=CANCEL_SECONDS)
            self.pgconn.finish()
            silent = psycopg.OperationalError("the server gives no answer: connection closed")
            LastFailure.note(silent)
            if self.is_probed and self.on_silence:
                self.on_silence()
            raise silent from None

    @property
    def is_direct(self) -> bool:
        """Returns whether this is a direct connection to the server: a pooler reports process numbers of its own."""
        found = self.execute("SELECT pg_backend_pid()").fetchone()
        return found is not None and found[0] == self.info.backend_pid
