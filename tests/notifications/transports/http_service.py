"""A mail service's HTTP endpoint inside this process: keeps each request, and answers as it is told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Request:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, bytes]:
        """Fields and files of multipart/form-data."""
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        parts = message_from_bytes(head + self.body, policy=policy.default).iter_parts()
        return {str(part.get_param("name", header="content-disposition")): _content(part) for part in parts}


def _content(part: Any) -> bytes:
    """A whole mail is parsed as one, and given back as it came."""
    if part.get_content_maintype() == "message":
        inner: EmailMessage = part.get_payload(0)
        return inner.as_bytes()
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


@dataclass
class Service:
    url: str
    status: int = 200
    answer: object = None
    requests: list[Request] = field(default_factory=list)


@contextmanager
def running(*, status: int = 200, answer: object = None) -> Iterator[Service]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            service.requests.append(Request(self.path, dict(self.headers), body))
            said = json.dumps(service.answer).encode()
            self.send_response(service.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service = Service(f"http://127.0.0.1:{server.server_port}/", status, answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
