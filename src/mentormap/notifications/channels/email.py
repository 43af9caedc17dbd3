"""Mail through Django's mail API, with an invite that mail programs show as one (RFC 6047)."""

from dataclasses import dataclass
from email.charset import QP, Charset
from email.headerregistry import Address
from smtplib import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPException,
    SMTPHeloError,
    SMTPRecipientsRefused,
    SMTPResponseException,
)
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from mentormap.accounts.models import User
from mentormap.lib.plain_text import one_line
from mentormap.notifications.errors import FinalError, RetryableError
from mentormap.notifications.models import Delivery


@dataclass(frozen=True)
class Invite:
    """An iCalendar body; `method` must equal the METHOD in it (RFC 6047 section 2.4)."""

    method: str
    content: bytes


@dataclass(frozen=True)
class Attachment:
    name: str
    mime_type: str
    content: bytes


@dataclass(frozen=True)
class Message:
    """One mail to one person; `message_id` stays the same however often it is tried."""

    to: str
    subject: str
    text: str
    html: str
    message_id: str
    invite: Invite | None = None
    attachments: tuple[Attachment, ...] = ()


def address_of(person: User) -> str:
    """The person's mailbox with their name; what they typed cannot begin another header."""
    return str(Address(display_name=one_line(person.name), addr_spec=person.email))


def message_id_of(delivery: Delivery) -> str:
    """The same for every try of a delivery; the time tells rows of a new database from those of an old one."""
    notice = delivery.notice
    host = urlsplit(settings.PUBLIC_URL).hostname
    return f"<{notice.occasion}.{delivery.pk}.{int(notice.created_at.timestamp())}@{host}>"


def send(message: Message) -> None:
    """Raises RetryableError and FinalError."""
    try:
        compose(message).send()
    except SMTPException as error:
        raise _judged(error) from error
    except OSError as error:
        raise RetryableError(f"The mail server cannot be reached: {error}") from error
    except ValueError as error:  # a header or an address that no server would take
        raise FinalError(str(error)) from error


def compose(message: Message) -> EmailMultiAlternatives:
    """Text, HTML and invite as alternatives of each other, the invite attached as a file once more."""
    mail = EmailMultiAlternatives(
        subject=one_line(message.subject),
        body=message.text,
        to=[message.to],
        headers={"Message-ID": message.message_id, "Auto-Submitted": "auto-generated"},
    )
    mail.encoding = _quoted_printable()
    mail.attach_alternative(message.html, "text/html")
    if message.invite:
        calendar = message.invite.content.decode()
        mail.attach_alternative(calendar, f"text/calendar; method={message.invite.method}")
        mail.attach("invite.ics", message.invite.content, "application/ics")
    for attachment in message.attachments:
        mail.attach(attachment.name, attachment.content, attachment.mime_type)
    return mail


def _quoted_printable() -> Charset:
    """Seven bits on the wire: 8-bit bodies reach some servers with their line ends broken."""
    charset = Charset("utf-8")
    charset.body_encoding = QP
    return charset


def _judged(error: SMTPException) -> RetryableError | FinalError:
    """A 5xx about the message is final (RFC 5321 section 4.2.1); one about us, such as a wrong password, can be mended."""
    if isinstance(error, SMTPAuthenticationError | SMTPConnectError | SMTPHeloError):
        return RetryableError(str(error))
    codes = _codes(error)
    if codes and min(codes) >= 500:
        return FinalError(str(error))
    return RetryableError(str(error))


def _codes(error: SMTPException) -> list[int]:
    if isinstance(error, SMTPRecipientsRefused):
        return [code for code, _ in error.recipients.values()]
    return [error.smtp_code] if isinstance(error, SMTPResponseException) else []
