"""The web server at its limits: the client network that holds the most gives way, and newcomers are served."""

import time
from collections.abc import Iterator

import pytest

from mentormap.operations.process.web_server import limits
from mentormap.operations.process.web_server import server as serving
from tests.servers.web_server import (
    CHUNKED,
    HOST,
    Served,
    await_true,
    post,
    read_all,
    served,
    status_of,
    unread,
)

pytestmark = pytest.mark.server


@pytest.fixture
def running() -> Iterator[Served]:
    with served() as running:
        yield running


def of(network: str) -> bytes:
    return b"X-Forwarded-For: %s\r\n" % network.encode()


def test_room_for_a_newcomer_is_made_by_the_network_that_holds_most(
    running: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "UNFINISHED_BYTES", 3000)
    honest, *silent = clients = [running.connect() for _ in range(4)]
    honest.sendall(post("/", 900, b"x" * 880, of("honest")))
    for client in silent:
        client.sendall(post("/", 900, b"x" * 500, of("silent")))
        time.sleep(0.1)
    with running.connect() as newcomer:
        newcomer.sendall(post("/", 900, b"x" * 700, of("new")))
        time.sleep(0.2)
        newcomer.sendall(b"x" * 200)
        assert b"read 900" in read_all(newcomer, silence=0.5)
    honest.sendall(b"x" * 20)
    assert b"read 900" in read_all(honest, silence=0.5)
    assert [status_of(read_all(client, silence=0.3)) for client in silent] == [503, 0, 0]
    for client in clients:
        client.close()


def test_a_newcomer_gives_way_whose_network_holds_most(
    running: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "UNFINISHED_BYTES", 3000)
    with running.connect() as honest, running.connect() as greedy:
        honest.sendall(post("/", 900, b"x" * 880, of("honest")))
        time.sleep(0.2)
        greedy.sendall(b"POST / HTTP/1.1\r\n" + CHUNKED + of("greedy") + b"\r\n7c6\r\n" + b"x" * 1900)
        time.sleep(0.2)
        greedy.sendall(b"x" * 80)
        assert status_of(read_all(greedy, silence=0.3)) == 503
        honest.sendall(b"x" * 20)
        assert b"read 900" in read_all(honest, silence=0.5)


def test_slow_readers_of_one_network_give_way_to_another(
    running: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other's answer is kept, though it was read least recently."""
    running.application.long_bytes = 12_000_000
    clients = [running.connect() for _ in range(5)]
    for number, client in enumerate(clients):
        client.sendall(b"GET /long HTTP/1.1\r\n" + HOST + of("slow" if number else "honest") + b"\r\n")
        await_true(lambda: len(running.application.seen) == number + 1)  # noqa: B023 - called at once
    await_true(lambda: not any(one.requests for one in list(running.server.active_channels.values())))
    monkeypatch.setattr(serving, "UNREAD_BYTES", 20_000_000)
    await_true(lambda: unread(running) <= 20_000_000)
    assert len(read_all(clients[0], silence=1)) > 12_000_000
    for client in clients:
        client.close()


def test_newcomers_are_let_in_when_slow_readers_hold_all_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "UNREAD_BYTES", 10**12)
    with served(connections=20) as running:
        running.application.long_bytes = 12_000_000
        slow = [running.connect() for _ in range(40)]
        for client in slow:
            client.sendall(b"GET /long HTTP/1.1\r\n" + HOST + b"\r\n")
        answer = running.call(b"GET / HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n", silence=20)
        assert status_of(answer) == 200
        for client in slow:
            client.close()
