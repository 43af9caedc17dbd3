"""Responses: the application's, and the server's own to requests that never reach the application."""

from http import HTTPStatus
from time import time
from typing import TYPE_CHECKING, Any
from wsgiref.types import WSGIEnvironment

from waitress.task import WSGITask
from waitress.utilities import build_http_date

if TYPE_CHECKING:
    from django.http import HttpResponse

    from mentormap.operations.process.web_server.channel import ClientChannel


class Answer(WSGITask):
    """Runs one request in the application. A stopping server keeps no connection open.

    Sends no body for HEAD (RFC 9110 section 9.3.2), which waitress leaves to applications.
    """

    channel: "ClientChannel"
    request: Any

    def get_environment(self) -> WSGIEnvironment:
        """Removes waitress's file wrapper for HEAD, which would send the file."""
        environ = super().get_environment()
        if self._is_head():
            environ.pop("wsgi.file_wrapper", None)
        return environ

    def write(self, data: bytes) -> None:
        super().write(b"" if self._is_head() else data)

    def build_response_header(self) -> bytes:
        if self.channel.server.is_draining or self.request.is_refused:
            self.set_close_on_finish()
        head = super().build_response_header()
        if self._is_head():
            self.chunked_response = False  # otherwise the last chunk would follow, which is a body
        return head

    def _is_head(self) -> bool:
        return bool(self.request.command == "HEAD")


def as_bytes(response: "HttpResponse") -> bytes:
    """Returns a complete response, after which the connection is closed."""
    status = HTTPStatus(response.status_code)
    headers = {
        **dict(response.items()),
        "Content-Length": str(len(response.content)),
        "Connection": "close",
        "Date": build_http_date(int(time())),
    }
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + response.content
