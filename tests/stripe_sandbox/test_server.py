"""The sandbox as a program of its own, on loopback."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
import stripe

from tests.sandbox_client import VERSION
from tests.stripe_sandbox.shop import KEY, SECRET, checkout

pytestmark = pytest.mark.server

SOON = 20.0


@dataclass
class Receiver:
    """A shop's webhook endpoint on a socket: refuses the first delivery, takes the others."""

    server: ThreadingHTTPServer
    seen: list[tuple[str, int]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/webhook?from=sandbox"


@dataclass
class Program:
    process: subprocess.Popen[str]
    port: int
    client: stripe.StripeClient

    def turn(self, name: str, **arguments: Any) -> Any:
        data = json.dumps(arguments).encode() if name else None
        headers = {"Content-Type": "application/json"}
        with urlopen(Request(f"http://127.0.0.1:{self.port}/_sandbox/{name}", data, headers)) as answer:
            return json.load(answer)

    def open_checkout(self, key: str | None = None) -> stripe.checkout.Session:
        options: Any = {"idempotency_key": key} if key else {}
        return self.client.v1.checkout.sessions.create(checkout(), options)  # type: ignore[arg-type]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def environment(**changes: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("SANDBOX_")}
    return own | changes


def start(**changes: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "stripe_sandbox"]
    return subprocess.Popen(
        command, env=environment(**changes), stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def wait_until(true: Any) -> None:
    deadline = time.monotonic() + SOON
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            event = stripe.Webhook.construct_event(body, self.headers["Stripe-Signature"], SECRET)
            status = 204 if found.seen else 503
            found.seen.append((event.type, status))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    found = Receiver(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
    thread = threading.Thread(target=found.server.serve_forever)
    thread.start()
    yield found
    found.server.shutdown()
    thread.join()
    found.server.server_close()


@pytest.fixture
def program(receiver: Receiver, tmp_path: Path) -> Iterator[Program]:
    port = free_port()
    process = start(
        SANDBOX_PORT=str(port),
        SANDBOX_API_KEY=KEY,
        SANDBOX_DATA=str(tmp_path / "sandbox.sqlite3"),
        SANDBOX_WEBHOOK_URL=receiver.url,
        SANDBOX_WEBHOOK_SECRET=SECRET,
    )
    transport = stripe.RequestsClient(timeout=1)
    client = stripe.StripeClient(
        KEY,
        base_addresses={"api": f"http://127.0.0.1:{port}"},
        http_client=transport,
        stripe_version=VERSION,
        max_network_retries=2,
    )
    try:
        wait_until(lambda: answers(port) or process.poll() is not None)
        assert process.poll() is None, process.communicate()
        yield Program(process, port, client)
    finally:
        process.kill()
        process.communicate()
        transport.close()  # type: ignore[no-untyped-call]


def test_webhooks_are_delivered_and_tried_again(program: Program, receiver: Receiver) -> None:
    session = program.open_checkout()
    program.client.v1.checkout.sessions.expire(session.id)
    other = program.open_checkout()
    program.client.v1.checkout.sessions.expire(other.id)
    wait_until(lambda: len(receiver.seen) == 3)

    assert sorted(receiver.seen) == [("checkout.session.expired", 204)] * 2 + [
        ("checkout.session.expired", 503)
    ]
    wait_until(lambda: program.turn("")["waiting"] == 0)


def test_the_page_stands_at_the_address_that_is_given(program: Program) -> None:
    url = program.open_checkout().url

    assert url is not None
    assert url.startswith(f"http://localhost:{program.port}/c/pay/cs_test_")
    with urlopen(url.replace("localhost", "127.0.0.1")) as page:
        assert b"No real money moves here." in page.read()


@pytest.mark.parametrize("kind", ["timeout_after", "reset_before", "reset_after"])
def test_no_answer_is_what_a_caller_would_meet(program: Program, kind: str) -> None:
    program.turn("fault", kind=kind, method="POST", path="/v1/checkout/sessions")
    session = program.open_checkout(key="key")

    assert session.status == "open"
    assert len(program.client.v1.checkout.sessions.list().data) == 1


def test_it_stays_small(program: Program) -> None:
    for _ in range(20):
        program.open_checkout()
    status = Path(f"/proc/{program.process.pid}/status").read_text()
    resident = next(line for line in status.splitlines() if line.startswith("VmRSS"))

    assert int(resident.split()[1]) < 45_000


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_at_once_and_quietly(program: Program, number: signal.Signals) -> None:
    program.open_checkout()
    program.process.send_signal(number)
    output = program.process.communicate(timeout=SOON)

    assert (program.process.returncode, output) == (0, ("", ""))


def test_a_second_one_on_the_same_port_says_so(program: Program) -> None:
    second = start(SANDBOX_PORT=str(program.port), SANDBOX_API_KEY=KEY)
    _, said = second.communicate(timeout=SOON)

    assert second.returncode == 2
    assert f"The sandbox cannot listen on 127.0.0.1:{program.port}" in said


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "The sandbox needs an API key to accept: set SANDBOX_API_KEY to sk_test_…."),
        (
            {"SANDBOX_API_KEY": KEY, "SANDBOX_WEBHOOK_URL": "localhost:3002"},
            "SANDBOX_WEBHOOK_URL is not a web address: localhost:3002",
        ),
        (
            {"SANDBOX_API_KEY": KEY, "SANDBOX_WEBHOOK_URL": "http://localhost:3002"},
            "The sandbox signs its webhooks: set SANDBOX_WEBHOOK_SECRET to whsec_….",
        ),
    ],
)
def test_it_says_what_is_missing(changes: dict[str, str], sentence: str) -> None:
    process = start(**changes)
    _, said = process.communicate(timeout=SOON)

    assert (process.returncode, said) == (2, f"{sentence}\n")
