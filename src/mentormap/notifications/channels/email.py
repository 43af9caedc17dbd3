"""Mail through Django's mail API, with an invite that mail programs show as one (RFC 6047)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.charset import QP, Charset
from email.headerregistry import Address
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from mentormap.accounts.models import User
from mentormap.lib.plain_text import one_line
from mentormap.notifications import suppressions
from mentormap.notifications.channels.mail_errors import judged
from mentormap.notifications.errors import ChannelDownError
from mentormap.notifications.models import Delivery


@dataclass(frozen=True)
class Invite:
    """An iCalendar body; `method` must equal the METHOD in it (RFC 6047 section 2.4)."""

    method: str
    content: bytes


@dataclass(frozen=True)
class Message:
    """One mail to one person; `message_id` stays the same however often it is tried.

    `unsubscribe_url` stops mails of this kind at once, by a POST (RFC 8058). What is `asked_for` is sent even to an address that
    mail bounced from: its owner waits for it, and has no other way in.
    """

    to: str
    subject: str
    text: str
    html: str
    message_id: str
    invite: Invite | None = None
    asked_for: bool = False
    unsubscribe_url: str = ""


def address_of(person: User) -> str:
    """The person's mailbox with their name; what they typed cannot begin another header."""
    return str(Address(display_name=one_line(person.name), addr_spec=person.email))


def message_id_of(delivery: Delivery) -> str:
    """The same for every try of a delivery; the time tells rows of a new database from those of an old one."""
    notice = delivery.notice
    host = urlsplit(settings.PUBLIC_URL).hostname
    return f"<{notice.occasion}.{delivery.pk}.{int(notice.created_at.timestamp())}@{host}>"


@contextmanager
def connected() -> Iterator[Callable[[Message], None]]:
    """Sends one mail after another over one connection, which the first opens. Sending raises RetryableError, ChannelDownError and FinalError."""
    post = _Post()
    try:
        yield post.send
    finally:
        post.close()


class _Post:
    def __init__(self) -> None:
        self._connection: BaseEmailBackend | None = None

    def send(self, message: Message) -> None:
        if not message.asked_for:
            suppressions.check(message.to)
        connection = self._connection or self._connect()
        try:
            connection.send_messages([build_email(message)])
        except Exception as error:
            self.close()
            raise judged(error) from error

    def _connect(self) -> BaseEmailBackend:
        """Whatever hinders that hinders every mail."""
        try:
            self._connection = get_connection(fail_silently=False)
            self._connection.open()
        except Exception as error:
            self.close()
            raise ChannelDownError(f"{type(error).__name__}: {error}") from error
        return self._connection

    def close(self) -> None:
        """Ignores errors: mails that were sent stay sent."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):
                connection.close()


def build_email(message: Message) -> EmailMultiAlternatives:
    """Text, HTML and invite as alternatives of each other, the invite attached as a file once more."""
    headers = {"Message-ID": message.message_id, "Auto-Submitted": "auto-generated"}
    if message.unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{message.unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail = EmailMultiAlternatives(
        subject=one_line(message.subject),
        body=message.text,
        to=[message.to],
        headers={name: headers[name] for name in headers if name not in settings.MAIL_REFUSED_HEADERS},
    )
    mail.encoding = _quoted_printable()
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    if message.invite:
        _invite(mail, message.invite)
    return mail


def _invite(mail: EmailMultiAlternatives, invite: Invite) -> None:
    """Mail services with no place beside text and HTML get it as a file that says what it is."""
    if settings.MAIL_TAKES_INVITES:
        mail.attach_alternative(invite.content.decode(), f"text/calendar; method={invite.method}")
        mail.attach("invite.ics", invite.content, "application/ics")
    else:
        mail.attach("invite.ics", invite.content, settings.MAIL_INVITE_FILE.format(method=invite.method))


def _quoted_printable() -> Charset:
    """Seven bits on the wire: 8-bit bodies reach some servers with their line ends broken."""
    charset = Charset("utf-8")
    charset.body_encoding = QP
    return charset
