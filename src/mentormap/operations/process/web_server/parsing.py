"""One request as it arrives: waitress's parser, with the application's limit on the body and stricter framing."""

from typing import Final

from waitress.parser import HTTPRequestParser, ParsingError
from waitress.receiver import ChunkedReceiver
from waitress.utilities import BadRequest

from mentormap.operations.process.web_server.limits import CONTROL_BYTES

FRAMING: Final = 2
"""The longest chunked body including its size lines, as a multiple of the body limit."""


class Request(HTTPRequestParser):
    """`size` counts all bytes received, `counted` those counted in the budget. `limit` is None until the head is checked."""

    path: str = ""
    headers: dict[str, str]
    size = 0
    counted = 0
    limit: int | None = None
    is_refused = False

    def received(self, data: bytes) -> int:
        """Consumes the data that belongs to this request; returns its length."""
        consumed = super().received(data)
        self.size += consumed
        self._check_framing()
        return consumed

    def parse_header(self, header_plus: bytes) -> None:
        """Raises ParsingError for a body with two lengths, which two programs may interpret differently."""
        super().parse_header(header_plus)
        if self.chunked and "CONTENT_LENGTH" in self.headers:
            raise ParsingError("Content-Length and Transfer-Encoding exclude each other")
        if "TRANSFER_ENCODING" in self.headers:
            raise ParsingError("Transfer-Encoding needs HTTP/1.1")

    def refuse(self) -> None:
        """Ends the request at its head: the application answers it without reading the body."""
        self.close()
        self.body_rcv = None
        self.completed = self.is_refused = True

    def is_over(self) -> bool:
        """Returns whether a chunked body, which declares no length, exceeds its limit."""
        return self.chunked and self.limit is not None and self.body_bytes_received > FRAMING * self.limit

    def _check_framing(self) -> None:
        rest = self.body_rcv
        if isinstance(rest, ChunkedReceiver) and len(rest.control_line) + len(rest.trailer) > CONTROL_BYTES:
            self.error = BadRequest("Chunk too long")
            self.completed = True
