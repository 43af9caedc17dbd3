"""Every word of every page: one snapshot for each."""

import re
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from django.test import Client
from pytest_django.fixtures import Settings
from syrupy.assertion import SnapshotAssertion

from mentormap.accounts.models import User
from mentormap.bookings import no_shows
from mentormap.bookings.models import Session
from mentormap.bookings.notices import write
from mentormap.bookings.notices.render import render_notice
from mentormap.mentors.models import Mentor
from mentormap.notifications import outbox
from mentormap.notifications.channels import senders
from mentormap.notifications.notice_kinds import Channel
from tests import make
from tests.bookings.mailing import cancelled
from tests.pseudo_locale import latin_words, read
from tests.snapshots import Words, words_of
from tests.web.reading import proved

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_edge")]

PAGES: Final[dict[str, tuple[str, str]]] = {
    "home": ("", "/"),
    "login": ("", "/login"),
    "signup": ("", "/signup"),
    "account-closed": ("", "/account-closed"),
    "email-sent": ("", "/email/sent"),
    "password-reset": ("", "/password/reset"),
    "password-reset-sent": ("", "/password/reset/sent"),
    "password-reset-done": ("", "/password/reset/done"),
    "email-verify-stale": ("", "/email/verify/stale"),
    "password-reset-stale": ("", "/password/reset/1-stale"),
    "unsubscribe-stale": ("", "/unsubscribe/stale"),
    "time-zone": ("", "/time-zone"),
    "logout": ("Sam", "/logout"),
    "checkout-back-stale": ("Sam", "/checkout/back/stale"),
    "sessions-success": ("Sam", "/sessions/success"),
    "email-undo-stale": ("", "/email/undo/stale"),
    "not-found": ("", "/nowhere"),
    "mentors": ("", "/mentors"),
    "mentors-none": ("", "/mentors?q=juggling"),
    "mentor": ("Sam", "/mentors/1"),
    "mentor-of-a-visitor": ("", "/mentors/1"),
    "sessions": ("Sam", "/sessions"),
    "sessions-none": ("Olga", "/sessions"),
    "session-ahead": ("Sam", "/sessions/1"),
    "session-ahead-of-the-mentor": ("Maya", "/sessions/1"),
    "session-over": ("Sam", "/sessions/2"),
    "session-held": ("Sam", "/sessions/3"),
    "session-cancelled": ("Sam", "/sessions/4"),
    "session-cancelled-of-the-mentor": ("Maya", "/sessions/4"),
    "session-missed": ("Sam", "/sessions/5"),
    "session-missed-of-the-mentor": ("Maya", "/sessions/5"),
    "session-of-strangers": ("Olga", "/sessions/1"),
    "session-cancel": ("Sam", "/sessions/1/cancel"),
    "session-cancel-of-the-mentor": ("Maya", "/sessions/1/cancel"),
    "session-reschedule": ("Sam", "/sessions/1/reschedule"),
    "session-no-show": ("Sam", "/sessions/2/no-show"),
    "session-no-show-contest": ("Maya", "/sessions/5/no-show"),
    "session-review": ("Sam", "/sessions/2/review"),
    "notices": ("Sam", "/notices"),
    "notices-none": ("Olga", "/notices"),
    "settings": ("Sam", "/settings"),
    "settings-calendar": ("Sam", "/settings/calendar"),
    "settings-notices": ("Sam", "/settings/notices"),
    "settings-phone": ("Sam", "/settings/phone"),
    "email": ("Sam", "/email"),
    "logins": ("Sam", "/logins"),
    "password-change": ("Sam", "/password/change"),
    "reauthenticate": ("Sam", "/reauthenticate"),
    "two-step": ("Sam", "/two-step"),
    "mentoring-of-a-student": ("Sam", "/mentoring"),
    "mentoring": ("Maya", "/mentoring"),
    "mentoring-desk": ("Maya", "/mentoring/desk"),
    "mentoring-profile": ("Maya", "/mentoring/profile"),
    "mentoring-hours": ("Maya", "/mentoring/hours"),
    "mentoring-days-off": ("Maya", "/mentoring/days-off"),
    "mentoring-rules": ("Maya", "/mentoring/rules"),
    "mentoring-slots": ("Maya", "/mentoring/slots"),
    "mentoring-policy": ("Maya", "/mentoring/policy"),
    "mentoring-meeting": ("Maya", "/mentoring/meeting"),
    "mentoring-calendars": ("Maya", "/mentoring/calendars"),
}


@pytest.fixture
def people(sam: User, now: datetime, settings: Settings) -> dict[str, User]:
    """Sam with Maya: 1 ahead, 2 over, 3 unpaid, 4 cancelled by Sam, 5 missed by Maya as Sam says. Olga is new."""
    settings.NOTICE_CHANNELS = list(Channel)
    maya = make.mentor(make.person("Maya", time_zone="America/New_York"), id=1, zone="America/New_York")
    booked(1, sam, maya, now + timedelta(days=2))
    booked(2, sam, maya, now - timedelta(hours=3), status="completed")
    booked(3, sam, maya, now + timedelta(days=3), payment_status="pending", created_at=now)
    cancelled(booked(4, sam, maya, now + timedelta(days=4)), sam, now, refund_minor=6_000)
    missed = booked(5, sam, maya, now - timedelta(hours=5), status="completed")
    no_shows.report(missed, actor=sam, text="I waited for half an hour.", now=now)
    make.busy_calendar(maya, now=now, name="Work", url="https://calendar.example.com/1/secret.ics")
    write.session_booked(Session.objects.with_people().get(pk=1), now=now)
    with senders.sender(Channel.IN_APP) as send:
        outbox.send_due(channel=Channel.IN_APP, now=now, render=render_notice, send=send)
    return {"Sam": sam, "Maya": maya.user, "Olga": make.olga()}


def booked(number: int, sam: User, maya: Mentor, starts_at: datetime, **fields: Any) -> Session:
    facts: dict[str, Any] = {"id": number, "uid": UUID(int=number)} | fields
    return make.session(student=sam, mentor=maya, starts_at=starts_at, **facts)


@pytest.mark.parametrize("name", list(PAGES))
def test_page(name: str, people: dict[str, User], snapshot: SnapshotAssertion) -> None:
    person, path = PAGES[name]
    client = proved(people[person]) if person else Client()
    answer = client.get(path, follow=True)
    page = answer.content.decode()
    title = re.search(r"<title>(.*?)</title>", page, re.DOTALL)
    main = re.search(r"<main.*?</main>", page, re.DOTALL)
    assert title
    assert main
    head = f"{answer.status_code} {title[1].strip()}\n\n"
    assert head + words_of(main[0]) + "\n" == snapshot(extension_class=Words)


@pytest.mark.parametrize("name", list(PAGES))
def test_every_sentence_is_marked_for_translation(name: str, greek: str, people: dict[str, User]) -> None:
    person, path = PAGES[name]
    client = proved(people[person]) if person else Client()
    page = client.get(path, follow=True, headers={"Accept-Language": greek}).content.decode()
    assert f'<html lang="{greek}"' in page
    assert latin_words(read(page)) == []
