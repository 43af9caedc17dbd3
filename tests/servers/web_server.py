"""Our web server in a thread of this process, before an application of a few lines."""

import socket
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from wsgiref.types import StartResponse

from django.http import HttpResponse
from waitress import wasyncore

from mentormap.operations.process.ports import listen
from mentormap.operations.process.web_server.front import Environ, Front
from mentormap.operations.process.web_server.server import Server

HOST = b"Host: localhost\r\n"
CHUNKED = HOST + b"Transfer-Encoding: chunked\r\n"
LIMIT = 1000
"""Bytes of body at /small."""


@dataclass
class Application:
    """Answers with what it read; `seen` are the environs. /slow waits for `gate`, /long sends `long_bytes`."""

    seen: list[Environ] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    long_bytes: int = 0

    def __call__(self, environ: Environ, start: StartResponse) -> Iterable[bytes]:
        self.seen.append(environ)
        path, length = environ["PATH_INFO"], int(environ.get("CONTENT_LENGTH") or 0)
        if body_limit(environ) is None or length > LIMIT:
            start("404 Not Found" if path == "/nothing" else "413 Too Large", [("Content-Length", "7")])
            return [b"refused"]
        if path == "/slow":
            self.gate.wait(20)
        read = environ["wsgi.input"].read()
        answer = b"x" * self.long_bytes if path == "/long" else b"read %d" % len(read)
        headers = [] if path == "/stream" else [("Content-Length", str(len(answer)))]
        start("200 OK", headers)
        return iter([answer, b"more"]) if path == "/stream" else [answer]


def body_limit(environ: Environ) -> int | None:
    """Refuses /nothing, and lengths over LIMIT, by their heads."""
    if environ["PATH_INFO"] == "/nothing" or int(environ.get("CONTENT_LENGTH") or 0) > LIMIT:
        return None
    return LIMIT


def refusal(status: int, path: str) -> HttpResponse:
    return HttpResponse(f"{status} at {path}", status=status)


def network(peer: str, headers: Mapping[str, str]) -> str:
    """The client's own word, so that one machine plays many clients."""
    return headers.get("HTTP_X_FORWARDED_FOR", peer)


@dataclass
class Served:
    """`call` sends bytes and reads until the server closes or falls silent."""

    server: Server
    application: Application
    port: int
    thread: threading.Thread

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def call(self, sent: bytes, *, silence: float = 10) -> bytes:
        with self.connect() as client:
            client.sendall(sent)
            return read_all(client, silence=silence)

    @contextmanager
    def held(self) -> Iterator[None]:
        """The loop stands still, in the event of its own trigger."""
        trigger: Any = self.server.trigger
        stands, goes_on = threading.Event(), threading.Event()

        def hold() -> None:
            stands.set()
            goes_on.wait(20)

        trigger.pull_trigger(hold)
        assert stands.wait(10)
        try:
            yield
        finally:
            goes_on.set()


def read_all(client: socket.socket, *, silence: float = 10) -> bytes:
    client.settimeout(silence)
    received = b""
    try:
        while data := client.recv(65536):
            received += data
    except TimeoutError:
        pass
    return received


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


@contextmanager
def served(*, connections: int = 200) -> Iterator[Served]:
    application = Application()
    listener = listen("127.0.0.1", 0)
    port = int(listener.getsockname()[1])
    server = Server(Front(application, body_limit, refusal, network), listener, connections=connections)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield Served(server, application, port, thread)
    finally:
        application.gate.set()
        server.stop()
        thread.join(15)
        wasyncore.close_all(server._map, ignore_all=True)


def await_true(condition: Any, *, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def post(path: str, length: int, sent: bytes = b"", more: bytes = b"") -> bytes:
    return b"POST %s HTTP/1.1\r\n%sContent-Length: %d\r\n%s\r\n%s" % (path.encode(), HOST, length, more, sent)


def unread(running: Served) -> int:
    return sum(one.total_outbufs_len for one in list(running.server.active_channels.values()))
