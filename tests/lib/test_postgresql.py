"""Our backend for PostgreSQL: requests are cut short, all else waits; what is out of reach is said soon, and why."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connections

from mentormap.lib.postgresql import base
from mentormap.lib.postgresql.base import DatabaseWrapper
from mentormap.lib.postgresql.connections import BoundedConnection, LastFailure, LiveConnections
from tests.servers.postgresql import Server, controlled_server

pytestmark = pytest.mark.postgresql


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with controlled_server() as running:
        yield running


@contextmanager
def database(server: Server, *, user: str = "mentormap", **options: Any) -> Iterator[DatabaseWrapper]:
    described = connections["default"].settings_dict | {
        "NAME": "mentormap",
        "USER": user,
        "HOST": "127.0.0.1",
        "PORT": str(server.port),
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 4, "timeout": 20}} | options,
    }
    LastFailure.clear()
    found = DatabaseWrapper(described, alias=f"tried-{server.port}")
    found.inc_thread_sharing()
    try:
        yield found
    finally:
        found.close()
        found.close_pool()


def value(found: DatabaseWrapper, statement: str) -> Any:
    with found.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def value_of_own(found: DatabaseWrapper, statement: str) -> Any:
    """The same through a wrapper of the calling thread's own, on the same pool."""
    own = DatabaseWrapper(found.settings_dict, alias=found.alias)
    try:
        return value(own, statement)
    finally:
        own.close()


LIMITS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")


@pytest.mark.django_db
def test_requests_have_limits_and_commands_have_none(server: Server) -> None:
    with database(server) as found:
        assert [value(found, f"SHOW {name}") for name in LIMITS] == ["0", "0", "0"]
        found.serve_requests()
        assert [value(found, f"SHOW {name}") for name in LIMITS] == ["10s", "3s", "15s"]


@pytest.mark.django_db
def test_what_the_address_says_goes_before_what_we_would(server: Server) -> None:
    with database(server, connect_timeout=7) as found:
        params = found.get_connection_params()
        assert (params["connect_timeout"], params["tcp_user_timeout"]) == (7, 2000)


@pytest.mark.django_db
def test_behind_a_pooler_no_limit_is_left_in_the_session_and_the_client_keeps_its_own(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BoundedConnection, "is_direct", False)
    monkeypatch.setattr(base, "ANSWER_SECONDS", 0.5)
    with database(server) as found:
        found.serve_requests()
        assert value(found, "SHOW statement_timeout") == "0"
        started = time.monotonic()
        with pytest.raises(OperationalError, match="no answer"):
            value(found, "SELECT pg_sleep(300)")
        assert time.monotonic() - started < 60
        found.close()
        LastFailure.clear()
        monkeypatch.setattr(base, "ANSWER_SECONDS", 30)
        running = (
            "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(300)' AND state = 'active'"
        )
        deadline = time.monotonic() + 30
        while value(found, running) and time.monotonic() < deadline:
            time.sleep(0.05)  # the server takes the cancel a moment later
        assert value(found, running) == 0


@pytest.mark.django_db
def test_a_refused_connection_is_told_with_its_reason_and_then_at_once(server: Server) -> None:
    with database(server) as found:
        found.serve_requests()
        server.stop()
        try:
            waits = []
            for _ in range(2):
                started = time.monotonic()
                with pytest.raises(OperationalError, match="refused"):
                    value(found, "SELECT 1")
                waits.append(time.monotonic() - started)
        finally:
            server.start()
        assert waits[0] < 10
        assert waits[1] < 0.5


@contextmanager
def connections_granted(server: Server, number: int) -> Iterator[str]:
    """The name of a role that may hold this many at a time."""
    server.run(f"CREATE ROLE granted LOGIN CONNECTION LIMIT {number}")
    try:
        yield "granted"
    finally:
        server.run("DROP ROLE granted")


@pytest.mark.django_db
def test_while_a_connection_is_in_use_a_refused_further_one_is_waited_for(server: Server) -> None:
    with connections_granted(server, 1) as user, database(server, user=user) as found:
        found.serve_requests()
        assert value(found, "SELECT 1") == 1
        with ThreadPoolExecutor(1) as others:
            for _ in range(2):  # the first makes the pool try in vain to grow, the second comes soon after
                asked = others.submit(value_of_own, found, "SELECT 2")
                time.sleep(0.4)
                while "too many connections" not in LastFailure.words and not asked.done():
                    time.sleep(0.01)
                found.close()
                assert asked.result() == 2
                assert value(found, "SELECT 1") == 1


@pytest.mark.django_db
def test_where_no_connection_is_granted_at_all_that_is_said_soon(server: Server) -> None:
    with connections_granted(server, 0) as user, database(server, user=user) as found:
        found.serve_requests()
        waits = []
        for _ in range(2):
            started = time.monotonic()
            with pytest.raises(OperationalError, match="too many connections"):
                value(found, "SELECT 1")
            waits.append(time.monotonic() - started)
        assert waits[0] < 10
        assert waits[1] < 0.5


@pytest.mark.django_db
def test_connections_from_before_a_restart_fail_nobody(server: Server) -> None:
    with database(server) as found:
        found.serve_requests()
        assert value(found, "SELECT 1") == 1
        found.close()
        server.stop()
        server.start()
        assert value(found, "SELECT 1") == 1


def hold_idle(found: DatabaseWrapper, count: int) -> None:
    """Leaves this many connections in the pool."""
    with ThreadPoolExecutor(count) as others:
        list(others.map(lambda _: value_of_own(found, "SELECT pg_sleep(0.5)"), range(count)))


@contextmanager
def standing_still(server: Server) -> Iterator[None]:
    server.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.signal(signal.SIGCONT)


@pytest.mark.django_db
def test_a_server_that_stands_still_is_asked_once_for_all_idle_connections(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancelled: list[BoundedConnection] = []
    monkeypatch.setattr(BoundedConnection, "cancel_safe", lambda self, **_: cancelled.append(self))
    with database(server) as found:
        found.serve_requests()
        hold_idle(found, 3)
        assert LiveConnections.exist(found.alias)
        with standing_still(server):
            started = time.monotonic()
            with pytest.raises(OperationalError):
                value(found, "SELECT 1")
            waited = time.monotonic() - started
            assert not LiveConnections.exist(found.alias)
        assert cancelled == []
        assert waited < 6


@pytest.mark.django_db
def test_a_connection_that_has_gone_silent_is_replaced_while_the_request_waits(server: Server) -> None:
    """Such as one that a firewall has forgotten: the server itself answers."""
    with database(server) as found:
        found.serve_requests()
        silent = value(found, "SELECT pg_backend_pid()")
        found.close()
        os.kill(silent, signal.SIGSTOP)
        try:
            assert value(found, "SELECT pg_backend_pid()") != silent
        finally:
            os.kill(silent, signal.SIGCONT)


def test_only_open_connections_are_live() -> None:
    class Made:
        closed = False

    made: Any = Made()
    assert not LiveConnections.exist("of a test")
    LiveConnections.add("of a test", made)
    assert LiveConnections.exist("of a test")
    assert not LiveConnections.exist("of another")
    made.closed = True
    assert not LiveConnections.exist("of a test")


def test_a_connection_that_is_made_clears_the_last_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[Any] = [psycopg.OperationalError("refused"), object()]

    def connect(*_: Any, **__: Any) -> Any:
        if isinstance(answers[0], Exception):
            raise answers.pop(0)
        return answers.pop(0)

    monkeypatch.setattr(psycopg.Connection, "connect", connect)
    with pytest.raises(psycopg.OperationalError):
        BoundedConnection.connect("")
    assert LastFailure.of_last(1.0) == "refused"
    BoundedConnection.connect("")
    assert LastFailure.of_last(1.0) == ""
