"""The web server by itself: how requests arrive, what it refuses without a thread, and how it ends."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from mentormap.operations.process.web_server import channel, limits, parsing
from mentormap.operations.process.web_server import server as serving
from tests.servers.web_server import (
    CHUNKED,
    HOST,
    LIMIT,
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


def test_half_sent_bodies_occupy_no_thread(running: Served) -> None:
    held = [running.connect() for _ in range(4 * limits.THREADS)]
    for client in held:
        client.sendall(post("/", 900, b"x"))
    await_true(lambda: len(running.server.active_channels) == len(held))
    assert status_of(running.call(b"GET / HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n")) == 200
    assert len(running.application.seen) == 1
    held[0].sendall(b"x" * 899)
    assert b"read 900" in read_all(held[0], silence=1)
    for client in held:
        client.close()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (post("/nothing", 900, b"x"), 404),
        (post("/small", LIMIT + 1, b"x"), 413),
        (post("/small", 10**15), 413),
    ],
)
def test_what_the_head_alone_forbids_is_answered_at_once_and_closed(
    running: Served, sent: bytes, status: int
) -> None:
    started = time.monotonic()
    with running.connect() as client:
        client.sendall(sent)
        answer = read_all(client)
    assert (status_of(answer), b"Connection: close" in answer) == (status, True)
    assert time.monotonic() - started < 2
    assert running.application.seen[0]["wsgi.input"].read() == b""


def test_a_client_that_goes_on_sending_reads_the_refusal_and_no_reset(running: Served) -> None:
    with running.connect() as client:
        client.sendall(post("/nothing", 10**8))
        for _ in range(50):
            client.sendall(b"x" * 65536)
        assert status_of(client.recv(65536)) == 404


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: +5\r\n",
        b"Bad Header: 1\r\n",
    ],
)
def test_a_body_whose_end_is_in_doubt_is_400(running: Served, head: bytes) -> None:
    answer = running.call(b"POST / HTTP/1.1\r\n" + HOST + head + b"\r\nhello", silence=3)
    assert status_of(answer) == 400
    assert running.application.seen == []


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\nCookie: " + b"c" * limits.HEAD_BYTES, 431),
    ],
)
def test_what_cannot_be_read_is_refused_by_the_server(running: Served, head: bytes, status: int) -> None:
    assert status_of(running.call(head, silence=3)) == status


def test_a_chunked_body_comes_with_its_length(running: Served) -> None:
    head = b"POST / HTTP/1.1\r\nConnection: close\r\n" + CHUNKED + b"\r\n"
    assert b"read 8" in running.call(head + b"5\r\nhello\r\n3\r\nyou\r\n0\r\n\r\n")
    assert running.application.seen[0]["CONTENT_LENGTH"] == "8"


@pytest.mark.parametrize(
    ("flood", "status"),
    [
        (b"%x\r\n%s\r\n" % (900, b"x" * 900), 413),
        (b"1\r\nx\r\n", 413),
        (b"1;" + b"e" * 100, 400),
    ],
)
def test_a_chunked_body_without_end_is_refused(
    running: Served, monkeypatch: pytest.MonkeyPatch, flood: bytes, status: int
) -> None:
    monkeypatch.setattr(parsing, "CONTROL_BYTES", 500)
    with running.connect() as client:
        client.sendall(b"POST / HTTP/1.1\r\n" + CHUNKED + b"\r\n")
        for _ in range(6000):
            try:
                client.sendall(flood)
            except OSError:
                break
            client.settimeout(0.002)
            try:
                answer = client.recv(100)
            except TimeoutError:
                continue
            assert status_of(answer) == status
            return
    pytest.fail("it was taken")


@pytest.mark.parametrize(("length", "status"), [(900, 100), (LIMIT + 1, 413)])
def test_only_a_body_that_is_wanted_is_asked_for(running: Served, length: int, status: int) -> None:
    with running.connect() as client:
        client.sendall(post("/small", length, more=b"Expect: 100-continue\r\n"))
        assert status_of(client.recv(1000)) == status


@pytest.mark.parametrize("sent", [b"GET / HT", post("/", 900, b"x")])
def test_a_trickle_does_not_renew_the_time_to_arrive(
    running: Served, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(channel, "ARRIVAL_SECONDS", 1.0)
    started = time.monotonic()
    with running.connect() as client:
        client.sendall(sent)
        client.settimeout(0.1)
        while time.monotonic() - started < 6:
            client.sendall(b"x")
            try:
                answer = client.recv(1000)
            except TimeoutError:
                continue
            break
    assert status_of(answer) == 408
    assert time.monotonic() - started < 4


def test_bytes_that_arrive_earn_time_for_more(running: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel, "ARRIVAL_SECONDS", 1.0)
    monkeypatch.setattr(channel, "ARRIVAL_RATE", 20.0)
    with running.connect() as client:
        client.sendall(post("/", 900, b"x" * 400))
        time.sleep(3)
        client.sendall(b"x" * 500)
        assert status_of(client.recv(1000)) == 200


def test_a_connection_that_says_nothing_is_closed(running: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel, "ARRIVAL_SECONDS", 1.0)
    assert running.call(b"", silence=5) == b""
    await_true(lambda: not running.server.active_channels)


def test_no_connection_that_waits_to_be_accepted_is_reset_when_late_ones_are_ended(running: Served) -> None:
    """A new connection gets the number of one that was just closed, but none of its events."""
    late = [running.connect() for _ in range(40)]
    await_true(lambda: len(running.server.active_channels) == len(late))
    with running.held():
        for one in running.server.active_channels.values():
            one.since -= limits.IDLE_SECONDS
        fresh = [running.connect() for _ in late]
        for client in fresh:
            client.sendall(b"GET / HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n")
        time.sleep(1.5 * serving.CHECK_SECONDS)
    assert [status_of(read_all(client)) for client in fresh] == [200] * len(fresh)
    assert [client.recv(1) for client in late] == [b""] * len(late)
    for client in (*late, *fresh):
        client.close()


def test_unfinished_requests_share_a_cap(running: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "UNFINISHED_BYTES", 3000)
    held = [running.connect() for _ in range(5)]
    for client in held:
        client.sendall(post("/", 900, b"x" * 800))
        time.sleep(0.1)
    statuses = [status_of(read_all(client, silence=0.3)) for client in held]
    assert statuses == [503, 503, 0, 0, 0]
    assert b"read 900" in running.call(post("/", 900, b"x" * 900), silence=0.5)
    for client in held:
        client.close()
    await_true(lambda: (running.server.budget.unfinished, running.server.budget.arrived) == (0, 0))


def test_an_answer_that_is_not_read_holds_no_thread_and_is_given_up(
    running: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel, "READING_SECONDS", 1.0)
    monkeypatch.setattr(channel, "READING_RATE", 1e12)
    running.application.long_bytes = 12_000_000
    slow = [running.connect() for _ in range(2 * limits.THREADS)]
    for client in slow:
        client.sendall(b"GET /long HTTP/1.1\r\n" + HOST + b"\r\n")
    await_true(lambda: len(running.application.seen) == len(slow))
    assert status_of(running.call(b"GET / HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n")) == 200
    await_true(lambda: not running.server.active_channels, seconds=15)
    for client in slow:
        client.close()


def test_answers_that_are_not_read_share_a_cap(running: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "UNREAD_BYTES", 20_000_000)
    running.application.long_bytes = 12_000_000
    slow = [running.connect() for _ in range(6)]
    for client in slow:
        client.sendall(b"GET /long HTTP/1.1\r\n" + HOST + b"\r\n")
    await_true(lambda: len(running.application.seen) == len(slow))
    await_true(lambda: unread(running) <= 20_000_000)
    for client in slow:
        client.close()


def test_newcomers_are_let_in_when_all_places_are_held() -> None:
    with served(connections=20) as running:
        held = [running.connect() for _ in range(40)]
        assert (
            status_of(running.call(b"GET / HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n", silence=20))
            == 200
        )
        for client in held:
            client.close()


def test_what_follows_a_whole_request_is_not_read(running: Served) -> None:
    """Hundreds of requests in one packet would otherwise wait in memory."""
    get = b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"
    answer = running.call(get * 200)
    assert (answer.count(b"HTTP/1.1 200"), b"Connection: close" in answer) == (1, True)
    assert len(running.application.seen) == 1


def test_a_connection_serves_one_request_after_another(running: Served) -> None:
    with running.connect() as client:
        for _ in range(3):
            client.sendall(post("/", 5, b"hello"))
            answer = read_all(client, silence=0.3)
            assert answer.endswith(b"read 5")
            assert b"Connection" not in answer


@pytest.mark.parametrize("path", [b"/", b"/stream", b"/long"])
def test_head_has_no_body(running: Served, path: bytes) -> None:
    running.application.long_bytes = 50
    answer = running.call(b"HEAD %s HTTP/1.1\r\nConnection: close\r\n%s\r\n" % (path, HOST))
    assert answer.endswith(b"\r\n\r\n")
    assert (b"Content-Length: 50" in answer) == (path == b"/long")


def test_the_application_sees_the_peer_and_what_was_sent(running: Served) -> None:
    more = b"X-Forwarded-For: 203.0.113.9\r\nX_Forwarded_For: 127.0.0.1\r\nX-Forwarded-Proto: https\r\nForwarded: for=1.2.3.4\r\n"
    answer = running.call(b"GET //a%20b/?q=%C3%A9 HTTP/1.1\r\nConnection: close\r\n" + HOST + more + b"\r\n")
    (environ,) = running.application.seen
    assert environ["REMOTE_ADDR"] == "127.0.0.1"
    assert environ["HTTP_X_FORWARDED_FOR"] == "203.0.113.9"
    assert environ["HTTP_X_FORWARDED_PROTO"] == "https"
    assert environ["HTTP_FORWARDED"] == "for=1.2.3.4"
    assert (environ["wsgi.url_scheme"], environ["SCRIPT_NAME"]) == ("http", "")
    assert (environ["PATH_INFO"], environ["QUERY_STRING"]) == ("/a b/", "q=%C3%A9")
    assert environ["HTTP_HOST"] == "localhost"
    assert re.search(rb"^(Server|Via):", answer, re.MULTILINE) is None


def test_the_end_lets_requests_under_way_finish(running: Served) -> None:
    idle, busy, arriving = clients = running.connect(), running.connect(), running.connect()
    busy.sendall(b"GET /slow HTTP/1.1\r\n" + HOST + b"\r\n")
    arriving.sendall(post("/", 5, b"he"))
    await_true(lambda: len(running.application.seen) == 1 and len(running.server.active_channels) == 3)
    running.server.stop()
    assert read_all(idle) == b""
    with pytest.raises(ConnectionRefusedError):
        running.connect()
    arriving.sendall(b"llo")
    running.application.gate.set()
    for client, expected in ((busy, b"read 0"), (arriving, b"read 5")):
        answer = read_all(client)
        assert answer.endswith(expected)
        assert b"Connection: close" in answer
    for client in clients:
        client.close()
    running.thread.join(5)
    assert not running.thread.is_alive()


def test_a_connection_that_was_just_accepted_is_answered_at_the_end(running: Served) -> None:
    with running.connect() as client:
        await_true(lambda: running.server.active_channels)
        running.server.stop()
        await_true(lambda: not running.server.accepting)
        client.sendall(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        assert status_of(read_all(client)) == 200


def test_the_end_does_not_wait_for_ever(running: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "DRAIN_SECONDS", 1.0)
    busy = running.connect()
    busy.sendall(b"GET /slow HTTP/1.1\r\n" + HOST + b"\r\n")
    await_true(lambda: len(running.application.seen) == 1)
    running.server.stop()
    running.thread.join(5)
    assert not running.thread.is_alive()
    busy.close()


def test_deadlines_hold_when_the_clock_is_set_back(running: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Waitress looks at its connections by the time of day."""
    monkeypatch.setattr(channel, "ARRIVAL_SECONDS", 1.0)
    with time_machine.travel(datetime.now(UTC) - timedelta(hours=3)):
        assert status_of(running.call(b"GET / HT", silence=6)) == 408
