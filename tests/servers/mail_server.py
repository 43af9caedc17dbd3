"""A mail server on loopback that a test stops and starts; it keeps what it took."""

from collections import defaultdict
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers.postgresql import free_port


class MailServer:
    """`taken` holds the Message-IDs by recipient."""

    def __init__(self) -> None:
        self.port = free_port()
        self.taken: dict[str, set[str]] = defaultdict(set)
        self._controller: Controller | None = None

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        content = envelope.content
        assert isinstance(content, bytes)
        message_id = str(message_from_bytes(content, policy=policy.default)["Message-ID"])
        for address in envelope.rcpt_tos:
            self.taken[address].add(message_id)
        return "250 OK"
