"""Claims: a delivery is sent by one worker, and by another if that one dies."""

from datetime import datetime, timedelta

from mentormap.accounts.models import User
from mentormap.notifications import claims, outbox
from mentormap.notifications.errors import FinalError
from mentormap.notifications.models import Delivery
from mentormap.notifications.notice_kinds import Channel
from tests.notifications.sending import MINUTE, NOW, failing, send_due, write

SECOND = timedelta(seconds=1)


def begun(now: datetime) -> Delivery:
    """The first of a batch that a worker reserves; that worker dies before it goes on."""
    first = claims.reserve(Channel.EMAIL, now=now)[0]
    assert claims.begin(first, now=now)
    return first


def test_what_is_being_sent_is_left_to_its_worker_until_the_lease_lapses(sam: User) -> None:
    write(sam)
    begun(NOW)
    sent: list[str] = []

    assert send_due(NOW + claims.LEASE - SECOND, send=sent.append) == 0
    assert send_due(NOW + claims.LEASE + SECOND, send=sent.append) == 1
    assert sent == ["1 to Sam"]


def test_the_rest_of_a_dead_workers_batch_waits_for_seconds_only(sam: User) -> None:
    for reference in range(3):
        write(sam, reference=reference)
    begun(NOW)
    sent: list[str] = []

    assert send_due(NOW + claims.RESERVED - SECOND, send=sent.append) == 0
    assert send_due(NOW + claims.RESERVED + SECOND, send=sent.append) == 2
    assert sent == ["1 to Sam", "2 to Sam"]


def test_what_a_worker_does_not_come_to_is_handed_back(sam: User) -> None:
    for reference in range(3):
        write(sam, reference=reference)

    assert send_due(limit=1) == 1
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING)
    assert list(waiting.values_list("lease_until", "tries")) == [(None, 0)] * 2


def test_a_worker_that_is_too_slow_skips_what_another_took(sam: User) -> None:
    for reference in range(2):
        write(sam, reference=reference)
    _, second = claims.reserve(Channel.EMAIL, now=NOW)
    begun(NOW + claims.RESERVED + SECOND)
    sent: list[str] = []
    send_due(NOW + claims.RESERVED + 2 * SECOND, send=sent.append)

    assert sent == []
    assert not claims.begin(second, now=NOW + claims.RESERVED + 3 * SECOND)


def test_more_than_a_batch_is_taken_batch_by_batch(sam: User) -> None:
    for reference in range(claims.BATCH + 2):
        write(sam, reference=reference)
    sent: list[str] = []

    assert send_due(send=sent.append) == claims.BATCH + 2
    assert sent == [f"{reference} to Sam" for reference in range(claims.BATCH + 2)]


def test_a_slow_worker_that_failed_leaves_it_to_the_one_with_the_claim(sam: User) -> None:
    write(sam)
    later = NOW + claims.LEASE + MINUTE
    slow, fast = begun(NOW), begun(later)

    outbox._abandon(slow, "too late")
    outbox._put_off(slow, "too late", now=later)

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.lease_until) == ("waiting", fast.lease_until)


def test_what_a_slow_worker_sent_is_not_sent_again(sam: User) -> None:
    write(sam)
    later = NOW + claims.LEASE + MINUTE
    slow, fast = begun(NOW), begun(later)

    outbox._finish(slow, Delivery.State.SENT, sent_at=later)
    outbox._put_off(fast, "busy", now=later)

    assert Delivery.objects.get().state == Delivery.State.SENT


def test_each_is_marked_before_the_next_is_sent(sam: User) -> None:
    """A worker that dies repeats no more than the one that it was sending."""
    for reference in range(3):
        write(sam, reference=reference)
    states: list[list[str]] = []

    def send(message: str) -> None:
        states.append(list(Delivery.objects.order_by("pk").values_list("state", flat=True)))

    send_due(send=send)
    assert states == [["waiting"] * 3, ["sent", "waiting", "waiting"], ["sent", "sent", "waiting"]]


def test_another_channels_deliveries_are_left_to_their_own_job(sam: User) -> None:
    write(sam)
    Delivery.objects.update(channel=Channel.SMS)

    assert send_due(send=failing(FinalError("not mine"))) == 0
