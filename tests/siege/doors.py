"""Attack 1: sockets that hold half a request."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import requests

from mentormap.operations.process.web_server.limits import UNFINISHED_BYTES
from tests.siege.attack import attack
from tests.siege.site import Site

HEAD = (
    b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\nx"
)
PAGES = ("/mentors", "/health/live", "/login", "/api/mentors/", "/mentors/1")
LONGEST = 20.0
UPLOAD = (
    b"POST /mentoring/profile HTTP/1.1\r\nHost: localhost\r\nCookie: sessionid=" + b"a" * 32 + b"\r\n"
    b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 10000000\r\n\r\n"
)
"""A photo's form with the cookie of a login that never was."""


@attack(1, "slowest page beside 256 half-sent requests", unit="s", before="none came", limit=5, quick=True)
def beside_256(site: Site) -> float:
    return beside(site, 256)


@attack(1, "slowest page beside 1,100 half-sent requests", unit="s", before="none came", limit=5)
def beside_1100(site: Site) -> float:
    return beside(site, 1100)


@attack(
    1,
    "webhooks of ten that are refused beside four silent uploads",
    unit="",
    before="10",
    limit=0,
    quick=True,
)
def webhooks_refused(site: Site) -> float:
    """A webhook arrives in several packets, so that it is unfinished for a moment, too."""
    with silent_uploads(site):
        return sum(not is_webhook_read(site) for _ in range(10))


@contextmanager
def silent_uploads(site: Site) -> Iterator[None]:
    """All but a few of the bytes that a process keeps of unfinished requests, in four of them."""
    held = []
    try:
        for _ in range(4):
            held.append(site.connect())
            held[-1].sendall(UPLOAD + b"x" * (UNFINISHED_BYTES // 4 - len(UPLOAD) - 30))
        time.sleep(1)
        yield
    finally:
        for one in held:
            one.close()


def is_webhook_read(site: Site) -> bool:
    """Whether the refusal is for the signature that it lacks."""
    event = b"{" + b" " * 20_000 + b"}"
    url = f"{site.url}/api/payments/webhook"
    return requests.post(url, data=event, verify=site.certificate or True, timeout=LONGEST).status_code == 400


@attack(
    1,
    "longest that a trickling request is held",
    unit="s",
    before="without end",
    limit=20,
    behind_proxies=False,
)
def trickle(site: Site) -> float:
    """A byte every half second, of a head and of a body. Proxies have deadlines of their own, and many more places."""
    started = time.monotonic()
    clients = [site.connect(), site.connect()]
    clients[0].sendall(HEAD[:30])
    clients[1].sendall(HEAD % b"/api/auth/login")
    while clients and time.monotonic() - started < 40:
        time.sleep(0.5)
        clients = [client for client in clients if is_held(client)]
    for client in clients:
        client.close()
    return time.monotonic() - started


def is_held(client: socket.socket) -> bool:
    """Sends a byte more; closes the client if it was answered or cut off."""
    client.settimeout(0.01)
    try:
        client.sendall(b"x")
        client.recv(1)
    except TimeoutError:
        return True
    except OSError:
        pass
    client.close()
    return False


def beside(site: Site, count: int) -> float:
    """Seconds of the slowest page while `count` sockets hold half a request, one half for nothing, the other for the login."""
    with half_sent(site, count):
        return max(seconds_of(site, path) for _ in range(2) for path in PAGES)


@contextmanager
def half_sent(site: Site, count: int) -> Iterator[None]:
    held = []
    try:
        for number in range(count):
            held.append(site.connect())
            held[-1].sendall(HEAD % (b"/api/x", b"/api/auth/login")[number % 2])
        yield
    finally:
        for one in held:
            one.close()


def seconds_of(site: Site, path: str) -> float:
    started = time.monotonic()
    try:
        with requests.get(site.url + path, verify=site.certificate or True, timeout=LONGEST) as page:
            assert page.status_code < 500, page.text
    except requests.RequestException:
        return LONGEST
    return time.monotonic() - started
