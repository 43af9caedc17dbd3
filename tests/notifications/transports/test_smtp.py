"""SMTP: STARTTLS, login, one connection for many mails, and what the server's answers mean."""

from dataclasses import replace
from pathlib import Path

import pytest

from mentormap.notifications.channels import email
from mentormap.notifications.errors import ChannelDownError, FinalError, RetryableError
from tests.notifications.sending import send_mail
from tests.notifications.test_email import MESSAGE, outline
from tests.notifications.transports.conftest import SetUp
from tests.notifications.transports.mail_server import make_certificate, running

pytestmark = pytest.mark.mail
TO = "sam@example.com"


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Trusted as a private certificate authority is: by SSL_CERT_FILE."""
    path = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return path


def test_a_mail_arrives_whole_over_starttls_with_a_login(certificate: Path, set_up: SetUp) -> None:
    with running(certificate=certificate) as server:
        set_up(f"submission://mentormap:p%40ss@localhost:{server.port}")
        send_mail(MESSAGE)

    (mail,) = server.mails
    assert server.was_encrypted
    assert (mail["From"], mail["To"], mail["Subject"]) == (
        "MentorMap <hello@mentors.example>",
        "Sam <sam@example.com>",
        "Booked: System design",
    )
    assert mail["Message-ID"] == MESSAGE.message_id
    assert outline(mail) == [
        "multipart/mixed",
        ["multipart/alternative", ["text/plain"], ["text/html"], ["text/calendar"]],
        ["application/ics"],
    ]


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path, set_up: SetUp) -> None:
    with running(certificate=make_certificate(tmp_path)) as server:
        set_up(f"submission://mentormap:p%40ss@localhost:{server.port}")
        with pytest.raises(ChannelDownError, match="certificate verify failed"):
            send_mail(MESSAGE)
    assert server.mails == []


def test_a_wrong_password_is_the_channels_trouble(certificate: Path, set_up: SetUp) -> None:
    with running(certificate=certificate) as server:
        set_up(f"submission://mentormap:wrong@localhost:{server.port}")
        with pytest.raises(ChannelDownError, match="535"):
            send_mail(MESSAGE)


def test_a_server_without_starttls_gets_no_password(set_up: SetUp) -> None:
    with running() as server:
        set_up(f"submission://mentormap:p%40ss@localhost:{server.port}")
        with pytest.raises(ChannelDownError, match="STARTTLS"):
            send_mail(MESSAGE)


def test_a_round_uses_one_connection(set_up: SetUp) -> None:
    with running() as server:
        set_up(f"smtp://127.0.0.1:{server.port}")
        with email.connected() as send:
            for _ in range(3):
                send(MESSAGE)
    assert (len(server.mails), server.connections) == (3, 1)


def test_nothing_to_send_opens_no_connection(set_up: SetUp) -> None:
    with running() as server:
        set_up(f"smtp://127.0.0.1:{server.port}")
        with email.connected():
            pass
    assert server.connections == 0


@pytest.mark.parametrize(
    ("answer", "error"),
    [("550 no such user", FinalError), ("451 greylisted", RetryableError), ("421 closing", ChannelDownError)],
)
def test_what_the_server_says_of_a_receiver(set_up: SetUp, answer: str, error: type[Exception]) -> None:
    with running() as server:
        server.answers[TO] = answer
        set_up(f"smtp://127.0.0.1:{server.port}")
        with pytest.raises(error) as raised:
            send_mail(MESSAGE)
    assert raised.type is error
    assert server.mails == []


def test_a_refused_receiver_holds_up_no_other(set_up: SetUp) -> None:
    with running() as server:
        server.answers[TO] = "550 no such user"
        set_up(f"smtp://127.0.0.1:{server.port}")
        with email.connected() as send:
            with pytest.raises(FinalError):
                send(MESSAGE)
            send(replace(MESSAGE, to="olga@example.com"))
    assert [mail["To"] for mail in server.mails] == ["olga@example.com"]


def test_a_connection_that_breaks_is_made_anew(set_up: SetUp) -> None:
    with running() as server:
        set_up(f"smtp://127.0.0.1:{server.port}")
        with email.connected() as send:
            server.cuts_off = True
            with pytest.raises(ChannelDownError):
                send(MESSAGE)
            server.cuts_off = False
            send(MESSAGE)
    assert (len(server.mails), server.connections) == (1, 2)
