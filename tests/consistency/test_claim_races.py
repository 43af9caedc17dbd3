"""A worker decides while another's transaction, which it cannot see yet, has already done the same work: only one does it."""

from datetime import datetime, timedelta

import pytest

from mentormap.availability.models import BusyCalendar
from mentormap.bookings import calendar_sync, rooms
from mentormap.bookings.models import Room
from mentormap.lib.outbound import fetching
from mentormap.lib.outbound.fetching import Fetched
from mentormap.meetings import providers
from mentormap.notifications import operators
from mentormap.notifications.models import Delivery, Notice
from mentormap.notifications.notice_kinds import Channel, NoticeKind
from tests import make
from tests.racing import while_undecided

HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_calendar_is_not_read_again(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    calendar = make.busy_calendar(make.mentor(), now=now, next_read_at=now)
    asked: list[str] = []

    def fetch(address: str, **_: object) -> Fetched | None:
        asked.append(address)
        return None

    def read_it() -> None:
        BusyCalendar.objects.filter(pk=calendar.pk).update(next_read_at=now + HOUR)

    def read_due() -> int:
        return calendar_sync.read_due(now)

    monkeypatch.setattr(fetching, "fetch", fetch)
    assert while_undecided(read_it, read_due) == 0
    assert asked == []


def test_operators_are_not_told_again(now: datetime) -> None:
    sam, _ = make.sam(), make.ada()
    notice = Notice.objects.create(person=sam, occasion=NoticeKind.BOOKED, reference=1, created_at=now)
    Delivery.objects.create(notice=notice, channel=Channel.EMAIL, due_at=now, state=Delivery.State.FAILED)
    later = now + timedelta(seconds=1)

    assert while_undecided(lambda: operators.report(now), lambda: operators.report(later)) == 0
    assert Notice.objects.filter(occasion=NoticeKind.DELIVERY_GIVEN_UP).count() == 1


def test_a_room_is_not_made_again(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "configured", dict)
    session = make.session(student=make.sam(), mentor=make.mentor(), starts_at=now + 5 * HOUR)
    room = Room.objects.create(session=session, provider="zoom", state=Room.State.FALLEN_BACK)

    def make_it() -> None:
        Room.objects.filter(pk=room.pk).update(state=Room.State.MADE, planned_for=session.scheduled_at)

    while_undecided(make_it, lambda: rooms.run(now))

    room.refresh_from_db()
    assert room.state == Room.State.MADE
