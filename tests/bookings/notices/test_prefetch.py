"""What a batch of notices needs is read once, for all of them."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mentormap.accounts.models import User
from mentormap.bookings.models import Session, SessionStatus
from mentormap.bookings.notices import write
from mentormap.bookings.notices.prefetch import Prefetch
from mentormap.bookings.notices.render import render_notice
from mentormap.notifications import outbox, preferences
from mentormap.notifications.models import Delivery
from mentormap.notifications.notice_kinds import Channel, NoticeKind
from tests import make

pytestmark = pytest.mark.django_db


def links(count: int, session: Session, now: datetime) -> list[Delivery]:
    """Of as many sessions, one after another."""
    hours = [session.scheduled_at + timedelta(hours=number) for number in range(1, count)]
    others = [make.session(student=session.student, mentor=session.mentor, starts_at=hour) for hour in hours]
    for each in [session, *others]:
        write.session_booked(each, now=now)
    rows = Delivery.objects.filter(notice__occasion=NoticeKind.LINK).select_related("notice__person")
    return list(rows.order_by("pk"))


def reads(batch: list[Delivery], now: datetime) -> int:
    prefetch = Prefetch(*batch)
    with CaptureQueriesContext(connection) as queries:
        messages = [render_notice(delivery, now, prefetch=prefetch) for delivery in batch]
    assert None not in messages
    return len(queries)


def test_ten_links_are_rendered_from_as_many_queries_as_two(session: Session, now: datetime) -> None:
    batch = links(5, session, now)

    assert (len(batch), reads(batch[:2], now), reads(batch, now)) == (10, 2, 2)


def test_what_has_changed_counts_from_the_next_batch_on(session: Session, sam: User, now: datetime) -> None:
    batch = links(2, session, now)
    prefetch = Prefetch(*batch)
    assert render_notice(batch[0], now, prefetch=prefetch) is not None

    Session.objects.filter(pk=session.pk).update(status=SessionStatus.CANCELLED)
    preferences.choose(sam, [], among=[NoticeKind.LINK])
    prefetch.show(batch[1:])
    assert [render_notice(each, now, prefetch=prefetch) for each in batch[1:3]] == [None, None]


def test_the_outbox_shows_what_comes_next(session: Session, now: datetime) -> None:
    links(3, session, now)
    prefetch, sent = Prefetch(), list[Any]()
    later = session.scheduled_at
    with CaptureQueriesContext(connection) as queries:
        outbox.send_due(
            channel=Channel.EMAIL,
            now=later - timedelta(minutes=15),
            render=partial(render_notice, prefetch=prefetch),
            send=sent.append,
            prefetch=prefetch.show,
        )

    of_sessions = [each for each in queries if each["sql"].startswith('SELECT "sessions"."id"')]
    assert (len(sent), len(of_sessions)) == (8, 1)
