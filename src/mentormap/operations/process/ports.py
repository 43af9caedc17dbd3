"""Takes the ports of a start before it touches any data, so that of two starts at once one says why it ends."""

import errno
import socket
from typing import Final

BACKLOG: Final = 1024
"""The number of connections that can wait to be accepted, as while a web process restarts."""


class PortBusy(Exception):
    """Something already listens there, or another start is under way."""

    def __init__(self, port: int, *, variable: str) -> None:
        self.port = port
        super().__init__(
            f"Port {port} is in use, perhaps by another MentorMap: stop that one, or choose another port, "
            f"such as {variable}={port + 1000 if port < 60000 else port - 1000}."
        )


class AddressRefused(Exception):
    """The machine does not let us listen there; `why` is its own word for the reason."""

    def __init__(self, host: str, port: int, *, variable: str, why: str) -> None:
        super().__init__(f"Nobody can listen at {host}, port {port}: {why}. Correct HOST or {variable}.")


def reserve(port: int, *, variable: str) -> socket.socket:
    """A lock on this number that ends with the process, however it ends: the UDP port of the same number.

    Probing the TCP port would not do: two starts at once would both find it free. Raises PortBusy and AddressRefused.
    """
    lock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        _bind(lock, "127.0.0.1", port, variable=variable)
    except Exception:
        lock.close()
        raise
    return lock


def check_free(host: str, port: int, *, variable: str) -> None:
    """A connection that lingers from the last run does no harm. Raises PortBusy and AddressRefused."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _bind(probe, host, port, variable=variable)


def listen(host: str, port: int) -> socket.socket:
    """The listening socket of the web processes, all of which accept from it. `::` stands for IPv4 too. Raises OSError."""
    is_ipv6 = ":" in host
    return socket.create_server(
        (host, port),
        family=socket.AF_INET6 if is_ipv6 else socket.AF_INET,
        backlog=BACKLOG,
        dualstack_ipv6=is_ipv6 and socket.has_dualstack_ipv6(),
    )


def _bind(sock: socket.socket, host: str, port: int, *, variable: str) -> None:
    try:
        sock.bind((host, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortBusy(port, variable=variable) from None
        why = (error.strerror or str(error)).lower()
        raise AddressRefused(host, port, variable=variable, why=why) from None
