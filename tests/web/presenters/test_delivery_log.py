"""A session's page says what its reader was told of it, by which ways, and what did not arrive."""

from datetime import datetime, timedelta

import pytest
from pytest_django.fixtures import Settings

from mentormap.accounts.models import User
from mentormap.bookings.models import Session
from mentormap.bookings.notices import write
from mentormap.notifications.models import Delivery
from mentormap.notifications.notice_kinds import Channel
from mentormap.web.presenters.delivery_log import delivery_log
from tests.web.reading import browser, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_edge")]


def becomes(state: str, person: User, *channels: Channel, at: datetime | None = None) -> None:
    of_person = Delivery.objects.filter(
        notice__person=person, notice__occasion="booked", channel__in=channels
    )
    of_person.update(state=state, sent_at=at)


@pytest.fixture
def booked(session: Session, settings: Settings, now: datetime) -> Session:
    settings.NOTICE_CHANNELS = list(Channel)
    write.session_booked(session, now=now)
    return session


def test_each_party_reads_what_they_were_told(sam: User, booked: Session, now: datetime) -> None:
    becomes("sent", sam, Channel.EMAIL, Channel.IN_APP, at=now)
    becomes("dropped", sam, Channel.PUSH)
    read = words(browser(sam).get(f"/sessions/{booked.pk}"))
    of_maya = words(browser(booked.mentor.user).get(f"/sessions/{booked.pk}"))

    stamp = "Mon 23 Nov 2026, 10:00 (Europe/Berlin) ·"
    assert f"Notifications sent Booking confirmed {stamp} Sent by email and on this site. Choose" in read
    assert "Booking confirmed" in of_maya
    assert "Sent by" not in of_maya


def test_what_is_on_its_way_or_lost_is_said(sam: User, booked: Session, now: datetime) -> None:
    becomes("sent", sam, Channel.IN_APP, at=now)
    becomes("failed", sam, Channel.EMAIL)
    (entry,) = delivery_log(booked, sam, now=now)
    assert (entry.words, entry.is_lost) == ("Sent on this site. Could not be sent by email.", False)

    Delivery.objects.filter(channel=Channel.PUSH).update(tries=1)
    (entry,) = delivery_log(booked, sam, now=now)
    assert (entry.words, entry.is_lost) == (
        "Sent on this site. On its way by push. Could not be sent by email.",
        False,
    )

    becomes("failed", sam, Channel.EMAIL, Channel.IN_APP, Channel.PUSH)
    (entry,) = delivery_log(booked, sam, now=now)
    assert (entry.words, entry.is_lost) == ("Could not be sent by email, by push and on this site.", True)


def test_what_is_still_to_come_is_not_told_yet(sam: User, booked: Session, now: datetime) -> None:
    soon = booked.scheduled_at - timedelta(minutes=15)
    assert [entry.label for entry in delivery_log(booked, sam, now=soon - timedelta(seconds=1))] == [
        "Booking confirmed"
    ]
    assert [entry.label for entry in delivery_log(booked, sam, now=soon)] == [
        "Booking confirmed",
        "Video link",
    ]


def test_who_was_told_nothing_reads_nothing_of_it(sam: User, session: Session) -> None:
    assert "What you were told" not in words(browser(sam).get(f"/sessions/{session.pk}"))
