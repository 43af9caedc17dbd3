"""A folder of mails as files, so that development can look at what would have been sent; other messages are kept as mails too."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Final

from django.conf import settings

KEPT: Final = 500
_CHANNEL: Final = "X-MentorMap-Channel"
_NAME: Final = re.compile(r"[0-9]{14}-[0-9]{6}-[0-9a-f]{8}")


@dataclass(frozen=True)
class MailPart:
    """A calendar or an attachment of a mail."""

    name: str
    mime_type: str
    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)


@dataclass(frozen=True)
class Heading:
    """An entry of the list of mails; `channel` is empty for a mail, otherwise the channel that it stands for."""

    name: str
    channel: str
    sender: str
    to: str
    subject: str
    kept_at: datetime


@dataclass(frozen=True)
class Mail:
    """A whole mail, decoded."""

    heading: Heading
    message_id: str
    text: str
    html: str
    calendars: tuple[MailPart, ...]
    attachments: tuple[MailPart, ...]


def keep(raw: bytes, *, now: datetime) -> str:
    """Writes the mail under a name that sorts by time, and forgets all but the newest. The file appears whole or not at all."""
    folder = Path(settings.MAILBOX_DIR)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{now:%Y%m%d%H%M%S-%f}-{secrets.token_hex(4)}"
    draft = folder / f"{name}.part"
    try:
        draft.write_bytes(raw)
        draft.replace(_path(name))
    finally:
        draft.unlink(missing_ok=True)  # half of it, where the disk is full
    for old in _files()[KEPT:]:
        old.unlink(missing_ok=True)
    return name


def keep_short(channel: str, *, to: str, title: str, text: str, now: datetime) -> str:
    """An SMS or a push message, in the form of a mail."""
    message = EmailMessage()
    message[_CHANNEL], message["To"], message["Subject"] = channel, to, title
    message.set_content(text)
    return keep(message.as_bytes(), now=now)


def names() -> list[str]:
    """The newest first."""
    return [path.stem for path in _files()]


def heading(name: str) -> Heading:
    """Reads the heading of a name in `names()`."""
    return _heading(_path(name))


def read(name: str) -> Mail | None:
    """None for a name that is not here."""
    path = _path(name)
    if not _NAME.fullmatch(name) or not path.is_file():
        return None
    return opened(path.read_bytes(), _heading(path))


def opened(raw: bytes, heading: Heading) -> Mail:
    """The parts of a mail, decoded."""
    message = message_from_bytes(raw, policy=policy.default)
    leaves = [part for part in message.walk() if not part.is_multipart()]
    attached = [part for part in leaves if part.is_attachment()]
    shown = [part for part in leaves if not part.is_attachment()]
    return Mail(
        heading=heading,
        message_id=message.get("Message-ID", ""),
        text=_body(shown, "text/plain"),
        html=_body(shown, "text/html"),
        calendars=tuple(_part(part) for part in shown if part.get_content_type() == "text/calendar"),
        attachments=tuple(_part(part) for part in attached),
    )


def _path(name: str) -> Path:
    return Path(settings.MAILBOX_DIR) / f"{name}.eml"


def _files() -> list[Path]:
    return sorted(Path(settings.MAILBOX_DIR).glob("*.eml"), reverse=True)


def _heading(path: Path) -> Heading:
    with path.open("rb") as file:
        headers = BytesHeaderParser(policy=policy.default).parse(file)
    return Heading(
        name=path.stem,
        channel=str(headers.get(_CHANNEL, "")),
        sender=str(headers.get("From", "")),
        to=str(headers.get("To", "")),
        subject=str(headers.get("Subject", "")),
        kept_at=datetime.strptime(path.stem[:14] + "+0000", "%Y%m%d%H%M%S%z"),
    )


def _body(parts: list[EmailMessage], mime_type: str) -> str:
    return "".join(str(part.get_content()) for part in parts if part.get_content_type() == mime_type)


def _part(part: EmailMessage) -> MailPart:
    content = part.get_payload(decode=True)
    method = part.get_param("method")
    mime_type = part.get_content_type() + (f"; method={method}" if method else "")
    return MailPart(part.get_filename() or "", mime_type, content if isinstance(content, bytes) else b"")
