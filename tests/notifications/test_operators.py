"""What operators hear: of deliveries that were given up, and of channels that are dead, each once."""

from datetime import datetime, timedelta

import pytest

from mentormap.accounts.models import User
from mentormap.notifications import operators, outages
from mentormap.notifications.errors import FinalError
from mentormap.notifications.models import Delivery, Notice, Outage
from mentormap.notifications.notice_kinds import Channel, NoticeKind
from tests import make
from tests.notifications.sending import MINUTE, NOW, failing, send_due, write

HOUR = timedelta(hours=1)
REFUSED = failing(FinalError("no such mailbox"))


@pytest.fixture(autouse=True)
def ada(db: None) -> User:
    return make.ada()


def given_up(sam: User, *references: int, now: datetime = NOW) -> None:
    for reference in references:
        write(sam, reference=reference)
    send_due(now, send=REFUSED)


def heard(occasion: NoticeKind) -> list[tuple[str, datetime]]:
    rows = Notice.objects.filter(occasion=occasion).order_by("created_at", "person__name")
    return [(str(notice.person), notice.created_at) for notice in rows]


def test_operators_alone_are_told_at_once(sam: User) -> None:
    make.person("Dora", is_staff=True, is_active=False)
    operators.tell(NoticeKind.CHANNEL_DEAD, 7, now=NOW)
    operators.tell(NoticeKind.CHANNEL_DEAD, 7, now=NOW + MINUTE)

    assert heard(NoticeKind.CHANNEL_DEAD) == [("Ada", NOW)]
    assert list(Delivery.objects.values_list("channel", "due_at")) == [("email", NOW)]


def test_what_was_given_up_is_told_once_and_together(sam: User) -> None:
    given_up(sam, 1, 2)

    assert operators.report(NOW + MINUTE) == 2
    assert operators.report(NOW + 2 * MINUTE) == 0
    assert heard(NoticeKind.DELIVERY_GIVEN_UP) == [("Ada", NOW + MINUTE)]
    notice = Notice.objects.get(occasion=NoticeKind.DELIVERY_GIVEN_UP)
    assert [row.notice.reference for row in operators.abandoned_with(notice)] == [1, 2]


def test_further_ones_are_gathered_for_an_hour(sam: User) -> None:
    given_up(sam, 1)
    operators.report(NOW)
    given_up(sam, 2)
    assert operators.report(NOW + HOUR - MINUTE) == 0
    given_up(sam, 3)

    assert operators.report(NOW + HOUR + MINUTE) == 2
    assert heard(NoticeKind.DELIVERY_GIVEN_UP) == [("Ada", NOW), ("Ada", NOW + HOUR + MINUTE)]


def test_what_is_sent_again_and_given_up_again_is_told_again(sam: User) -> None:
    given_up(sam, 1)
    operators.report(NOW)
    Delivery.objects.filter(notice__person=sam).update(state=Delivery.State.WAITING, reported_at=None)
    send_due(NOW + HOUR, send=REFUSED)

    assert operators.report(NOW + 2 * HOUR) == 1


def test_a_notice_to_operators_that_fails_starts_no_circle() -> None:
    operators.tell(NoticeKind.CHANNEL_DEAD, 7, now=NOW)
    send_due(send=REFUSED)

    assert operators.report(NOW + MINUTE) == 0


def fail(times: int, *, over: timedelta) -> None:
    for number in range(times):
        outages.note(Channel.EMAIL, "nobody there", now=NOW + over * number / (times - 1))


def test_a_channel_that_failed_often_for_minutes_is_told_once() -> None:
    fail(operators.DEAD_FAILURES, over=operators.DEAD_AFTER)

    assert operators.report(NOW + operators.DEAD_AFTER) == 1
    assert operators.report(NOW + 2 * operators.DEAD_AFTER) == 0
    assert heard(NoticeKind.CHANNEL_DEAD) == [("Ada", NOW + operators.DEAD_AFTER)]


def test_few_failures_or_a_short_time_are_not_told() -> None:
    fail(operators.DEAD_FAILURES - 1, over=operators.DEAD_AFTER)
    assert operators.report(NOW + operators.DEAD_AFTER) == 0

    fail(2, over=MINUTE)
    assert operators.report(NOW + operators.DEAD_AFTER - MINUTE) == 0


def test_the_next_outage_is_told_anew() -> None:
    fail(operators.DEAD_FAILURES, over=operators.DEAD_AFTER)
    operators.report(NOW + operators.DEAD_AFTER)
    outages.end(Channel.EMAIL, now=NOW + HOUR)
    Outage.objects.create(
        channel=Channel.EMAIL, since=NOW + HOUR, failures=9, rest_until=NOW + HOUR, last_error="no"
    )

    assert operators.report(NOW + 2 * HOUR) == 1
    assert len(heard(NoticeKind.CHANNEL_DEAD)) == 2
