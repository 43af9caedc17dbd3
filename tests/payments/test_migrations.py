"""Rows of earlier versions survive the migrations."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command

from mentormap.bookings.reconciliation import reconcile
from mentormap.bookings.settlement.settle import settle
from mentormap.payments import gateway, refunds
from mentormap.payments.models import EventCursor, Payment, Refund
from tests import make
from tests.bookings.old_refunds import send_by_number
from tests.conftest import StandingClock, Stripe
from tests.migrating import latest_afterwards, migrated_to

pytestmark = pytest.mark.migrations
BEFORE = ("payments", "0001_initial")
AFTER = ("payments", "0002_flags_disputes_and_warnings")
EARLIER = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.mark.django_db(transaction=True)
@pytest.mark.thorough
def test_flags_survive_both_ways() -> None:
    with latest_afterwards():
        old = migrated_to(BEFORE).get_model("payments", "Payment")
        facts = {"amount_minor": 12_000, "currency": "USD", "created_at": EARLIER}
        old.objects.create(
            reference="a", idempotency_key="a", flag="disputed", flag_note="why", flagged_at=AT, **facts
        )
        old.objects.create(reference="b", idempotency_key="b", **facts)
        flags = migrated_to(AFTER).get_model("payments", "Flag").objects.all()
        kept = [("a", "disputed", "why", AT, None)]
        assert (
            list(flags.values_list("payment__reference", "name", "note", "raised_at", "resolved_at")) == kept
        )
        old = migrated_to(BEFORE).get_model("payments", "Payment")
        assert list(old.objects.order_by("pk").values_list("flag", "flag_note", "flagged_at")) == [
            ("disputed", "why", AT),
            ("", "", None),
        ]


BY_NUMBER = ("payments", "0006_money_unknown_here")


@contextmanager
def upgraded(payment: Payment, now: datetime, **facts: Any) -> Iterator[Refund]:
    """A refund of 50 USD as version 0.1.0 left it, after the upgrade."""
    with latest_afterwards():
        old = migrated_to(BY_NUMBER).get_model("payments", "Refund")
        left: dict[str, Any] = {"tries": 1, "next_try_at": now + timedelta(seconds=15)} | facts
        row = old.objects.create(
            payment_id=payment.pk, amount_minor=5_000, currency="USD", created_at=now, updated_at=now, **left
        )
        call_command("migrate", verbosity=0)
        yield Refund.objects.select_related("payment").get(pk=row.pk)


def sent_at_stripe(payment: Payment) -> list[int]:
    return [each.amount_minor for each in gateway.list_refunds(payment.payment_intent_id)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.thorough
def test_a_refund_sent_before_the_upgrade_is_sent_again_with_the_same_key(
    stripe: Stripe, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its answer was lost, and Stripe's list does not show it yet: only the key keeps it from being sent twice."""
    payment = make.booked(stripe, now=clock.now).payment
    with upgraded(payment, clock.now) as refund:
        send_by_number(payment, refund.pk)
        with monkeypatch.context() as lagging:
            lagging.setattr(gateway, "list_refunds", lambda _intent_id: [])
            assert refunds.send(refund, now=clock.advance(minutes=5))
        assert sent_at_stripe(payment) == [5_000]
        settle(payment.pk, now=clock.now)
        row = Refund.objects.get()
        assert (row.state, row.attempt, row.is_foreign) == ("succeeded", 1, False)
        assert row.idempotency_keys == {"1": f"mentormap-refund-{row.pk}-1"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.thorough
def test_a_refund_sent_before_the_upgrade_is_found_by_its_number_once_its_key_has_lapsed(
    stripe: Stripe, clock: StandingClock
) -> None:
    payment = make.booked(stripe, now=clock.now).payment
    with upgraded(payment, clock.now) as refund:
        send_by_number(payment, refund.pk)
        reconcile.run(clock.advance(hours=26))
        assert sent_at_stripe(payment) == [5_000]
        assert (Refund.objects.get().state, Refund.objects.get().is_foreign) == ("succeeded", False)


@pytest.mark.django_db(transaction=True)
@pytest.mark.thorough
@pytest.mark.parametrize("later", [{"minutes": 1}, {"minutes": 5}, {"hours": 26}])
def test_a_refund_sent_after_the_backup_and_before_the_upgrade_is_not_sent_again(
    stripe: Stripe, clock: StandingClock, later: dict[str, float]
) -> None:
    """A backup of version 0.1.0, restored: the row does not know that it was sent."""
    payment = make.booked(stripe, now=clock.now).payment
    Payment.objects.update(owed_minor=5_000)
    with upgraded(payment, clock.now, tries=0, next_try_at=None) as refund:
        send_by_number(payment, refund.pk)
        reconcile.run(clock.advance(**later))
        settle(payment.pk, now=clock.now)
        assert sent_at_stripe(payment) == [5_000]
        assert (Refund.objects.get().state, Refund.objects.get().is_foreign) == ("succeeded", False)


@pytest.mark.django_db(transaction=True)
@pytest.mark.thorough
@pytest.mark.parametrize(
    ("facts", "keys"),
    [
        ({"tries": 0}, {"1": "mentormap-refund-{}-1"}),
        ({"is_foreign": True, "tries": 0, "state": "succeeded", "stripe_id": "re_1"}, {}),
        ({"attempt": 2}, {"1": "mentormap-refund-{}-1", "2": "mentormap-refund-{}-2"}),
    ],
)
def test_each_own_refund_made_before_the_upgrade_keeps_its_old_keys(
    stripe: Stripe, clock: StandingClock, facts: dict[str, Any], keys: dict[str, str]
) -> None:
    with upgraded(make.booked(stripe, now=clock.now).payment, clock.now, **facts) as refund:
        assert refund.idempotency_keys == {number: key.format(refund.pk) for number, key in keys.items()}


@pytest.mark.django_db(transaction=True)
@pytest.mark.thorough
def test_payments_of_banks_get_both_times_where_the_event_of_the_arrival_is_kept(
    stripe: Stripe, clock: StandingClock
) -> None:
    """Version 0.1.0 kept the time at which the bank was asked as that of the payment."""
    payment = make.booked(stripe, now=clock.now).payment
    arrived = int((AT + timedelta(days=2)).timestamp())
    with latest_afterwards():
        old = migrated_to(("payments", "0007_refund_uids_and_keys"))
        for number, created in enumerate((arrived, "never")):
            old.get_model("payments", "StripeEvent").objects.create(
                event_id=f"evt_{number}",
                type="checkout.session.async_payment_succeeded",
                body={"created": created},
                source="poller",
                received_at=AT,
                payment_id=payment.pk,
            )
        call_command("migrate", verbosity=0)
        found = Payment.objects.get()
        assert (found.begun_at, found.paid_at) == (payment.paid_at, AT + timedelta(days=2))


@pytest.mark.django_db(transaction=True)
@pytest.mark.thorough
def test_the_event_cursor_stays_where_it_was(now: datetime) -> None:
    with latest_afterwards():
        old = migrated_to(("payments", "0008_payments_begun")).get_model("payments", "EventCursor")
        old.objects.create(pk=7, account="", read_to=now)
        call_command("migrate", verbosity=0)
        assert EventCursor.objects.get(pk=EventCursor.ONLY).read_to == now
