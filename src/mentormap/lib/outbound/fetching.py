"""Fetches an address from a user, from a server that we do not trust.

Each address, also of a redirect, is checked, and the connection pinned to the IP address checked. No proxy, no cookies.
"""

import socket
import ssl
import threading
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from typing import Final
from urllib.parse import urljoin

import structlog
from urllib3.exceptions import HTTPError
from urllib3.response import HTTPResponse

from mentormap.lib.outbound.addresses import WebAddress, web_address
from mentormap.lib.outbound.connections import PinnedConnection, connection_to
from mentormap.lib.outbound.errors import OutboundError
from mentormap.lib.outbound.public_hosts import Resolve, SocketAddress, public_addresses

SECONDS: Final = 20.0
MOST_BYTES: Final = 10 * 1024 * 1024
MOST_REDIRECTS: Final = 5
PORTS: Final = frozenset({443, 8443})
"""Ports of web servers, so that an address cannot be used to probe others."""
LONGEST_VALIDATOR: Final = 100
_log = structlog.get_logger(__name__)
_PIECE: Final = 64 * 1024
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PASSING: Final = frozenset({408, 425, 429})
_ENCODINGS: Final = frozenset({"", "identity", "gzip"})
_HEADERS: Final = {
    "Accept-Encoding": "gzip",
    "User-Agent": "MentorMap",
}


@dataclass(frozen=True, slots=True)
class Fetched:
    """A server's answer; `etag` and `last_modified` make the next request conditional (RFC 9110 section 13.1)."""

    body: bytes
    etag: str = ""
    last_modified: str = ""


class TookTooLong(OutboundError):
    def __init__(self, host: str) -> None:
        super().__init__(f"{host} took too long to answer.")


def fetch(
    typed: str,
    *,
    accept: str = "*/*",
    etag: str = "",
    last_modified: str = "",
    seconds: float = SECONDS,
    resolve: Resolve = public_addresses,
) -> Fetched | None:
    """Fetches the address; None if the content has not changed. Raises OutboundError.

    Returns after `seconds` at most, whatever the name servers and the server do.
    """
    address = web_address(typed, ports=PORTS)
    asked = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    conditions = {name: value for name, value in asked.items() if value}
    visit = _Visit(address, conditions, accept, resolve)
    visit.start()
    visit.join(seconds)
    if visit.is_alive():
        visit.cut()
        raise TookTooLong(address.host)
    if visit.error:
        raise visit.error
    return visit.fetched


class _Visit(threading.Thread):
    """One fetch in its own thread, so that the caller never has to wait for it longer than planned."""

    def __init__(
        self, address: WebAddress, conditions: dict[str, str], accept: str, resolve: Resolve
    ) -> None:
        super().__init__(name="fetch", daemon=True)
        self.fetched: Fetched | None = None
        self.error: OutboundError | None = None
        self._address, self._conditions, self._accept = address, conditions, accept
        self._resolve = resolve
        self._connection: PinnedConnection | None = None
        self._is_cut = False

    def run(self) -> None:
        try:
            self.fetched = self._follow()
        except OutboundError as error:
            self.error = error
        except ssl.SSLCertVerificationError:
            self.error = OutboundError(f"{self._host} has no valid certificate.", is_lasting=True)
        except (OSError, HTTPError, HTTPException, ValueError):
            self.error = OutboundError(f"{self._host} could not be reached, or closed the connection.")
        except Exception as error:  # noqa: BLE001 - a traceback would show the address
            _log.error("fetch_broke", host=self._host, error=type(error).__name__)
            self.error = OutboundError(f"{self._host} sent an answer that we cannot read.")

    def cut(self) -> None:
        """Ends the request under way, and prevents further ones."""
        self._is_cut = True
        sock = self._connection and self._connection.sock
        if sock:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    @property
    def _host(self) -> str:
        return self._address.host

    def _follow(self) -> Fetched | None:
        for _ in range(MOST_REDIRECTS + 1):
            self._connection = connection_to(self._address, resolve=self._places)
            with closing(self._connection) as connection:
                connection.connect()
                connection.request(
                    "GET", self._address.target, headers=self._headers(), preload_content=False
                )
                answer = connection.getresponse()
                if answer.status not in _REDIRECTS:
                    return self._read_answer(answer)
                location = urljoin(str(self._address), answer.headers.get("Location", ""))
                self._address = web_address(location, ports=PORTS)
        raise OutboundError("The address redirects too many times.", is_lasting=True)

    def _places(self, host: str, port: int) -> Sequence[SocketAddress]:
        places = self._resolve(host, port)
        if self._is_cut:
            raise TookTooLong(host)
        return places

    def _headers(self) -> dict[str, str]:
        return _HEADERS | self._conditions | {"Accept": self._accept, "Host": self._address.netloc}

    def _read_answer(self, answer: HTTPResponse) -> Fetched | None:
        if answer.status == HTTPStatus.NOT_MODIFIED and self._conditions:
            return None
        if answer.status != HTTPStatus.OK:
            raise _refusal_of(self._host, answer.status)
        etag, last_modified = (answer.headers.get(name, "") for name in ("ETag", "Last-Modified"))
        return Fetched(self._body(answer), _if_short(etag), _if_short(last_modified))

    def _body(self, answer: HTTPResponse) -> bytes:
        if answer.headers.get("Content-Encoding", "identity").lower() not in _ENCODINGS:
            raise OutboundError(f"{self._host} sent data that cannot be decompressed.", is_lasting=True)
        body = bytearray()
        while piece := b"" if self._is_cut else answer.read1(_PIECE, decode_content=True):
            body += piece
            if len(body) > MOST_BYTES:
                raise OutboundError(f"{self._host} sent more than 10 MB.", is_lasting=True)
        return bytes(body)


def _refusal_of(host: str, status: int) -> OutboundError:
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        sentence = f"{host} does not let us read this address ({status})."
    elif status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        sentence = f"{host} has nothing at this address ({status})."
    else:
        sentence = f"{host} answered with an error ({status})."
    return OutboundError(sentence, is_lasting=400 <= status < 500 and status not in _PASSING)


def _if_short(validator: str) -> str:
    """Returns empty text for a long value, because the request works without it."""
    return validator if len(validator) <= LONGEST_VALIDATOR else ""
