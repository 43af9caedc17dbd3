"""Invites of sessions: what they name, and what they keep to themselves."""

from datetime import datetime, timedelta

import icalendar
import pytest
from pytest_django.fixtures import Settings

from mentormap.bookings.models import Session
from mentormap.bookings.notices import invites
from mentormap.calendars.invite import CancelledMeeting
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(now: datetime, settings: Settings) -> Session:
    """Sam with Maya tomorrow at 9:00 UTC."""
    settings.PUBLIC_URL = "https://mentors.example:8443"
    settings.DEFAULT_FROM_EMAIL = "MentorMap <hello@mentors.example>"
    tomorrow = now + timedelta(days=1)
    return make.session(student=make.sam(), mentor=make.mentor(), starts_at=tomorrow)


def calendar(content: bytes) -> icalendar.Calendar:
    return icalendar.Calendar.from_ical(content)


def event(content: bytes) -> icalendar.Event:
    return calendar(content).events[0]


def test_the_download_has_all_facts_of_the_session(session: Session, now: datetime) -> None:
    made = event(invites.download(session, now))

    page = f"https://mentors.example:8443/sessions/{session.pk}"
    assert {name: str(made[name]) for name in ("UID", "SUMMARY", "LOCATION", "URL", "STATUS")} == {
        "UID": str(session.uid),
        "SUMMARY": "System design review",
        "LOCATION": page,
        "URL": page,
        "STATUS": "CONFIRMED",
    }
    assert (made.start, made.end) == (session.scheduled_at, session.ends_at)
    assert str(made["DESCRIPTION"]) == (
        "Need help with distributed systems\n"
        "\n"
        "Mentor: Maya\n"
        "Student: Sam\n"
        "Duration: 60 minutes\n"
        "Price: 120.00 USD\n"
        f"The video link appears 15 minutes before the start on {page}"
    )


def test_the_download_is_published_with_a_reminder_15_minutes_before(session: Session, now: datetime) -> None:
    made = calendar(invites.download(session, now))
    alarm = made.events[0].alarms

    assert str(made["METHOD"]) == "PUBLISH"
    assert [str(one["ACTION"]) for one in made.walk("VALARM")] == ["DISPLAY"]
    assert [trigger.trigger for trigger in alarm.times] == [session.scheduled_at - timedelta(minutes=15)]


def test_the_reader_alone_is_invited_by_the_mails_sender(session: Session, now: datetime) -> None:
    made = event(invites.request(session, session.student, now))

    assert str(made["ORGANIZER"]) == "mailto:hello@mentors.example"
    assert str(made["ATTENDEE"]) == "mailto:sam@example.com"
    assert "maya@example.com" not in invites.request(session, session.student, now).decode()


def test_the_uid_stays_and_the_sequence_is_the_sessions(session: Session, now: datetime) -> None:
    asked = event(invites.request(session, session.student, now))
    session.status, session.sequence = "cancelled", 1
    ended = event(invites.cancel(session, session.student, now))

    assert asked["UID"] == ended["UID"]
    assert (asked["SEQUENCE"], ended["SEQUENCE"]) == (0, 1)
    assert ended["STATUS"] == "CANCELLED"


def test_a_cancelled_session_invites_nobody(session: Session, now: datetime) -> None:
    session.status = "cancelled"

    with pytest.raises(CancelledMeeting):
        invites.request(session, session.student, now)


def test_the_download_of_a_cancelled_session_says_so(session: Session, now: datetime) -> None:
    session.status = "cancelled"

    assert event(invites.download(session, now))["STATUS"] == "CANCELLED"


def test_it_says_when_the_session_last_changed(session: Session, now: datetime) -> None:
    session.history.update(at=now)

    assert b"LAST-MODIFIED:20261123T090000Z\r\n" in invites.download(session, now)
