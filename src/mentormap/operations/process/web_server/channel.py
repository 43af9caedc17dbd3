"""One connection: requests arrive on the server's loop, one at a time, and only complete ones are passed to a thread."""

import socket
from collections.abc import Callable
from http import HTTPStatus
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

from waitress.channel import HTTPChannel

from mentormap.operations.process.web_server.answering import Answer, as_bytes
from mentormap.operations.process.web_server.limits import (
    ARRIVAL_RATE,
    ARRIVAL_SECONDS,
    IDLE_SECONDS,
    LINGER_SECONDS,
    NEWCOMER_SECONDS,
    READING_RATE,
    READING_SECONDS,
)
from mentormap.operations.process.web_server.parsing import Request

if TYPE_CHECKING:
    from mentormap.operations.process.web_server.server import Server


class ClientChannel(HTTPChannel):
    """`since` is the start of the current wait (monotonic): for a request, for the rest of it, or for the end of lingering.

    `network` is the client's, according to its last request.
    """

    task_class = Answer
    server: "Server"
    request: Request | None
    requests: list[Request]
    requests_lock: Lock
    socket: socket.socket
    _flush_exception: Callable[..., Any]
    _flush_some_if_lockable: Callable[..., Any]
    must_linger = is_lingering = was_used = False
    sent_bytes = 0
    reading_since: float | None = None
    sent_before = 0

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.since = monotonic()
        self.network = self.server.front.network(self.addr[0], {})

    # How a request arrives

    def readable(self) -> bool:
        return self.is_lingering or super().readable()

    def handle_read(self) -> None:
        if self.is_lingering:
            self.recv(self.adj.recv_bytes)
        else:
            super().handle_read()

    def received(self, data: bytes) -> bool:
        """Receives bytes of one request. Bytes after a complete one are not read: the connection closes after its response."""
        with self.requests_lock:
            if self.will_close or self.close_when_flushed or self.requests:
                return False
            rest = data
            while rest:
                if self.request is None:
                    self.request, self.since = Request(self.adj), monotonic()
                rest = rest[self.request.received(rest) :]
                if self.request.completed and not self.request.empty:
                    self._take(self.request, is_last=bool(rest.strip(b"\r\n")))
                    return True
                if self.request.completed:
                    self.request = None
            if self.request is not None:
                self._judge(self.request)
        return True

    def _take(self, request: Request, *, is_last: bool) -> None:
        """Passes a complete request to a thread, or answers one that cannot be parsed."""
        if request.error is not None:
            self.refuse(request.error.code)
        elif not self.server.budget.finish(request.counted, size=request.size):
            self.refuse(HTTPStatus.SERVICE_UNAVAILABLE)
        else:
            self._note_network(request)
            self.request, self.sent_continue = None, False
            request.counted = request.size
            if is_last or request.is_refused:
                self.must_linger = True
                request.headers["CONNECTION"] = "close"
            self.requests.append(request)
            self.server.add_task(self)  # type: ignore[arg-type]

    def _judge(self, request: Request) -> None:
        """Checks an incomplete request: its head against the application's rules, then the limits on the rest."""
        if request.headers_finished and request.limit is None:
            self._note_network(request)
        if not self._has_room(request):
            return
        if request.headers_finished and request.limit is None:
            self._judge_head(request)
        elif request.is_over():
            request.headers["CONTENT_LENGTH"] = str(request.body_bytes_received)
            self._end_at_head(request)

    def _has_room(self, request: Request) -> bool:
        """Counts the new bytes. If they do not fit, the heaviest network gives way, which may be this request's own."""
        more = request.size - request.counted
        if not self.server.budget.take(more):
            self.server.make_room(self, more)
            if self.request is None or not self.server.budget.take(more):
                self.refuse(HTTPStatus.SERVICE_UNAVAILABLE)
                return False
        request.counted = request.size
        return True

    def _note_network(self, request: Request) -> None:
        headers = {f"HTTP_{name}": value for name, value in request.headers.items()}
        self.network = self.server.front.network(self.addr[0], headers)

    def _judge_head(self, request: Request) -> None:
        request.limit = self.server.front.body_limit(Answer(self, request).get_environment())  # type: ignore[arg-type]
        if request.limit is None:
            self._end_at_head(request)
        elif request.expect_continue and not self.sent_continue:
            self.send_continue()

    def _end_at_head(self, request: Request) -> None:
        request.refuse()
        self._take(request, is_last=True)

    # How an answer leaves

    def refuse(self, status: int) -> None:
        """Sends the server's own response to a request that never reaches the application; only called on the loop."""
        request, self.request = self.request, None
        if request is None:
            return
        self.server.budget.drop(request.counted)
        request.close()
        answer = as_bytes(self.server.front.refusal(status, request.path))
        with self.outbuf_lock:
            self.outbufs[-1].append(answer)
            self.total_outbufs_len += len(answer)
        self.must_linger = self.close_when_flushed = True

    def service(self) -> None:
        """Runs on a thread."""
        request = self.requests[0]
        try:
            super().service()
        finally:
            self.server.budget.release(request.counted)
            self.since, self.was_used = monotonic(), True

    def send(self, data: bytes, do_close: bool = True) -> int:
        sent = super().send(data, do_close)
        self.sent_bytes += sent
        return sent

    def handle_write(self) -> None:
        """Lingers; waitress would close at once, and the client, still sending, would lose the response."""
        if not self.must_linger:
            super().handle_write()
            return
        is_ending = self.close_when_flushed
        self._flush_exception(self._flush_some_if_lockable)
        if self.will_close:
            self.handle_close()
        elif is_ending and self.connected and not self.total_outbufs_len:
            self._linger()

    def _linger(self) -> None:
        self.close_when_flushed, self.is_lingering, self.since = False, True, monotonic()
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.handle_close()

    def handle_close(self) -> None:
        request, self.request = self.request, None
        if request is not None:
            self.server.budget.drop(request.counted)
            request.close()
        super().handle_close()

    # Deadlines

    def check(self, now: float) -> None:
        """Closes a connection that takes too long; called on the loop once a second."""
        if self._is_read_too_slowly(now):
            self.end()
        elif self.total_outbufs_len or self.requests:
            return
        elif self.request is not None:
            if now - self.since > ARRIVAL_SECONDS + self.request.size / ARRIVAL_RATE:
                self.refuse(HTTPStatus.REQUEST_TIMEOUT)
        elif now - self.since > self._timeout():
            self.end()

    def end(self) -> None:
        """Closes now. Waitress waits for the socket to be writable, that is, for a client that does not read."""
        self.will_close = True
        self.handle_close()

    def is_waiting(self) -> bool:
        """Returns whether the connection only waits for the client's next bytes."""
        return not (self.requests or self.total_outbufs_len)

    def end_if_idle(self, now: float) -> None:
        """Returns whether a stopping server still waits: for the rest of a request, or for the first bytes of a new connection."""
        is_new = not self.was_used and now - self.since < NEWCOMER_SECONDS
        if self.is_waiting() and self.request is None and not self.is_lingering and not is_new:
            self.end()

    def _timeout(self) -> float:
        if self.is_lingering:
            return LINGER_SECONDS
        return IDLE_SECONDS if self.was_used else ARRIVAL_SECONDS

    def _is_read_too_slowly(self, now: float) -> bool:
        if not self.total_outbufs_len:
            self.reading_since = None
            return False
        if self.reading_since is None:
            self.reading_since, self.sent_before = now, self.sent_bytes
        earned = (self.sent_bytes - self.sent_before) / READING_RATE
        return now - self.reading_since > READING_SECONDS + earned
