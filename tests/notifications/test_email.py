"""Mail: its parts, its headers, and which failures are worth another try."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage as ParsedMessage
from email.message import MIMEPart
from smtplib import (
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPNotSupportedError,
    SMTPRecipientsRefused,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from pytest_django.fixtures import Settings

from mentormap.accounts.models import User
from mentormap.notifications.channels import email
from mentormap.notifications.channels.email import Invite, Message
from mentormap.notifications.errors import ChannelDownError, FinalError, RetryableError
from mentormap.notifications.models import Delivery, Notice
from tests.notifications.sending import send_mail

pytestmark = pytest.mark.django_db
MESSAGE = Message(
    to="Sam <sam@example.com>",
    subject="Booked: System design",
    text="Grüße, Sam\n",
    html="<p>Grüße, <b>Sam</b></p>",
    message_id="<booked.7.1764000000@mentors.example>",
    invite=Invite(
        "REQUEST", "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nSUMMARY:Grüße\r\nEND:VCALENDAR\r\n".encode()
    ),
)


def sent(message: Message) -> ParsedMessage:
    """The mail as a receiver reads it."""
    send_mail(message)
    raw = mail.outbox[-1].message().as_bytes()
    return message_from_bytes(raw, policy=policy.default)


def outline(part: MIMEPart) -> list[object]:
    inner = [outline(leaf) for leaf in part.iter_parts()] if part.is_multipart() else []
    return [part.get_content_type(), *inner]


def test_text_html_and_invite_are_alternatives_and_the_file_hangs_on_it() -> None:
    assert outline(sent(MESSAGE)) == [
        "multipart/mixed",
        ["multipart/alternative", ["text/plain"], ["text/html"], ["text/calendar"]],
        ["application/ics"],
    ]


def test_a_mail_without_invite_has_text_and_html_alone() -> None:
    assert outline(sent(replace(MESSAGE, invite=None))) == [
        "multipart/alternative",
        ["text/plain"],
        ["text/html"],
    ]


def test_the_invite_names_its_method_and_charset() -> None:
    calendar = next(part for part in sent(MESSAGE).walk() if part.get_content_type() == "text/calendar")

    assert dict(calendar["Content-Type"].params) == {"method": "REQUEST", "charset": "utf-8"}
    assert calendar["Content-Transfer-Encoding"] == "quoted-printable"
    assert "SUMMARY:Grüße" in calendar.get_content()


def test_the_attached_invite_is_the_same_bytes() -> None:
    attached = next(sent(MESSAGE).iter_attachments())

    assert MESSAGE.invite is not None
    assert (attached.get_filename(), attached["Content-Transfer-Encoding"]) == ("invite.ics", "base64")
    assert attached.get_payload(decode=True) == MESSAGE.invite.content


def test_every_part_travels_in_seven_bits() -> None:
    send_mail(MESSAGE)

    assert mail.outbox[0].message().as_bytes().isascii()


def test_headers_say_who_what_and_that_a_program_wrote(settings: Settings) -> None:
    settings.DEFAULT_FROM_EMAIL = "MentorMap <hello@mentors.example>"
    message = sent(MESSAGE)

    assert {name: message[name] for name in ("From", "To", "Subject", "Message-ID", "Auto-Submitted")} == {
        "From": "MentorMap <hello@mentors.example>",
        "To": "Sam <sam@example.com>",
        "Subject": "Booked: System design",
        "Message-ID": "<booked.7.1764000000@mentors.example>",
        "Auto-Submitted": "auto-generated",
    }


@pytest.mark.parametrize("breaker", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028"])
def test_a_title_cannot_begin_another_header(breaker: str) -> None:
    message = sent(replace(MESSAGE, subject=f"Booked: A{breaker}Bcc: olga@example.com"))

    assert (message["Subject"], message["Bcc"]) == ("Booked: A Bcc: olga@example.com", None)


@pytest.mark.parametrize("name", ["Sam\r\nBcc: olga@example.com", 'Sam "The, Man" <x@y>', "Zoë Ærø", ""])
def test_a_name_cannot_add_a_receiver(name: str) -> None:
    to = sent(replace(MESSAGE, to=email.address_of(User(name=name, email="sam@example.com"))))["To"]

    assert [address.addr_spec for address in to.addresses] == ["sam@example.com"]
    assert to.addresses[0].display_name == " ".join(name.split())


def test_the_message_id_is_the_deliverys_for_life(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://mentors.example"
    notice = Notice(occasion="booked", created_at=datetime(2026, 11, 24, tzinfo=UTC))

    assert email.message_id_of(Delivery(pk=7, notice=notice)) == "<booked.7.1795478400@mentors.example>"


class Refusing(BaseEmailBackend):
    error: Exception

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        assert len(email_messages) == 1
        raise self.error


def failure(settings: Settings, error: Exception) -> type[Exception]:
    """What `send` raises when the mail server answers so."""
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    Refusing.error = error
    with pytest.raises((RetryableError, FinalError)) as raised:
        send_mail(MESSAGE)
    return raised.type


@pytest.mark.parametrize(
    "error",
    [
        SMTPRecipientsRefused({"sam@example.com": (550, b"no such user")}),
        SMTPDataError(554, b"spam"),
        SMTPSenderRefused(552, b"too large", "hello@mentors.example"),
        SMTPNotSupportedError("SMTPUTF8 not supported by server"),
        ValueError("Invalid address"),
    ],
    ids=repr,
)
def test_what_the_server_refuses_for_good_is_final(settings: Settings, error: Exception) -> None:
    assert failure(settings, error) is FinalError


@pytest.mark.parametrize(
    "error",
    [
        SMTPRecipientsRefused({"sam@example.com": (451, b"greylisted")}),
        SMTPDataError(452, b"disk full"),
    ],
    ids=repr,
)
def test_what_may_pass_later_is_retryable(settings: Settings, error: Exception) -> None:
    assert failure(settings, error) is RetryableError


@pytest.mark.parametrize(
    "error",
    [
        SMTPServerDisconnected("gone"),
        SMTPAuthenticationError(535, b"wrong password"),
        SMTPSenderRefused(550, b"who are you", "hello@mentors.example"),
        SMTPDataError(421, b"shutting down"),
        ConnectionRefusedError("nobody there"),
        TimeoutError("slow"),
    ],
    ids=repr,
)
def test_what_concerns_every_mail_is_the_channels_trouble(settings: Settings, error: Exception) -> None:
    assert failure(settings, error) is ChannelDownError
