"""The backend itself (the name of this module is Django's)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from django.db.backends.postgresql import base

from mentormap.lib.postgresql.connections import BoundedConnection, LastFailure, LiveConnections

PAUSE_SECONDS: Final = 1.0
"""How long after a failed connection further attempts fail at once, if there is no other connection."""
POOL_SECONDS: Final = 2.5
"""How long a request waits for a connection: longer than making one may take."""
STATEMENT_SECONDS: Final = 10
LOCK_SECONDS: Final = 3
IDLE_SECONDS: Final = 15
"""The limit for a transaction without a running statement: requests never call the network in one."""
ANSWER_SECONDS: Final = STATEMENT_SECONDS + 1.0
LIMITS: Final = (
    f"SET statement_timeout = '{STATEMENT_SECONDS}s'; SET lock_timeout = '{LOCK_SECONDS}s'; "
    f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'"
)
DEFAULT_OPTIONS: Final = {
    "connect_timeout": 2,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 2000,
}
"""Parameters of libpq with which the client itself notices that the server is gone; DATABASE_URL can override them."""


class DatabaseWrapper(base.DatabaseWrapper):
    """Applies time limits in processes that serve requests; commands and the worker have none."""

    def __init__(self, settings_dict: dict[str, Any], alias: str = "default") -> None:
        super().__init__(settings_dict, alias)
        pool = settings_dict["OPTIONS"].get("pool")
        if pool:
            pool["connection_class"] = BoundedConnection
            pool["reconnect_timeout"] = 1  # after that, the next caller that needs a connection tries again

    def serve_requests(self) -> None:
        """Turns on the limits in all threads, and closes existing connections, which have none."""
        self.settings_dict["IS_FOR_REQUESTS"] = True
        self.settings_dict["OPTIONS"]["pool"]["timeout"] = POOL_SECONDS
        self.close()
        self.close_pool()

    @property
    def _is_for_requests(self) -> bool:
        return bool(self.settings_dict.get("IS_FOR_REQUESTS"))

    @contextmanager
    def holding(self, number: int, *, wait: Callable[[], object]) -> Iterator[None]:
        """Holds an advisory lock; calls `wait` before waiting for another holder.

        It uses its own connection and an open transaction, because behind a pooler in transaction mode a session lock
        would stay on a connection that others use.
        """
        with psycopg.connect(**self.get_connection_params()) as held:
            held.execute("SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = 0")
            if not _value(held, "SELECT pg_try_advisory_xact_lock(%s)", number):
                wait()
                held.execute("SELECT pg_advisory_xact_lock(%s)", [number])
            yield

    def get_connection_params(self) -> dict[str, Any]:
        return {**DEFAULT_OPTIONS, **super().get_connection_params()}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Raises OperationalError with the reason; the pool's own error would only say that it waited."""
        is_out_of_reach = self._is_for_requests and not LiveConnections.exist(self.alias)
        if is_out_of_reach and (words := LastFailure.of_last(PAUSE_SECONDS)):
            raise psycopg.OperationalError(words)
        try:
            return super().get_new_connection(conn_params)
        except psycopg.OperationalError as error:
            if not (words := LastFailure.of_last(POOL_SECONDS + PAUSE_SECONDS)):
                raise
            last = psycopg.OperationalError(words)
            LastFailure.note(last)
            raise last from error

    def _configure_connection(self, connection: psycopg.Connection[Any]) -> bool:
        """Sets the limits on connections of the pool, which serve requests.

        They are set in the session because poolers refuse them at its start, and not at all behind a pooler, which would pass
        them on to the worker and to migrations.
        """
        commit: bool = super()._configure_connection(connection)  # type: ignore[misc]
        if self._is_for_requests and isinstance(connection, BoundedConnection):
            connection.answer_seconds = ANSWER_SECONDS
            connection.on_silence = self._drop_idle_connections
            if connection.is_direct:
                connection.execute(LIMITS)
        LiveConnections.add(self.alias, connection)
        return commit

    def _drop_idle_connections(self) -> None:
        """Called when one of them gave no answer: each of the others could keep a request waiting as long."""
        pool = self._connection_pools.get(self.alias)  # type: ignore[attr-defined]
        if pool is not None:
            pool.drain()


def _value(connection: psycopg.Connection[Any], statement: str, number: int) -> Any:
    row = connection.execute(statement, [number]).fetchone()
    return row[0] if row else None
