"""A channel that does not work is left in peace, and what waits for it keeps its tries."""

from datetime import timedelta

import pytest

from mentormap.accounts.models import User
from mentormap.notifications import outages
from mentormap.notifications.errors import ChannelDownError, FinalError, RetryableError
from mentormap.notifications.models import Delivery, Outage
from mentormap.notifications.notice_kinds import Channel
from tests.notifications.sending import MINUTE, NOW, failing, send_due, write

SECOND = timedelta(seconds=1)
DOWN = failing(ChannelDownError("nobody there"))


@pytest.fixture(autouse=True)
def _three_waiting(sam: User) -> None:
    for reference in range(3):
        write(sam, reference=reference)


def test_the_round_ends_and_the_others_keep_their_tries() -> None:
    assert send_due(send=DOWN) == 1

    rows = Delivery.objects.order_by("pk").values_list("tries", "lease_until", "last_error")
    assert [(tries, bool(lease), error) for tries, lease, error in rows] == [
        (0, True, "nobody there"),
        (0, False, ""),
        (0, False, ""),
    ]


@pytest.mark.parametrize(("minutes", "latest"), [(9, 2 * MINUTE), (120, 6 * MINUTE)])
def test_what_waited_for_the_channel_goes_out_soon_after_it_works_again(
    minutes: int, latest: timedelta
) -> None:
    moment, ends = NOW, NOW + minutes * MINUTE
    while moment < ends:
        send_due(moment, send=DOWN)
        moment += 5 * SECOND
    while Delivery.objects.filter(state="waiting").exists():
        send_due(moment)
        moment += 5 * SECOND
    assert moment - ends <= latest
    assert set(Delivery.objects.values_list("state", "tries")) == {("sent", 1)}


def test_nothing_is_tried_while_the_channel_rests() -> None:
    send_due(send=DOWN)

    assert send_due(NOW + 4 * SECOND, send=failing(AssertionError("not tried"))) == 0
    assert send_due(NOW + 6 * SECOND) == 2


def test_the_rest_doubles_up_to_a_minute() -> None:
    moment, rests = NOW, []
    for _ in range(6):
        outages.note(Channel.EMAIL, "no", now=moment)
        until = Outage.objects.get().rest_until
        rests.append((until - moment).total_seconds())
        moment = until

    assert rests == [5, 10, 20, 40, 60, 60]
    assert Outage.objects.get().failures == 6


def test_what_goes_through_ends_it() -> None:
    send_due(send=DOWN)
    assert Outage.objects.count() == 1

    send_due(NOW + MINUTE)
    assert Outage.objects.count() == 0


def test_one_that_operators_heard_of_is_kept_with_its_end() -> None:
    send_due(send=DOWN)
    Outage.objects.update(told_at=NOW)

    send_due(NOW + MINUTE)
    ended_at = Outage.objects.get().ended_at
    assert ended_at is not None
    assert ended_at - NOW - MINUTE < SECOND
    assert send_due(NOW + MINUTE + SECOND, send=DOWN) == 0


@pytest.mark.parametrize("error", [FinalError("no such mailbox"), RetryableError("greylisted"), KeyError()])
def test_trouble_with_one_message_is_no_outage(error: Exception) -> None:
    assert send_due(send=failing(error)) == 3
    assert Outage.objects.count() == 0


def test_one_channels_outage_does_not_hold_up_another() -> None:
    send_due(send=DOWN)

    assert outages.is_resting(Channel.EMAIL, now=NOW + SECOND)
    assert not outages.is_resting(Channel.SMS, now=NOW + SECOND)
