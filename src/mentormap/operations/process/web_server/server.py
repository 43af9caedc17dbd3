"""The server of one process: waitress's loop with deadlines, room for new connections, and a graceful stop."""

import math
import socket
import sys
from collections.abc import Callable
from http import HTTPStatus
from time import monotonic
from typing import Any, Final

import structlog
from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from mentormap.operations.process.web_server.channel import ClientChannel
from mentormap.operations.process.web_server.front import Front
from mentormap.operations.process.web_server.giving_way import heaviest_first, oldest
from mentormap.operations.process.web_server.limits import (
    DRAIN_SECONDS,
    HEAD_BYTES,
    IN_MEMORY_BYTES,
    SPARE,
    THREADS,
    UNREAD_BYTES,
    Budget,
)
from mentormap.operations.process.web_server.waiting_line import Queue

Socket = socket.socket
ACCEPTS: Final = 16
"""Connections accepted in one round of the loop; the rest is left to other processes."""
CHECK_SECONDS: Final = 1.0
"""The interval between two checks of all deadlines."""
_log = structlog.get_logger(__name__)
MAPPED: Final = "::ffff:"
"""The prefix of an IPv4 address on a socket for both families (RFC 4291 section 2.5.5.2)."""


class Server(TcpWSGIServer):
    """Accepts from a socket that other processes may share. `is_draining` is set when it has to stop.

    Within a round of waitress's loop a connection may only be closed by its own event. The loop first asks each connection
    which events it waits for. If one were closed there, the next accepted connection would get its descriptor, and with it the
    event "no such descriptor", which would close the new connection.
    """

    channel_class = ClientChannel
    next_channel_cleanup = math.inf  # type: ignore[assignment]  # waitress's would run within a round
    active_channels: dict[int, ClientChannel]  # type: ignore[assignment]
    is_draining = False
    socket: Socket
    _map: dict[int, Any]

    def __init__(self, front: Front, listener: Socket, *, connections: int) -> None:
        self.front, self.budget = front, Budget()
        self.end_by: float | None = None
        self.next_check = monotonic()
        dispatcher = ThreadedTaskDispatcher()
        dispatcher.queue = Queue()  # type: ignore[assignment]
        dispatcher.set_thread_count(THREADS)
        name = listener.getsockname()
        super().__init__(
            front.application,
            {},
            _sock=listener,
            dispatcher=dispatcher,
            adj=adjustments(connections),
            sockinfo=(listener.family, listener.type, listener.proto, name),
            bind_socket=False,
        )

    def handle_accept(self) -> None:
        """Accepts several at once, because each round of the loop checks all connections."""
        for _ in range(ACCEPTS):
            before = len(self._map)
            super().handle_accept()
            if len(self._map) == before:
                return

    def fix_addr(self, addr: Any) -> Any:
        """Returns the client's address, IPv4 without the IPv6 prefix."""
        return (addr[0].removeprefix(MAPPED) if "." in addr[0] else addr[0], *addr[1:])

    def stop(self) -> None:
        """Asks the loop to end; safe in a signal handler."""
        self.is_draining = True
        self.pull_trigger()

    def make_room(self, newcomer: ClientChannel, size: int) -> None:
        """Refuses unfinished requests until this many bytes fit, or the newcomer itself was refused.

        Their connections stay open, because none may be closed within a round of the loop.
        """
        for channel in heaviest_first(self.active_channels.values(), _unfinished):
            if self.budget.is_roomy(size):
                return
            channel.refuse(HTTPStatus.SERVICE_UNAVAILABLE)
            if channel is newcomer:
                return

    def run(self) -> None:
        """Serves until it has to stop, then until all requests under way are answered or DRAIN_SECONDS are over."""
        while not (self.is_draining and self._has_drained()):
            self.asyncore.loop(timeout=1, use_poll=True, map=self._map, count=1)
            self._check_deadlines()
        self.task_dispatcher.shutdown(timeout=1)

    def _check_deadlines(self) -> None:
        """Runs between two rounds of the loop, after all available data was read."""
        now = monotonic()
        if now < self.next_check:
            return
        self.next_check = now + CHECK_SECONDS
        channels = list(self.active_channels.values())
        for channel in channels:
            channel.check(now)
        if self.in_connection_overflow and not self.is_draining:
            for channel in oldest(channels, max(1, len(channels) // 10)):
                channel.end()
        self._bound_unread(channels)

    def _has_drained(self) -> bool:
        now = monotonic()
        if self.end_by is None:
            self.end_by = now + DRAIN_SECONDS
            self.accepting = False
            self.del_channel()
            self.socket.close()
        for channel in list(self.active_channels.values()):
            channel.check(now)
            channel.end_if_idle(now)
        if self.active_channels and now > self.end_by:
            _log.warning("web_ends_with_requests_under_way", connections=len(self.active_channels))
            return True
        return not self.active_channels

    def _bound_unread(self, channels: list[ClientChannel]) -> None:
        """Closes connections while the responses kept for slow readers exceed the limit.

        The sizes are read once: threads may write more of their responses in the meantime.
        """
        kept = {channel: channel.total_outbufs_len for channel in channels}
        unread = sum(kept.values())
        for channel in heaviest_first(channels, kept.__getitem__) if unread > UNREAD_BYTES else ():
            if unread <= (1 - SPARE) * UNREAD_BYTES:
                return
            unread -= kept[channel]
            channel.end()


def _unfinished(channel: ClientChannel) -> int:
    return channel.request.size if channel.request else 0


def adjustments(connections: int) -> Adjustments:
    """Returns waitress's options; the application handles forwarded headers itself."""
    make: Callable[..., Adjustments] = Adjustments
    return make(
        threads=THREADS,
        connection_limit=connections,
        asyncore_use_poll=True,
        max_request_header_size=HEAD_BYTES,
        max_request_body_size=sys.maxsize,  # the application decides that
        inbuf_overflow=IN_MEMORY_BYTES,
        clear_untrusted_proxy_headers=False,
        log_socket_errors=False,
        ident="",
    )
