"""A person's own calendar: what is in it, who may read it, and its page."""

from datetime import datetime, timedelta

import pytest
import structlog
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar
from pytest_django.fixtures import Settings

from mentormap.accounts.feed_addresses import end_feed_address, feed_address_of, make_feed_address
from mentormap.accounts.models import FeedAddress, User
from mentormap.bookings import lifecycle
from mentormap.bookings.models import Session
from mentormap.bookings.notices import invites
from mentormap.mentors.models import Mentor
from mentormap.operations import requests
from tests import make
from tests.web.reading import browser, links, proved, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_edge")]
HOUR = timedelta(hours=1)


@pytest.fixture
def maya() -> Mentor:
    return make.mentor()


@pytest.fixture
def booked(sam: User, maya: Mentor, now: datetime) -> Session:
    return make.session(student=sam, mentor=maya, starts_at=now + 24 * HOUR)


def path_of(person: User, now: datetime) -> str:
    return f"/feeds/{make_feed_address(person, now=now).secret}.ics"


def events(client: Client, path: str) -> dict[str, str]:
    """UID and status of each event."""
    answer = client.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    return {str(event["UID"]): str(event["STATUS"]) for event in Calendar.from_ical(answer.content).events}


def test_both_sides_are_in_the_feed_with_the_uid_of_the_invite(
    visitor: Client, sam: User, maya: Mentor, booked: Session, now: datetime
) -> None:
    learned = make.session(student=maya.user, mentor=make.mentor(sam), starts_at=now + 48 * HOUR)
    make.session(student=make.olga(), mentor=make.mentor(make.person("Noor")), starts_at=now + HOUR)
    both = {str(booked.uid): "CONFIRMED", str(learned.uid): "CONFIRMED"}
    assert events(visitor, path_of(sam, now)) == both
    assert events(visitor, path_of(maya.user, now)) == both
    invite = Calendar.from_ical(invites.request(booked, sam, now)).events[0]
    assert str(invite["UID"]) == str(booked.uid)


def test_holds_and_what_was_never_paid_are_not_in_it(
    visitor: Client, sam: User, maya: Mentor, booked: Session, now: datetime
) -> None:
    make.session(student=sam, mentor=maya, starts_at=now + 30 * HOUR, payment_status="pending")
    make.session(
        student=sam, mentor=maya, starts_at=now + 33 * HOUR, status="cancelled", payment_status="pending"
    )
    assert events(visitor, path_of(sam, now)) == {str(booked.uid): "CONFIRMED"}


def test_cancelled_ones_stay_as_such_with_a_higher_sequence(
    visitor: Client, sam: User, booked: Session, now: datetime
) -> None:
    path = path_of(sam, now)
    lifecycle.cancel(booked, now=now, actor=sam, why="Sam is ill.")
    assert events(visitor, path) == {str(booked.uid): "CANCELLED"}
    [event] = Calendar.from_ical(visitor.get(path).content).events
    assert (event["SEQUENCE"], event.DTSTAMP, event.walk("VALARM")) == (1, now, [])


def test_what_is_long_over_stays(visitor: Client, sam: User, maya: Mentor, now: datetime) -> None:
    old = make.session(student=sam, mentor=maya, starts_at=now - 800 * 24 * HOUR, status="completed")
    assert events(visitor, path_of(sam, now)) == {str(old.uid): "CONFIRMED"}


def test_how_a_calendar_is_told_to_show_it(
    visitor: Client, sam: User, booked: Session, now: datetime
) -> None:
    answer = visitor.get(path_of(sam, now))
    lines = answer.content.decode().split("\r\n")
    assert lines[:7] == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//MentorMap//MentorMap//EN",
        "NAME:MentorMap",
        "X-WR-CALNAME:MentorMap",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
    ]
    assert lines[lines.index("BEGIN:VALARM") :][:4] == [
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "DESCRIPTION:System design review",
        "TRIGGER:-PT15M",
    ]
    assert (answer["Cache-Control"], "Set-Cookie" in answer) == ("private, no-cache", False)


def test_an_unchanged_feed_is_not_sent_again(
    visitor: Client, sam: User, booked: Session, now: datetime
) -> None:
    path = path_of(sam, now)
    etag = visitor.get(path)["ETag"]
    again = visitor.get(path, headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
    lifecycle.cancel(booked, now=now, actor=sam, why="Sam is ill.")
    changed = visitor.get(path, headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed["ETag"] != etag


def test_three_queries_however_many_sessions(
    visitor: Client, sam: User, maya: Mentor, booked: Session, now: datetime
) -> None:
    path, counts = path_of(sam, now), []
    for more in (0, 10):
        for number in range(more):
            make.session(student=sam, mentor=maya, starts_at=now + 2 * number * HOUR)
        with CaptureQueriesContext(connection) as queries:
            visitor.get(path)
        counts.append(len(queries))
    assert counts == [3, 3]


def test_it_can_be_asked_for_by_head(visitor: Client, sam: User, booked: Session, now: datetime) -> None:
    answer = visitor.head(path_of(sam, now))
    assert (answer.status_code, answer.content) == (200, b"")


def test_an_old_address_and_a_deactivated_persons_lead_nowhere(
    visitor: Client, sam: User, now: datetime
) -> None:
    old, new = path_of(sam, now), path_of(sam, now)
    assert (visitor.get(old).status_code, visitor.get(new).status_code) == (404, 200)
    User.objects.update(is_active=False)
    assert visitor.get(new).status_code == 404
    User.objects.update(is_active=True)
    end_feed_address(sam)
    assert visitor.get(new).status_code == 404


def test_a_hidden_mentor_keeps_the_sessions_that_are_booked(
    visitor: Client, maya: Mentor, booked: Session, now: datetime
) -> None:
    Mentor.objects.update(hidden_at=now)
    assert events(visitor, path_of(maya.user, now)) == {str(booked.uid): "CONFIRMED"}


def test_logs_hold_no_address(
    visitor: Client,
    sam: User,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path, logged = path_of(sam, now), structlog.testing.CapturingLogger()
    monkeypatch.setattr(requests, "_log", logged)
    visitor.get(path)
    visitor.get("/feeds/no-such-secret.ics")
    assert [call.kwargs["route"] for call in logged.calls] == ["/feeds/<slug:secret>.ics"] * 2
    written = f"{logged.calls} {caplog.text}"
    assert FeedAddress.objects.get().secret not in written
    assert "no-such-secret" not in written


def test_the_page_makes_an_address_only_when_it_is_asked_to(sam: User) -> None:
    page = proved(sam)
    assert "Make my address" in words(page.get("/settings/calendar"))
    assert feed_address_of(sam) is None
    assert page.post("/settings/calendar", {"new": ""})["Location"] == "/settings/calendar"
    assert feed_address_of(sam) is not None


def test_the_page_shows_the_address_again_and_how_to_subscribe(
    sam: User, now: datetime, settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://mentors.example"
    address = make_feed_address(sam, now=now)
    page = proved(sam).get("/settings/calendar")
    secret = f"mentors.example/feeds/{address.secret}.ics"
    assert f'value="https://{secret}"' in page.content.decode()
    found = links(page)
    quoted = secret.replace("/", "%2F")
    assert found["Open in your calendar"] == f"webcal://{secret}"
    assert found["Google Calendar"] == f"https://calendar.google.com/calendar/r?cid=webcal%3A%2F%2F{quoted}"
    assert found["Outlook"] == (
        f"https://outlook.live.com/calendar/0/addfromweb?url=https%3A%2F%2F{quoted}&name=MentorMap"
    )
    assert len(address.secret) == 43


def test_a_new_address_and_none_at_all(sam: User, now: datetime) -> None:
    page, first = proved(sam), make_feed_address(sam, now=now).secret
    page.post("/settings/calendar", {"new": ""})
    second = feed_address_of(sam)
    assert second is not None
    assert second.secret != first
    answer = page.post("/settings/calendar", {"off": ""}, follow=True)
    assert "Turned off: the address leads nowhere now." in words(answer)
    assert feed_address_of(sam) is None


def test_settings_say_whether_the_calendar_shows_sessions(sam: User, now: datetime) -> None:
    page = browser(sam)
    assert "It does not show your sessions yet." in words(page.get("/settings"))
    make_feed_address(sam, now=now)
    assert "It can show your sessions" in words(page.get("/settings"))
