"""Mails as they are read: every word, in the reader's own time, and safe whatever people type."""

from datetime import datetime, timedelta

import pytest

from mentormap.accounts.models import User
from mentormap.bookings import notices
from mentormap.bookings.models import Session
from tests.bookings.mailing import mail

pytestmark = pytest.mark.django_db


def test_the_students_confirmation_says_everything(session: Session, sam: User, now: datetime) -> None:
    notices.session_booked(session, now=now)
    message = mail("booked", sam, now)

    assert (message.to, message.subject) == (
        "Sam <sam@example.com>",
        "Booked: System design review with Maya, Wed 25 Nov 2026",
    )
    assert message.text == (
        "Hello Sam,\n"
        "\n"
        "Your session with Maya is booked and paid.\n"
        "\n"
        "What:       System design review\n"
        "Mentor:     Maya, Staff engineer who makes systems simple\n"
        "When:       Wed 25 Nov 2026, 10:00 (Europe/Berlin)\n"
        "For Maya:   Wed 25 Nov 2026, 04:00 (America/New York)\n"
        "Duration:   60 minutes\n"
        "Price:      120.00 USD\n"
        "\n"
        "You wrote:\n"
        "\n"
        "  Need help with distributed systems\n"
        "\n"
        "WHAT HAPPENS NEXT\n"
        "\n"
        "1. The calendar invite is attached. Open it to keep the time.\n"
        "2. The video link comes by mail 15 minutes before the start. It is then on\n"
        "   the session's page, too.\n"
        "3. If something comes up, cancel on that page. Full refund until Tue 24 Nov\n"
        "   2026, 10:00 (Europe/Berlin), then 50 %, none after the start.\n"
        "\n"
        f"Your session: http://localhost:3002/sessions/{session.pk}\n"
        f"About Maya: http://localhost:3002/mentors/{session.mentor_id}\n"
        "\n"
        "RECEIPT\n"
        "\n"
        "Paid:       120.00 USD\n"
        "On:         Mon 23 Nov 2026, 10:00 (Europe/Berlin)\n"
        "For:        60 minutes with Maya\n"
        f"Reference:  {session.stripe_payment_id}\n"
        "\n"
        "--\n"
        "MentorMap. All your sessions: http://localhost:3002/sessions\n"
    )


def test_the_mentor_learns_who_comes_and_why_in_their_own_time(
    session: Session, maya: User, now: datetime
) -> None:
    notices.session_booked(session, now=now)
    message = mail("booked", maya, now)

    assert message.subject == "New session: System design review with Sam, Wed 25 Nov 2026"
    for line in (
        "Sam has booked and paid a session with you.",
        "Student:    Sam",
        "When:       Wed 25 Nov 2026, 04:00 (America/New York)",
        "For Sam:    Wed 25 Nov 2026, 10:00 (Europe/Berlin)",
        "  Need help with distributed systems",
    ):
        assert line in message.text.splitlines()


def test_a_reader_without_a_zone_reads_the_mentors(session: Session, sam: User, now: datetime) -> None:
    User.objects.filter(pk=sam.pk).update(time_zone="")
    notices.session_booked(session, now=now)

    text = mail("booked", sam, now).text
    assert "When:       Wed 25 Nov 2026, 04:00 (America/New York)" in text
    assert "For Maya" not in text


def test_full_refund_is_not_promised_once_its_time_is_past(session: Session, sam: User) -> None:
    late = session.scheduled_at - timedelta(hours=23)
    notices.session_booked(session, now=late)

    assert "everything comes back" not in mail("booked", sam, late).text


def test_what_people_type_is_escaped_in_html_and_plain_in_text(
    session: Session, sam: User, now: datetime
) -> None:
    Session.objects.filter(pk=session.pk).update(title="<b>R&D</b>", description="<script>alert(1)</script>")
    notices.session_booked(session, now=now)
    message = mail("booked", sam, now)

    assert "What:       <b>R&D</b>" in message.text
    assert "&lt;b&gt;R&amp;D&lt;/b&gt;" in message.html
    assert "<script" not in message.html


def test_a_title_of_many_lines_stays_one_subject(session: Session, sam: User, now: datetime) -> None:
    Session.objects.filter(pk=session.pk).update(title="A\r\nBcc: olga@example.com")
    notices.session_booked(session, now=now)

    assert mail("booked", sam, now).subject == "Booked: A Bcc: olga@example.com with Maya, Wed 25 Nov 2026"


def test_text_mails_stay_under_78_columns(session: Session, sam: User, maya: User, now: datetime) -> None:
    Session.objects.filter(pk=session.pk).update(title="word " * 40, description="word " * 300)
    notices.session_booked(session, now=now)
    texts = [mail(occasion, person, now).text for occasion in ("booked", "link") for person in (sam, maya)]

    assert max(len(line) for text in texts for line in text.splitlines()) < 78
