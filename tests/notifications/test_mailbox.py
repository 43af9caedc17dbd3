"""The mailbox of development, and the console that prints what goes into it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.mail import EmailMessage
from pytest_django.fixtures import Settings

from mentormap.notifications.channels import mailbox
from mentormap.notifications.channels.console import EmailBackend
from mentormap.notifications.channels.email import Invite, Message, build_email

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PLAIN = b"From: a@example.com\r\nTo: b@example.com\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nHello\r\n"


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.MAILBOX_DIR = tmp_path / "mailbox"
    return tmp_path / "mailbox"


def booked() -> EmailMessage:
    return build_email(
        Message(
            to="Zoë <zoe@example.com>",
            subject="Booked: Grüße",
            text="When: Tuesday\nWhere: online\n",
            html="<p>When: <b>Tuesday</b></p>",
            message_id="<booked.1.1@localhost>",
            invite=Invite("REQUEST", b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"),
        )
    )


def test_an_empty_mailbox_lists_nothing() -> None:
    assert mailbox.names() == []


def test_the_newest_mail_comes_first_with_its_headers_decoded() -> None:
    older = mailbox.keep(PLAIN, now=NOW)
    newer = mailbox.keep(PLAIN, now=NOW + timedelta(seconds=1))

    assert mailbox.names() == [newer, older]
    assert mailbox.heading(older) == mailbox.Heading(
        older, "", "a@example.com", "b@example.com", "Grüße", NOW
    )


@pytest.mark.long
def test_only_the_newest_500_are_kept(folder: Path) -> None:
    names = [mailbox.keep(PLAIN, now=NOW + timedelta(seconds=second)) for second in range(mailbox.KEPT + 2)]

    assert len(mailbox.names()) == mailbox.KEPT
    assert not (folder / f"{names[1]}.eml").exists()
    assert (folder / f"{names[2]}.eml").exists()


def test_nothing_half_written_is_left(folder: Path) -> None:
    mailbox.keep(PLAIN, now=NOW)

    assert [path.suffix for path in folder.iterdir()] == [".eml"]


@pytest.mark.parametrize("name", ["", "..", "../secrets", "20261124120000-000000-00000000", "x" * 300])
def test_a_name_that_is_not_here_opens_nothing(name: str) -> None:
    assert mailbox.read(name) is None


def test_the_console_keeps_the_mail_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert EmailBackend().send_messages([booked()]) == 1

    mail = mailbox.read(mailbox.names()[0])
    assert mail is not None
    assert (mail.heading.to, mail.heading.subject) == ("Zoë <zoe@example.com>", "Booked: Grüße")
    assert (mail.text, mail.html) == ("When: Tuesday\r\nWhere: online\r\n", "<p>When: <b>Tuesday</b></p>")
    calendar = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"
    assert mail.calendars == (mailbox.MailPart("", "text/calendar; method=REQUEST", calendar),)
    assert mail.attachments == (mailbox.MailPart("invite.ics", "application/ics", calendar),)


def test_the_console_prints_what_a_person_reads(capsys: pytest.CaptureFixture[str]) -> None:
    EmailBackend().send_messages([booked()])

    rule = "─" * 78
    assert capsys.readouterr().out == (
        f"{rule}\n"
        "From:     MentorMap <hello@mentormap.example>\n"
        "To:       Zoë <zoe@example.com>\n"
        "Subject:  Booked: Grüße\n"
        "Invite:   text/calendar; method=REQUEST (48 bytes)\n"
        "Attached: invite.ics (application/ics, 48 bytes)\n"
        "\n"
        "When: Tuesday\n"
        "Where: online\n"
        f"{rule}\n"
    )
