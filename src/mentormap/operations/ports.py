"""Takes the ports of a start before it touches any data, so that of two starts at once one says why it ends."""

import errno
import socket


class PortBusy(Exception):
    """Something already listens there, or another start is under way."""

    def __init__(self, port: int, *, variable: str) -> None:
        self.port = port
        super().__init__(
            f"Port {port} is in use, perhaps by another MentorMap: stop that one, or choose another port, "
            f"such as {variable}={port + 1000 if port < 60000 else port - 1000}."
        )


def reserve(port: int, *, variable: str) -> socket.socket:
    """A lock on this number that ends with the process, however it ends: the UDP port of the same number. Raises PortBusy.

    Probing the TCP port would not do: web servers set SO_REUSEPORT, so two starts at once would both find it free.
    """
    lock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        lock.bind(("127.0.0.1", port))
    except OSError as error:
        lock.close()
        if error.errno != errno.EADDRINUSE:
            raise
        raise PortBusy(port, variable=variable) from None
    return lock


def check_free(host: str, port: int, *, variable: str) -> None:
    """Raises PortBusy if a program listens at the address; a connection that lingers from the last run does no harm."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise PortBusy(port, variable=variable) from None
