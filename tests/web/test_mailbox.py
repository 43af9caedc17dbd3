"""The mailbox of development: all mail, safely shown, and what is still to come."""

from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from mentormap.accounts.models import User
from mentormap.bookings import links as addresses
from mentormap.bookings.models import Session
from mentormap.bookings.notices import write
from mentormap.bookings.notices.render import render_notice
from mentormap.lib import clock as edge
from mentormap.mentors.models import Mentor
from mentormap.notifications import outbox
from mentormap.notifications.channels import mailbox, senders
from mentormap.notifications.models import Delivery
from mentormap.notifications.notice_kinds import Channel
from tests import make
from tests.web.reading import links, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_edge"), pytest.mark.long]


@pytest.fixture(autouse=True)
def _into_files(settings: Settings, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND = "mentormap.notifications.channels.console.EmailBackend"
    settings.MAILBOX_DIR = tmp_path / "mailbox"


@pytest.fixture
def booked(session: Session, now: datetime) -> Session:
    """Confirmed to both by mail; the links are still to come."""
    write.session_booked(session, now=now)
    with senders.sender(Channel.EMAIL) as send:
        outbox.send_due(channel=Channel.EMAIL, now=now, render=render_notice, send=send)
    return session


def confirmation(visitor: Client) -> str:
    """The address of the student's confirmation."""
    found = links(visitor.get("/dev/mailbox"))
    return next(address for subject, address in found.items() if subject.startswith("Booked: "))


def test_an_empty_mailbox_says_how_mail_comes(visitor: Client) -> None:
    assert "No mail yet" in words(visitor.get("/dev/mailbox"))


def test_mail_is_listed_and_so_is_what_is_to_come(booked: Session, visitor: Client) -> None:
    read = words(visitor.get("/dev/mailbox"))

    assert (
        "Video link: System design review, 10:00 (Europe/Berlin) To Sam · due Wed 25 Nov 2026, 08:45 (UTC)"
        " Send now Email"
    ) in read
    assert "Booked: System design review with Maya, Wed 25 Nov 2026 To Sam <sam@example.com>" in read


def test_what_was_booked_last_is_found_first(booked: Session, visitor: Client, now: datetime) -> None:
    starts_at = now + timedelta(days=50)
    later = make.session(student=booked.student, mentor=booked.mentor, starts_at=starts_at, title="Far ahead")
    write.session_booked(later, now=now)

    read = words(visitor.get("/dev/mailbox"))
    assert read.index("Video link: Far ahead") < read.index("Video link: System design review")
    assert read.index("Sent New session") < read.index("Still to come")


def test_a_mail_shows_its_headers_text_invite_and_files(booked: Session, visitor: Client) -> None:
    response = visitor.get(confirmation(visitor))

    read = words(response)
    for part in (
        "From MentorMap <hello@mentormap.example> To Sam <sam@example.com>",
        "Your session with Maya is booked and paid.",
        "What System design review Starts 2026-11-25 09:00 UTC Ends 2026-11-25 10:00 UTC Status CONFIRMED",
        "As it was sent (text/calendar; method=REQUEST) BEGIN:VCALENDAR",
    ):
        assert part in read
    attached = visitor.get(links(response)["invite.ics"])
    assert attached.headers["Content-Disposition"] == 'attachment; filename="invite.ics"'
    assert attached.content.startswith(b"BEGIN:VCALENDAR\r\n")


def test_html_is_framed_without_scripts_or_network(booked: Session, visitor: Client) -> None:
    response = visitor.get(f"{confirmation(visitor)}/html")

    assert response.headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
        "sandbox allow-popups allow-popups-to-escape-sandbox"
    )
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "You are booked" in response.content.decode()


def test_the_link_can_be_had_without_waiting(booked: Session, sam: User, visitor: Client) -> None:
    waiting = Delivery.objects.get(notice__occasion="link", notice__person=sam)
    response = visitor.post(f"/dev/mailbox/{waiting.pk}/send", follow=True)

    waiting.refresh_from_db()
    mails = [mail for name in mailbox.names() if (mail := mailbox.read(name))]
    assert waiting.state == Delivery.State.SENT
    assert [mail.heading.to for mail in mails if addresses.meeting_link(booked) in mail.text] == [
        "Sam <sam@example.com>"
    ]
    assert "Sent. " in words(response)


def test_the_link_of_a_cancelled_session_is_dropped_not_sent(booked: Session, visitor: Client) -> None:
    Session.objects.filter(pk=booked.pk).update(status="cancelled")
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING)[0]
    read = words(visitor.post(f"/dev/mailbox/{waiting.pk}/send", follow=True))
    assert "Not sent: it is no longer so, or its reader gets nothing in this way." in read


def test_a_notice_is_one_row_with_all_its_ways_while_it_is_so(
    sam: User, maya: Mentor, visitor: Client, now: datetime, settings: Settings
) -> None:
    settings.NOTICE_CHANNELS = list(Channel)
    session = make.session(student=sam, mentor=maya, starts_at=now + timedelta(days=2))
    write.session_booked(session, now=now)
    Delivery.objects.filter(notice__occasion="booked").delete()
    response = visitor.get("/dev/mailbox")
    page = response.content.decode()
    assert [page.count(f'aria-label="Send now by {way}: Video link') for way in Channel.labels] == [2] * 4
    assert words(response).count("To Sam ·") == 1

    Session.objects.filter(pk=session.pk).update(status="cancelled")
    assert "Still to come" not in words(visitor.get("/dev/mailbox"))


def test_thirty_notices_cost_no_more_queries_than_two(
    sam: User,
    maya: Mentor,
    visitor: Client,
    now: datetime,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for day in range(1, 16):
        write.session_booked(
            make.session(student=sam, mentor=maya, starts_at=now + timedelta(days=day)), now=now
        )
    Delivery.objects.filter(notice__occasion="booked").delete()
    with django_assert_max_num_queries(6):
        assert words(visitor.get("/dev/mailbox")).count("To Sam ·") == 15


def test_looking_sends_nothing(booked: Session, visitor: Client) -> None:
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING)
    before = list(waiting.values())
    for path in ("/dev/mailbox", confirmation(visitor), f"/dev/mailbox/{waiting[0].pk}/send"):
        visitor.get(path)

    assert list(waiting.values()) == before


def test_other_mail_is_there_too(visitor: Client) -> None:
    EmailMultiAlternatives("Please verify", "Click", to=["zoe@example.com"]).send()
    response = visitor.get(links(visitor.get("/dev/mailbox"))["Please verify"])

    assert "To zoe@example.com" in words(response)


def test_a_broken_invite_does_not_break_the_page(visitor: Client, now: datetime) -> None:
    broken = EmailMessage()
    broken["Subject"] = "Odd"
    broken.set_content("Text")
    broken.add_alternative("no calendar", subtype="calendar")
    mailbox.keep(broken.as_bytes(), now=now)

    assert visitor.get(links(visitor.get("/dev/mailbox"))["Odd"]).status_code == 200


def test_long_mailboxes_have_pages(visitor: Client) -> None:
    for number in range(31):
        mailbox.keep(f"Subject: number {number}\r\n\r\n".encode(), now=edge.now())

    first = visitor.get("/dev/mailbox")
    assert "Page 1 of 2" in words(first)
    assert "Page 2 of 2" in words(visitor.get(f"/dev/mailbox{links(first)['Older']}"))


@pytest.mark.parametrize(
    "path", ["20261123090000-000000-00000000", "20261123090000-000000-00000000/html", "nonsense/0"]
)
def test_what_is_not_there_is_404(visitor: Client, path: str) -> None:
    assert visitor.get(f"/dev/mailbox/{path}").status_code == 404


def test_a_file_that_a_mail_does_not_have_is_404(booked: Session, visitor: Client) -> None:
    assert visitor.get(f"{confirmation(visitor)}/1").status_code == 404


def test_production_has_no_mailbox(booked: Session, visitor: Client, settings: Settings) -> None:
    address = confirmation(visitor)
    settings.DEMO = False
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING)[0]

    for path in ("/dev/mailbox", address, f"{address}/html", f"{address}/0"):
        assert visitor.get(path).status_code == 404
    assert visitor.post(f"/dev/mailbox/{waiting.pk}/send").status_code == 404
