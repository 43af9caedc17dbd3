"""The outbox: written once, sent once, tried again, given up."""

from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from mentormap.accounts.models import User
from mentormap.notifications import outbox
from mentormap.notifications.errors import FinalError, OutOfReachError, RetryableError
from mentormap.notifications.models import Delivery, Notice
from tests.notifications.sending import MINUTE, NOW, failing, nowhere, render_text, send_due, stale, write
from tests.racing import all_at_once


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

    assert send_due(send=sent.append) == 2
    assert send_due(send=sent.append) == 0
    assert sent == ["2 to Sam", "1 to Sam"]


def test_a_call_deals_with_no_more_than_its_limit(sam: User) -> None:
    for reference in range(3):
        write(sam, reference=reference)
    sent: list[str] = []

    assert send_due(send=sent.append, limit=2) == 2
    assert len(sent) == 2


def test_a_sent_delivery_says_when(sam: User) -> None:
    write(sam)

    send_due(send=nowhere)

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

    send_due(render=stale, send=sent.append)

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

    send_due(render=render, send=send)
    assert seen == [False, False]


def test_a_retryable_failure_pauses_twice_as_long_each_time(sam: User) -> None:
    write(sam)
    moment, pauses = NOW, []
    for _ in range(4):
        send_due(moment, send=failing(RetryableError("busy")))
        lease_until = Delivery.objects.get().lease_until
        assert lease_until is not None
        pauses.append((lease_until - moment).total_seconds())
        moment = lease_until + MINUTE

    assert [round(pause / 30) for pause in pauses] == pytest.approx([1, 2, 4, 8], rel=0.15)
    assert Delivery.objects.get().last_error == "busy"


def test_a_later_try_sends_and_forgets_the_error(sam: User) -> None:
    write(sam)
    send_due(send=failing(RetryableError("busy")))
    sent: list[str] = []

    send_due(NOW + 2 * MINUTE, send=sent.append)

    delivery = Delivery.objects.get()
    assert (sent, delivery.state, delivery.tries, delivery.last_error) == (["1 to Sam"], "sent", 2, "")


def test_a_final_failure_is_given_up_at_once(sam: User) -> None:
    write(sam)

    send_due(send=failing(FinalError("no such mailbox")))

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.tries, delivery.last_error) == (
        "failed",
        1,
        "no such mailbox",
    )


def test_who_can_no_longer_be_reached_is_no_failure(sam: User) -> None:
    write(sam)
    send_due(send=failing(OutOfReachError("no browser is left")))
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.last_error) == ("dropped", "")


def test_after_a_day_of_tries_it_is_given_up(sam: User) -> None:
    write(sam)
    moment = NOW
    while Delivery.objects.filter(state=Delivery.State.WAITING).exists():
        send_due(moment, send=failing(RetryableError("busy")))
        moment = Delivery.objects.get().lease_until or moment

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.last_error) == ("failed", "busy")
    assert timedelta(hours=24) <= moment - NOW < timedelta(hours=25.1)


def test_after_two_days_without_a_worker_it_still_has_a_day_of_tries(sam: User) -> None:
    write(sam)
    late = NOW + timedelta(days=2)

    send_due(late, send=failing(RetryableError("busy")))

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.failing_since is not None) == ("waiting", True)


def test_one_that_ends_its_worker_each_time_is_given_up(sam: User) -> None:
    write(sam)
    Delivery.objects.update(tries=outbox.MOST_TRIES)

    assert send_due(send=failing(AssertionError("not tried"))) == 1
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.last_error) == (
        "failed",
        "Taken up again and again, and never finished.",
    )


def test_a_row_that_breaks_does_not_stop_the_others(sam: User) -> None:
    write(sam, reference=1, due_at=NOW - MINUTE)
    write(sam, reference=2)
    sent: list[str] = []

    def render(delivery: Delivery, now: datetime) -> str | None:
        if delivery.notice.reference == 1:
            raise KeyError("poison")
        return render_text(delivery, now)

    assert send_due(render=render, send=sent.append) == 2
    assert sent == ["2 to Sam"]
    assert Delivery.objects.get(notice__reference=1).last_error == "KeyError: 'poison'"


def test_resending_makes_a_done_delivery_due_again(sam: User) -> None:
    write(sam)
    send_due(send=failing(FinalError("no")))
    sent: list[str] = []

    assert outbox.resend(Delivery.objects.get(), now=NOW + MINUTE) is True
    send_due(NOW + MINUTE, send=sent.append)
    assert sent == ["1 to Sam"]


def test_what_still_waits_cannot_be_resent_early(sam: User) -> None:
    write(sam, due_at=NOW + MINUTE)

    assert outbox.resend(Delivery.objects.get(), now=NOW) is False
    assert Delivery.objects.get().due_at == NOW + MINUTE


def test_what_waits_can_be_brought_forward(sam: User) -> None:
    write(sam, due_at=NOW + MINUTE)
    sent: list[str] = []

    assert outbox.bring_forward(Delivery.objects.get(), now=NOW) is True
    send_due(send=sent.append)
    assert sent == ["1 to Sam"]
    assert outbox.bring_forward(Delivery.objects.get(), now=NOW) is False


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_everything_once() -> None:
    sam = User.objects.create_user("sam@example.com", name="Sam")
    for reference in range(12):
        write(sam, reference=reference)
    sent: list[str] = []
    all_at_once([lambda: send_due(send=sent.append)] * 2)
    assert sorted(sent) == sorted(f"{reference} to Sam" for reference in range(12))
