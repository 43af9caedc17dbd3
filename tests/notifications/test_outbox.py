"""The outbox: written once, sent once, tried again, given up."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection, transaction

from mentormap.accounts.models import User
from mentormap.notifications import outbox
from mentormap.notifications.errors import FinalError, RetryableError
from mentormap.notifications.models import Delivery, Notice

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def sam(db: None) -> User:
    return User.objects.create_user("sam@example.com", name="Sam")


@pytest.fixture
def maya(db: None) -> User:
    return User.objects.create_user("maya@example.com", name="Maya")


def write(*people: User, reference: int = 1, revision: str = "0", due_at: datetime = NOW) -> None:
    outbox.write(
        occasion="booked", reference=reference, people=people, revision=revision, due_at=due_at, now=NOW
    )


def told(delivery: Delivery, now: datetime) -> str | None:
    return f"{delivery.notice.reference} to {delivery.notice.person}"


def stale(delivery: Delivery, now: datetime) -> str | None:
    return None


def nowhere(message: str) -> None:
    """Sends, and nobody looks."""


def failing(error: Exception) -> Callable[[str], None]:
    def send(message: str) -> None:
        raise error

    return send


def test_writing_gives_each_person_one_notice_and_one_delivery_a_channel(sam: User, maya: User) -> None:
    write(sam, maya)

    assert list(
        Notice.objects.order_by("person__name").values_list("occasion", "reference", "person__name")
    ) == [
        ("booked", 1, "Maya"),
        ("booked", 1, "Sam"),
    ]
    assert list(Delivery.objects.values_list("channel", "state", "due_at")) == [("email", "waiting", NOW)] * 2


def test_writing_again_changes_nothing(sam: User) -> None:
    write(sam)
    write(sam, due_at=NOW + MINUTE)

    assert list(Delivery.objects.values_list("due_at", flat=True)) == [NOW]


def test_another_revision_is_another_notice(sam: User) -> None:
    write(sam)
    write(sam, revision="1")

    assert list(Notice.objects.order_by("pk").values_list("revision", flat=True)) == ["0", "1"]


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_never_told() -> None:
    sam = User.objects.create_user("sam@example.com", name="Sam")

    with transaction.atomic():
        write(sam)
        transaction.set_rollback(True)

    assert (Notice.objects.count(), Delivery.objects.count()) == (0, 0)


def test_what_is_due_is_sent_once_oldest_first(sam: User) -> None:
    write(sam, reference=1, due_at=NOW)
    write(sam, reference=2, due_at=NOW - MINUTE)
    write(sam, reference=3, due_at=NOW + MINUTE)
    sent: list[str] = []

    assert outbox.send_due(now=NOW, render=told, send=sent.append) == 2
    assert outbox.send_due(now=NOW, render=told, send=sent.append) == 0
    assert sent == ["2 to Sam", "1 to Sam"]


def test_a_call_deals_with_no_more_than_its_limit(sam: User) -> None:
    for reference in range(3):
        write(sam, reference=reference)
    sent: list[str] = []

    assert outbox.send_due(now=NOW, render=told, send=sent.append, limit=2) == 2
    assert len(sent) == 2


def test_a_sent_delivery_says_when(sam: User) -> None:
    write(sam)

    outbox.send_due(now=NOW, render=told, send=nowhere)

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.tries, delivery.lease_until, delivery.last_error) == (
        "sent",
        1,
        None,
        "",
    )
    assert delivery.sent_at is not None
    assert timedelta(0) <= delivery.sent_at - NOW < MINUTE


def test_what_is_no_longer_so_is_dropped_unsent(sam: User) -> None:
    write(sam)
    sent: list[str] = []

    outbox.send_due(now=NOW, render=stale, send=sent.append)

    assert sent == []
    assert Delivery.objects.get().state == Delivery.State.DROPPED


@pytest.mark.django_db(transaction=True)
def test_nothing_is_rendered_or_sent_inside_a_transaction() -> None:
    write(User.objects.create_user("sam@example.com", name="Sam"))
    seen: list[bool] = []

    def render(delivery: Delivery, now: datetime) -> str:
        seen.append(connection.in_atomic_block)
        return ""

    def send(message: str) -> None:
        seen.append(connection.in_atomic_block)

    outbox.send_due(now=NOW, render=render, send=send)
    assert seen == [False, False]


def test_a_claimed_delivery_is_left_to_its_worker_until_the_claim_lapses(sam: User) -> None:
    write(sam)
    claimed = outbox._claim(NOW)
    sent: list[str] = []

    assert claimed is not None
    assert outbox.send_due(now=NOW + outbox.LEASE - MINUTE, render=told, send=sent.append) == 0
    assert outbox.send_due(now=NOW + outbox.LEASE + MINUTE, render=told, send=sent.append) == 1
    assert sent == ["1 to Sam"]


def test_a_slow_worker_that_failed_leaves_it_to_the_one_with_the_claim(sam: User) -> None:
    write(sam)
    slow, later = outbox._claim(NOW), NOW + outbox.LEASE + MINUTE
    fast = outbox._claim(later)
    assert slow is not None
    assert fast is not None

    outbox._give_up(slow, FinalError("too late"))
    outbox._put_off(slow, RetryableError("too late"), now=later)

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.lease_until) == ("waiting", fast.lease_until)


def test_what_a_slow_worker_sent_is_not_sent_again(sam: User) -> None:
    write(sam)
    slow, later = outbox._claim(NOW), NOW + outbox.LEASE + MINUTE
    fast = outbox._claim(later)
    assert slow is not None
    assert fast is not None

    outbox._finish(slow, Delivery.State.SENT, sent_at=later)
    outbox._put_off(fast, RetryableError("busy"), now=later)

    assert Delivery.objects.get().state == Delivery.State.SENT


def test_a_retryable_failure_pauses_twice_as_long_each_time(sam: User) -> None:
    write(sam)
    moment, pauses = NOW, []
    for _ in range(4):
        outbox.send_due(now=moment, render=told, send=failing(RetryableError("busy")))
        lease_until = Delivery.objects.get().lease_until
        assert lease_until is not None
        pauses.append((lease_until - moment).total_seconds())
        moment = lease_until + MINUTE

    assert [round(pause / 30) for pause in pauses] == pytest.approx([1, 2, 4, 8], rel=0.15)
    assert Delivery.objects.get().last_error == "RetryableError: busy"


def test_a_later_try_sends_and_forgets_the_error(sam: User) -> None:
    write(sam)
    outbox.send_due(now=NOW, render=told, send=failing(RetryableError("busy")))
    sent: list[str] = []

    outbox.send_due(now=NOW + 2 * MINUTE, render=told, send=sent.append)

    delivery = Delivery.objects.get()
    assert (sent, delivery.state, delivery.tries, delivery.last_error) == (["1 to Sam"], "sent", 2, "")


def test_a_final_failure_is_given_up_at_once(sam: User) -> None:
    write(sam)

    outbox.send_due(now=NOW, render=told, send=failing(FinalError("no such mailbox")))

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.tries, delivery.last_error) == (
        "failed",
        1,
        "FinalError: no such mailbox",
    )


def test_after_a_day_of_tries_it_is_given_up(sam: User) -> None:
    write(sam)
    moment = NOW
    while Delivery.objects.filter(state=Delivery.State.WAITING).exists():
        outbox.send_due(now=moment, render=told, send=failing(RetryableError("busy")))
        moment = Delivery.objects.get().lease_until or moment

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.tries) == ("failed", outbox.MAX_TRIES)
    assert timedelta(hours=20) < moment - NOW < timedelta(hours=28)


def test_a_row_that_breaks_does_not_stop_the_others(sam: User) -> None:
    write(sam, reference=1, due_at=NOW - MINUTE)
    write(sam, reference=2)
    sent: list[str] = []

    def render(delivery: Delivery, now: datetime) -> str | None:
        if delivery.notice.reference == 1:
            raise KeyError("poison")
        return told(delivery, now)

    assert outbox.send_due(now=NOW, render=render, send=sent.append) == 2
    assert sent == ["2 to Sam"]
    assert Delivery.objects.get(notice__reference=1).last_error == "KeyError: 'poison'"


def test_resending_makes_a_done_delivery_due_again(sam: User) -> None:
    write(sam)
    outbox.send_due(now=NOW, render=told, send=failing(FinalError("no")))
    sent: list[str] = []

    assert outbox.resend(Delivery.objects.get(), now=NOW + MINUTE) is True
    outbox.send_due(now=NOW + MINUTE, render=told, send=sent.append)
    assert sent == ["1 to Sam"]


def test_what_still_waits_cannot_be_resent_early(sam: User) -> None:
    write(sam, due_at=NOW + MINUTE)

    assert outbox.resend(Delivery.objects.get(), now=NOW) is False
    assert Delivery.objects.get().due_at == NOW + MINUTE


def test_what_waits_can_be_brought_forward(sam: User) -> None:
    write(sam, due_at=NOW + MINUTE)
    sent: list[str] = []

    assert outbox.bring_forward(Delivery.objects.get(), now=NOW) is True
    outbox.send_due(now=NOW, render=told, send=sent.append)
    assert sent == ["1 to Sam"]
    assert outbox.bring_forward(Delivery.objects.get(), now=NOW) is False


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_everything_once() -> None:
    sam = User.objects.create_user("sam@example.com", name="Sam")
    for reference in range(12):
        write(sam, reference=reference)
    sent: list[str] = []
    start = Barrier(2)

    def work() -> None:
        start.wait()
        outbox.send_due(now=NOW, render=told, send=sent.append)
        connection.close()

    workers = [Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(sent) == sorted(f"{reference} to Sam" for reference in range(12))
