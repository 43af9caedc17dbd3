"""Django's mail backend for development: prints each mail as a person reads it, and keeps it for /dev/mailbox."""

import sys
from collections.abc import Sequence
from datetime import datetime
from email.generator import BytesGenerator
from io import BytesIO
from threading import Lock
from typing import Final

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from mentormap.lib.clock import now
from mentormap.notifications.channels import mailbox

_RULE: Final = "─" * 78
_printing = Lock()


class EmailBackend(BaseEmailBackend):
    """Named by settings.EMAIL_BACKEND."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            name = mailbox.keep(_raw(message), now=now())
            mail = mailbox.read(name)
            if mail is not None:
                _print(readable(mail))
        return len(email_messages)


def show_short(channel: str, *, to: str, title: str, text: str, now: datetime) -> None:
    """An SMS or a push message: printed and kept like a mail."""
    mailbox.keep_short(channel, to=to, title=title, text=text, now=now)
    lines = [_RULE, f"{channel} to {to}: {title}", *([text] if text != title else []), _RULE, ""]
    _print("\n".join(lines))


def _raw(message: EmailMessage) -> bytes:
    """As it would go over the wire, line ends included."""
    raw = BytesIO()
    BytesGenerator(raw, mangle_from_=False).flatten(message.message(), linesep="\r\n")
    return raw.getvalue()


def readable(mail: mailbox.Mail) -> str:
    """The mail without its encodings: sender, recipient, subject, text and attachments."""
    heading = mail.heading
    lines = [f"From:     {heading.sender}", f"To:       {heading.to}", f"Subject:  {heading.subject}"]
    lines += [f"Invite:   {part.mime_type} ({part.size} bytes)" for part in mail.calendars]
    lines += [f"Attached: {part.name} ({part.mime_type}, {part.size} bytes)" for part in mail.attachments]
    return "\n".join([_RULE, *lines, "", mail.text.replace("\r\n", "\n").strip(), _RULE, ""])


def _print(block: str) -> None:
    """In one piece: several workers share the console."""
    encoding = sys.stdout.encoding or "utf-8"
    with _printing:
        sys.stdout.write(block.encode(encoding, "replace").decode(encoding))
        sys.stdout.flush()
