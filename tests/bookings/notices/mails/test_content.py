"""Mails as they are read: in the reader's own time, true at that moment, and safe whatever people type."""

from datetime import datetime, timedelta

import pytest

from mentormap.accounts.models import User
from mentormap.bookings.models import Room, Session
from mentormap.bookings.notices import scheduled, write
from mentormap.notifications import preferences
from mentormap.notifications.notice_kinds import NoticeKind
from tests.bookings.mailing import mail

pytestmark = pytest.mark.django_db


def test_a_reader_without_a_zone_reads_the_mentors(session: Session, sam: User, now: datetime) -> None:
    User.objects.filter(pk=sam.pk).update(time_zone="")
    write.session_booked(session, now=now)

    text = mail("booked", sam, now).text
    assert "Wed 25 Nov 2026, 04:00 (America/New York)" in text
    assert "Europe/Berlin" not in text


def test_full_refund_is_not_promised_once_its_time_is_past(session: Session, sam: User) -> None:
    late = session.scheduled_at - timedelta(hours=23)
    write.session_booked(session, now=late)

    assert "Tue 24 Nov" not in mail("booked", sam, late).text


def test_what_people_type_is_escaped_in_html_and_plain_in_text(
    session: Session, sam: User, now: datetime
) -> None:
    Session.objects.filter(pk=session.pk).update(title="<b>R&D</b>", description="<script>alert(1)</script>")
    write.session_booked(session, now=now)
    message = mail("booked", sam, now)

    assert "<b>R&D</b>" in message.text
    assert "&lt;b&gt;R&amp;D&lt;/b&gt;" in message.html
    assert "<script" not in message.html


def test_a_title_of_many_lines_stays_one_subject(session: Session, sam: User, now: datetime) -> None:
    Session.objects.filter(pk=session.pk).update(title="A\r\nBcc: olga@example.com")
    write.session_booked(session, now=now)

    assert " A Bcc: olga@example.com " in mail("booked", sam, now).subject


def test_text_mails_stay_under_78_columns(session: Session, sam: User, maya: User, now: datetime) -> None:
    Session.objects.filter(pk=session.pk).update(title="word " * 40, description="word " * 300)
    write.session_booked(session, now=now)
    texts = [mail(occasion, person, now).text for occasion in ("booked", "link") for person in (sam, maya)]

    lines = [line for text in texts for line in text.splitlines() if "/unsubscribe/" not in line]
    assert max(len(line) for line in lines) < 78


@pytest.mark.parametrize(("hours", "word"), [(24, "Tomorrow"), (9, "Today")])
def test_a_reminder_names_the_day_as_it_is_when_it_comes(
    session: Session, sam: User, hours: int, word: str
) -> None:
    """The session is at 10:00 in Berlin; a worker that was away sends late."""
    late = session.scheduled_at - timedelta(hours=hours)
    scheduled.run(late - timedelta(days=1))
    message = mail("reminder", sam, late)

    assert message.subject.startswith(f"{word}: ")
    assert f"{word}: " in message.html


@pytest.mark.parametrize(("hours", "ways"), [(24, "cancel"), (12, "choose another time or cancel")])
def test_a_reminder_offers_another_time_only_while_the_policy_allows_it(
    session: Session, sam: User, hours: int, ways: str
) -> None:
    Session.objects.update(policy=session.policy | {"reschedule_hours": hours})
    soon = session.scheduled_at - timedelta(hours=23)
    scheduled.run(soon)
    message = mail("reminder", sam, soon)

    for text in (message.text, message.html):
        assert f"page has your notes. There you can also {ways}" in " ".join(text.split())


def test_who_books_late_reads_that_the_link_comes_now(session: Session, sam: User) -> None:
    late = session.scheduled_at - timedelta(minutes=10)
    write.session_booked(session, now=late)

    assert "2. The video link comes in a mail of its own, now." in mail("booked", sam, late).text


def test_who_wants_no_mail_of_the_link_is_promised_none(session: Session, sam: User, now: datetime) -> None:
    preferences.choose(sam, [], among=[NoticeKind.LINK])
    late = session.scheduled_at - timedelta(minutes=10)
    write.session_booked(session, now=now)
    scheduled.run(session.scheduled_at - timedelta(days=1))

    early = "The video link is on the session’s page from 15 minutes before the start."
    assert early in mail("booked", sam, now).html
    assert early in mail("reminder", sam, session.scheduled_at - timedelta(hours=9)).html
    assert "2. The video link is on the session’s page now." in mail("booked", sam, late).text
    assert "comes by mail 15 minutes before" in mail("booked", session.mentor.user, now).html


def test_what_can_be_stopped_says_how_and_what_cannot_does_not(session: Session, sam: User) -> None:
    soon = session.link_opens_at()
    write.session_booked(session, now=soon)
    link, booked = mail("link", sam, soon), mail("booked", sam, soon)

    assert f"No more mails like this one:\n{link.unsubscribe_url}\n" in link.text
    assert f'href="{link.unsubscribe_url}"' in link.html
    assert "/unsubscribe/" not in booked.text + booked.html


def test_of_a_room_of_the_mentors_nothing_is_promised(session: Session, sam: User, now: datetime) -> None:
    promise = "Nothing needs to be installed. The link is for this session alone."
    write.session_booked(session, now=now)
    assert promise in mail("link", sam, now).html

    room = "https://zoom.us/my/maya"
    Room.objects.create(session=session, provider="personal", state=Room.State.MADE, url=room)
    message = mail("link", sam, now)
    assert promise not in message.html
    assert f'href="{room}"' in message.html
    assert "for this session alone" not in message.text
