"""The sandbox on a socket: a threaded server, and a thread that delivers webhooks."""

import select
import socket
import struct
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from stripe_sandbox.app import Sandbox
from stripe_sandbox.faults import ConnectionReset, NoAnswer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HANG = 120.0
TICK = 1.0
BACKLOG = 128
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class QuietHandler(WSGIRequestHandler):
    """Not a line for what goes well."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""

    def send_response(self, code: int, message: str | None = None) -> None:
        """Werkzeug adds the date itself: the base class would send it twice."""
        self.send_response_only(code, message)

    def connection_dropped(self, error: BaseException, environ: "WSGIEnvironment | None" = None) -> None:  # noqa: ARG002
        """Discards the rest of the request, so that it is not read as the next one."""
        self.close_connection = True


def serve_faults(app: "WSGIApplication") -> "WSGIApplication":
    """Turn a fault without an answer into what the caller of a real server would meet."""

    def served(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        try:
            return app(environ, start_response)
        except NoAnswer as fault:
            _break_off(environ["werkzeug.socket"], reset=isinstance(fault, ConnectionReset))
            raise ConnectionError from fault

    return served


def _break_off(connection: socket.socket, *, reset: bool) -> None:
    if not reset:
        select.select([connection], [], [], HANG)  # readable once the caller has given up
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    connection.close()


def deliver_forever(sandbox: Sandbox) -> None:
    while True:
        sandbox.deliver_due()
        sandbox.changed.wait(TICK)
        sandbox.changed.clear()


def build(sandbox: Sandbox, host: str, port: int) -> BaseWSGIServer:
    """Raises OSError where it cannot listen, in place of the library's words and exit."""
    with socket.create_server((host, port), backlog=BACKLOG) as listening:
        server = make_server(
            host,
            port,
            serve_faults(sandbox),
            threaded=True,
            request_handler=QuietHandler,
            fd=listening.fileno(),
        )
    threading.Thread(target=deliver_forever, args=(sandbox,), daemon=True, name="webhooks").start()
    return server
