"""Fetching over TLS from a server on loopback, which a resolver leads to: in the program only public addresses are led to."""

import gzip
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from mentormap.lib.outbound import fetching
from mentormap.lib.outbound.addresses import BadAddress
from mentormap.lib.outbound.errors import OutboundError
from mentormap.lib.outbound.fetching import Fetched, fetch
from mentormap.lib.outbound.public_hosts import SocketAddress, public_addresses
from tests.calendars.ics import calendar
from tests.lib.outbound.tls_server import TlsServer, sends

pytestmark = pytest.mark.server
HOST = "calendar.example.com"
ADDRESS = f"https://{HOST}/maya/secret.ics"
BODY = calendar().encode()


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TlsServer]:
    made = TlsServer(tmp_path, [HOST, "other.example.com"])
    monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
    with made.running():
        yield made


def failure(server: TlsServer, address: str = ADDRESS, *, seconds: float = 20) -> OutboundError:
    with pytest.raises(OutboundError) as refusal:
        fetch(address, resolve=server.resolve, seconds=seconds)
    assert "secret" not in str(refusal.value)
    return refusal.value


def test_a_calendar_is_fetched_with_what_tells_its_version(server: TlsServer) -> None:
    answer = sends(BODY, ETag='"7"', Last_Modified="Mon, 23 Nov 2026 09:00:00 GMT")
    server.answers["/maya/secret.ics?export"] = answer
    feed = fetch(f"{ADDRESS}?export", resolve=server.resolve)
    assert feed == Fetched(BODY, '"7"', "Mon, 23 Nov 2026 09:00:00 GMT")
    assert server.resolved == [(HOST, 443)]
    [(_, headers)] = server.asked
    assert (headers["Host"], headers["Accept-Encoding"]) == (HOST, "gzip")
    assert not {"If-None-Match", "If-Modified-Since", "Authorization", "Cookie"} & headers.keys()


def test_it_is_asked_for_only_if_it_has_changed(server: TlsServer) -> None:
    server.answers["/maya/secret.ics"] = sends(b"", 304)
    assert fetch(ADDRESS, etag='"7"', last_modified="Mon", resolve=server.resolve) is None
    [(_, headers)] = server.asked
    assert (headers["If-None-Match"], headers["If-Modified-Since"]) == ('"7"', "Mon")


def test_packed_answers_are_unpacked(server: TlsServer) -> None:
    server.answers["/maya/secret.ics"] = sends(gzip.compress(BODY), Content_Encoding="gzip")
    feed = fetch(ADDRESS, resolve=server.resolve)
    assert feed is not None
    assert feed.body == BODY


def test_a_validator_that_is_too_long_to_keep_is_left_out(server: TlsServer) -> None:
    server.answers["/maya/secret.ics"] = sends(BODY, ETag=f'"{"x" * 200}"')
    assert fetch(ADDRESS, resolve=server.resolve) == Fetched(BODY)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed_and_each_is_judged(server: TlsServer, status: int) -> None:
    server.answers["/maya/secret.ics"] = sends(b"", status, Location="https://other.example.com:8443/x")
    server.answers["/x"] = sends(b"", status, Location="y")
    server.answers["/y"] = sends(BODY)
    assert fetch(ADDRESS, resolve=server.resolve) == Fetched(BODY)
    assert server.resolved == [(HOST, 443), ("other.example.com", 8443), ("other.example.com", 8443)]
    assert [headers["Host"] for _, headers in server.asked][1:] == ["other.example.com:8443"] * 2


def test_six_redirects_are_too_many(server: TlsServer) -> None:
    server.answers["/maya/secret.ics"] = sends(b"", 302, Location="/maya/secret.ics")
    assert failure(server).sentence == "The address redirects too many times."
    assert len(server.asked) == 6


@pytest.mark.parametrize(
    "location",
    [
        "http://calendar.example.com/",
        "file:///etc/passwd",
        "https://a:b@example.com/",
        "https://example.com:25/",
        "https://2130706433/secret.ics",
        r"https://127.0.0.1\.example.com/",
    ],
)
def test_a_redirect_to_what_would_not_be_taken_is_not_followed(server: TlsServer, location: str) -> None:
    server.answers["/maya/secret.ics"] = sends(b"", 302, Location=location)
    assert isinstance(failure(server), BadAddress)
    assert len(server.asked) == 1


@pytest.mark.parametrize("inside", ["localhost", "127.0.0.1", "[::1]", "169.254.169.254"])
def test_a_redirect_inwards_is_not_followed(server: TlsServer, inside: str) -> None:
    server.answers["/maya/secret.ics"] = sends(b"", 302, Location=f"https://{inside}/secret.ics")

    def resolve(host: str, port: int) -> Sequence[SocketAddress]:
        return server.resolve(host, port) if host == HOST else public_addresses(host, port)

    with pytest.raises(OutboundError, match="is not on the public internet"):
        fetch(ADDRESS, resolve=resolve)
    assert len(server.asked) == 1


def test_without_a_resolver_loopback_is_never_asked(server: TlsServer) -> None:
    with pytest.raises(OutboundError, match="localhost is not on the public internet"):
        fetch("https://localhost/secret.ics")
    assert server.asked == []


def test_the_connection_goes_to_the_number_that_was_judged(
    server: TlsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that leads elsewhere when it is asked a second time is not asked a second time."""
    asked, ask = [], socket.getaddrinfo

    def getaddrinfo(host: str, *args: int, **kwargs: int) -> object:
        asked.append(host)
        return ask(host, *args, **kwargs)

    server.answers["/maya/secret.ics"] = sends(BODY)
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    assert fetch(ADDRESS, resolve=server.resolve) == Fetched(BODY)
    assert set(asked) == {"127.0.0.1"}


def test_the_next_address_is_tried_if_one_does_not_answer(server: TlsServer) -> None:
    server.answers["/maya/secret.ics"] = sends(BODY)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))

        def resolve(host: str, port: int) -> Sequence[SocketAddress]:
            return [("127.0.0.1", closed.getsockname()[1]), *server.resolve(host, port)]

        assert fetch(ADDRESS, resolve=resolve) == Fetched(BODY)


def test_a_proxy_of_the_environment_is_not_asked(server: TlsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    server.answers["/maya/secret.ics"] = sends(BODY)
    assert fetch(ADDRESS, resolve=server.resolve) == Fetched(BODY)


def test_a_certificate_for_another_name(server: TlsServer) -> None:
    found = failure(server, "https://wrong.example.com/secret.ics")
    assert (found.sentence, found.is_lasting) == ("wrong.example.com has no valid certificate.", True)
    assert server.asked == []


def test_a_certificate_that_nobody_vouches_for(server: TlsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    assert failure(server).sentence == "calendar.example.com has no valid certificate."


@pytest.mark.parametrize(
    ("status", "sentence", "is_lasting"),
    [
        (401, "calendar.example.com does not let us read this address (401).", True),
        (403, "calendar.example.com does not let us read this address (403).", True),
        (404, "calendar.example.com has nothing at this address (404).", True),
        (410, "calendar.example.com has nothing at this address (410).", True),
        (418, "calendar.example.com answered with an error (418).", True),
        (429, "calendar.example.com answered with an error (429).", False),
        (500, "calendar.example.com answered with an error (500).", False),
        (503, "calendar.example.com answered with an error (503).", False),
    ],
)
def test_refusals_in_plain_words(server: TlsServer, status: int, sentence: str, *, is_lasting: bool) -> None:
    server.answers["/maya/secret.ics"] = sends(b"secret", status)
    found = failure(server)
    assert (found.sentence, found.is_lasting) == (sentence, is_lasting)


@pytest.mark.parametrize(
    "answer",
    [
        sends(BODY, Content_Length=str(len(BODY) + 7)),
        sends(b"nonsense", Content_Encoding="gzip"),
        lambda handler: handler.wfile.write(b"nonsense\r\n\r\n"),
        lambda handler: handler.connection.close(),
    ],
)
def test_an_answer_that_breaks_off_or_makes_no_sense(server: TlsServer, answer: object) -> None:
    assert callable(answer)
    server.answers["/maya/secret.ics"] = answer
    assert failure(server).sentence == "calendar.example.com could not be reached, or closed the connection."


def test_a_packing_that_nobody_asked_for(server: TlsServer) -> None:
    server.answers["/maya/secret.ics"] = sends(BODY, Content_Encoding="gzip, gzip")
    assert failure(server).sentence == "calendar.example.com sent data that cannot be decompressed."


def test_more_than_ten_megabytes(server: TlsServer) -> None:
    server.answers["/maya/secret.ics"] = sends(b"x" * (fetching.MOST_BYTES + 1))
    assert failure(server).sentence == "calendar.example.com sent more than 10 MB."


def test_a_bomb_is_not_unpacked_beyond_the_limit(server: TlsServer) -> None:
    bomb = gzip.compress(b"\0" * (64 * 1024 * 1024), 9)
    bombs = bomb * 20
    server.answers["/maya/secret.ics"] = sends(bombs, Content_Encoding="gzip")
    assert failure(server).sentence == "calendar.example.com sent more than 10 MB."


def drip(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    slowly(handler)


def drip_headers(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    slowly(handler)


def slowly(handler: BaseHTTPRequestHandler) -> None:
    for _ in range(100):
        handler.wfile.write(b"x")
        time.sleep(0.05)


@pytest.mark.parametrize("answer", [drip, drip_headers])
def test_a_server_that_drips_is_left(server: TlsServer, answer: object) -> None:
    assert callable(answer)
    server.answers["/maya/secret.ics"] = answer
    started = time.monotonic()
    found = failure(server, seconds=0.4)
    assert time.monotonic() - started < 4
    assert (found.sentence, found.is_lasting) == ("calendar.example.com took too long to answer.", False)


def test_a_name_server_that_sleeps_is_left(server: TlsServer) -> None:
    def resolve(host: str, port: int) -> Sequence[SocketAddress]:
        time.sleep(0.4)
        return server.resolve(host, port)

    with pytest.raises(OutboundError, match="took too long"):
        fetch(ADDRESS, seconds=0.1, resolve=resolve)
    for visit in [thread for thread in threading.enumerate() if thread.name == "fetch"]:
        visit.join()
    assert server.asked == []
