"""Sessions of requests that go to the number that was judged, tried against a server on loopback."""

import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from mentormap.lib.outbound.addresses import BadAddress
from mentormap.lib.outbound.connections import pinned_session
from mentormap.lib.outbound.public_hosts import NotPublic, SocketAddress
from tests.lib.outbound.tls_server import TlsServer, sends

pytestmark = pytest.mark.server
HOST = "push.example.com"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TlsServer]:
    made = TlsServer(tmp_path, [HOST])
    monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
    with made.running():
        yield made


def test_a_session_connects_to_the_number_that_was_judged(
    server: TlsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, ask = [], socket.getaddrinfo

    def getaddrinfo(host: str, *args: int, **kwargs: int) -> object:
        asked.append(host)
        return ask(host, *args, **kwargs)

    server.answers["/x?y"] = sends(b"taken", 201)
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with pinned_session(resolve=server.resolve) as session:
        answer = session.get(f"https://{HOST}/x?y", timeout=5)
    assert (answer.status_code, answer.text) == (201, "taken")
    assert (server.resolved, set(asked)) == ([(HOST, 443)], {"127.0.0.1"})
    [(_, headers)] = server.asked
    assert headers["Host"] == HOST


def test_a_session_checks_the_certificate_for_the_name(server: TlsServer) -> None:
    with pinned_session(resolve=server.resolve) as session, pytest.raises(OSError, match="certificate"):
        session.get("https://other.example.com/", timeout=5)
    assert server.asked == []


def test_a_session_goes_nowhere_that_is_not_public() -> None:
    with pinned_session() as session:
        with pytest.raises(NotPublic):
            session.get("https://127.0.0.1/", timeout=5)
        with pytest.raises(BadAddress):
            session.get("https://a:b@127.0.0.1/", timeout=5)


def test_the_next_number_is_tried_if_one_does_not_answer(server: TlsServer) -> None:
    server.answers["/"] = sends(b"")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))

        def resolve(host: str, port: int) -> Sequence[SocketAddress]:
            return [("127.0.0.1", closed.getsockname()[1]), *server.resolve(host, port)]

        with pinned_session(resolve=resolve) as session:
            assert session.get(f"https://{HOST}/", timeout=5).status_code == 200
