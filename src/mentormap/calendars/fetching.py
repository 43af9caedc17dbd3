"""Fetches a calendar by its address, from a server that we do not trust.

The name is resolved once a hop and judged; the connection goes to that very number, with the certificate checked for the
name, so that a name which leads elsewhere a moment later (DNS rebinding) leads nowhere. No proxy is asked, no cookie kept.
"""

import socket
import ssl
import threading
from contextlib import closing, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from typing import Final
from urllib.parse import urljoin, urlsplit, urlunsplit

import structlog
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import HTTPResponse

from mentormap.calendars.addresses import feed_address, host_of
from mentormap.calendars.public_hosts import Resolve, SocketAddress, public_addresses
from mentormap.calendars.trouble import FeedTrouble

SECONDS: Final = 20.0
MOST_BYTES: Final = 10 * 1024 * 1024
MOST_REDIRECTS: Final = 5
CONNECT_SECONDS: Final = 5.0
LONGEST_VALIDATOR: Final = 100
_log = structlog.get_logger(__name__)
_PIECE: Final = 64 * 1024
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PASSING: Final = frozenset({408, 425, 429})
_ENCODINGS: Final = frozenset({"", "identity", "gzip"})
_HEADERS: Final = {
    "Accept": "text/calendar, */*;q=0.5",
    "Accept-Encoding": "gzip",
    "User-Agent": "MentorMap (reads when its owner is busy)",
}


@dataclass(frozen=True, slots=True)
class Feed:
    """What a server sent; `etag` and `last_modified` ask it the next time whether anything has changed (RFC 9110 section 13.1)."""

    body: bytes
    etag: str = ""
    last_modified: str = ""


class TookTooLong(FeedTrouble):
    def __init__(self, host: str) -> None:
        super().__init__(f"{host} took too long to answer.")


def fetch(
    address: str,
    *,
    etag: str = "",
    last_modified: str = "",
    seconds: float = SECONDS,
    resolve: Resolve = public_addresses,
) -> Feed | None:
    """What is at the address (as `feed_address` gives it); None if it has not changed. Raises FeedTrouble.

    It ends after `seconds`, whatever the name servers and the server do.
    """
    asked = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    visit = _Visit(address, {name: value for name, value in asked.items() if value}, resolve)
    visit.start()
    visit.join(seconds)
    if visit.is_alive():
        visit.cut()
        raise TookTooLong(host_of(address))
    if visit.trouble:
        raise visit.trouble
    return visit.feed


class _Visit(threading.Thread):
    """One fetch, in a thread of its own, so that nothing that it waits for can make its caller wait."""

    def __init__(self, address: str, conditions: dict[str, str], resolve: Resolve) -> None:
        super().__init__(name="calendar", daemon=True)
        self.feed: Feed | None = None
        self.trouble: FeedTrouble | None = None
        self._address, self._conditions, self._resolve = address, conditions, resolve
        self._connection: HTTPSConnection | None = None
        self._is_cut = False

    def run(self) -> None:
        try:
            self.feed = self._follow()
        except FeedTrouble as trouble:
            self.trouble = trouble
        except ssl.SSLCertVerificationError:
            self.trouble = FeedTrouble(f"{self._host} has no valid certificate.", is_lasting=True)
        except (OSError, HTTPError, HTTPException, ValueError):
            self.trouble = FeedTrouble(f"{self._host} could not be reached, or broke off.")
        except Exception as error:  # noqa: BLE001 - a traceback would show the address
            _log.error("calendar_fetch_broke", host=self._host, error=type(error).__name__)
            self.trouble = FeedTrouble(f"{self._host} sent what we cannot read.")

    def cut(self) -> None:
        """Ends what is under way; what has not begun yet does not begin."""
        self._is_cut = True
        sock = self._connection and self._connection.sock
        if sock:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    @property
    def _host(self) -> str:
        return host_of(self._address)

    def _follow(self) -> Feed | None:
        for _ in range(MOST_REDIRECTS + 1):
            parts = urlsplit(self._address)
            with closing(self._connect(parts.port or 443)) as connection:
                target = urlunsplit(("", "", parts.path, parts.query, ""))
                connection.request(
                    "GET",
                    target,
                    headers=_HEADERS | self._conditions | {"Host": parts.netloc},
                    preload_content=False,
                )
                answer = connection.getresponse()
                if answer.status not in _REDIRECTS:
                    return self._feed(answer)
                self._address = feed_address(urljoin(self._address, answer.headers.get("Location", "")))
        raise FeedTrouble("The address leads on and on, and never to a calendar.", is_lasting=True)

    def _connect(self, port: int) -> HTTPSConnection:
        """To the first of the name's addresses that answers."""
        *others, last = self._resolve(self._host, port)
        for place in others:
            with suppress(OSError, HTTPError):
                return self._open(place)
        return self._open(last)

    def _open(self, place: SocketAddress) -> HTTPSConnection:
        number, port = place
        self._connection = HTTPSConnection(
            number, port, timeout=CONNECT_SECONDS, server_hostname=self._host, ssl_context=_trust()
        )
        if self._is_cut:
            raise TookTooLong(self._host)
        self._connection.connect()
        return self._connection

    def _feed(self, answer: HTTPResponse) -> Feed | None:
        if answer.status == HTTPStatus.NOT_MODIFIED and self._conditions:
            return None
        if answer.status != HTTPStatus.OK:
            raise _refused(self._host, answer.status)
        etag, last_modified = (answer.headers.get(name, "") for name in ("ETag", "Last-Modified"))
        return Feed(self._body(answer), _if_short(etag), _if_short(last_modified))

    def _body(self, answer: HTTPResponse) -> bytes:
        if answer.headers.get("Content-Encoding", "identity").lower() not in _ENCODINGS:
            raise FeedTrouble(f"{self._host} sent what cannot be unpacked.", is_lasting=True)
        body = bytearray()
        while piece := b"" if self._is_cut else answer.read1(_PIECE, decode_content=True):
            body += piece
            if len(body) > MOST_BYTES:
                raise FeedTrouble("This calendar is larger than 10 MB.", is_lasting=True)
        return bytes(body)


def _refused(host: str, status: int) -> FeedTrouble:
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        sentence = f"{host} does not let us read this calendar ({status})."
    elif status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        sentence = f"{host} has no calendar at this address ({status})."
    else:
        sentence = f"{host} answered with an error ({status})."
    return FeedTrouble(sentence, is_lasting=400 <= status < 500 and status not in _PASSING)


def _if_short(validator: str) -> str:
    """A server that sends a long one is simply asked without it."""
    return validator if len(validator) <= LONGEST_VALIDATOR else ""


def _trust() -> ssl.SSLContext:
    """The authorities of this machine, and Mozilla's, for machines that have none."""
    context = ssl.create_default_context()
    context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    return context
