"""A database restored from a backup gives row numbers out again, and forgets what was sent since."""

from datetime import datetime
from typing import Any

import pytest

from mentormap.bookings import cancellation
from mentormap.bookings.models import Session
from mentormap.bookings.reconciliation import reconcile, stripe_audit
from mentormap.bookings.reconciliation.ledger import ledgers
from mentormap.bookings.settlement.settle import settle
from mentormap.lib.money import Money
from mentormap.payments import gateway, refunds
from mentormap.payments.models import Payment, Refund
from tests import make
from tests.bookings.old_refunds import send_by_number
from tests.conftest import StandingClock, Stripe

pytestmark = [pytest.mark.django_db, pytest.mark.long]
SUCCEEDS_THEN_FAILS = "4000000000005126"


def ask_back(session: Session, amount_minor: int, now: datetime) -> Refund:
    payment = Payment.objects.get(pk=session.payment_id)
    refund = refunds.request(payment, Money(amount_minor, "USD"), reason="asked for", now=now)
    payment.save()
    return refund


def restored(refund: Refund, **then: Any) -> Refund:
    """The row as the backup has it: asked for, and never tried."""
    facts: dict[str, Any] = {
        "state": Refund.State.REQUESTED,
        "stripe_id": None,
        "attempt": 1,
        "tries": 0,
        "was_answered": False,
        "idempotency_keys": {},
        "next_try_at": None,
    } | then
    Refund.objects.filter(pk=refund.pk).update(**facts)
    return Refund.objects.select_related("payment").get(pk=refund.pk)


def sent_at_stripe(session: Session) -> list[int]:
    """What Stripe gives back, oldest first."""
    listed = gateway.list_refunds(session.payment.payment_intent_id)
    return [each.amount_minor for each in listed if each.status not in {"failed", "canceled"}]


def test_another_refund_under_the_same_number_is_sent_too(stripe: Stripe, clock: StandingClock) -> None:
    session = make.booked(stripe, now=clock.now)
    lost = ask_back(session, 3_000, clock.now)
    assert refunds.send(lost, now=clock.now)
    number = lost.pk
    lost.delete()
    Payment.objects.update(owed_minor=0)
    again = ask_back(session, 5_000, clock.advance(minutes=30))
    Refund.objects.filter(pk=again.pk).update(id=number)
    reconcile.run(clock.now)
    assert sent_at_stripe(session) == [3_000, 5_000]
    ours = Refund.objects.order_by("amount_minor").values_list("amount_minor", "state", "is_foreign")
    assert list(ours) == [(3_000, "succeeded", True), (5_000, "succeeded", False)]
    assert [line for line in ledgers().values() if not line.agree] == []


def test_what_was_sent_after_the_backup_is_not_sent_again_once_its_key_has_lapsed(
    stripe: Stripe, clock: StandingClock
) -> None:
    session = make.booked(stripe, now=clock.now)
    refund = ask_back(session, 5_000, clock.now)
    assert refunds.send(refund, now=clock.now)
    restored(refund)
    reconcile.run(clock.advance(hours=26))
    assert sent_at_stripe(session) == [5_000]
    assert (Refund.objects.get().state, Refund.objects.get().is_foreign) == ("succeeded", False)


@pytest.mark.parametrize("knows_the_failure", [True, False])
def test_a_second_attempt_that_the_backup_does_not_know_is_found(
    stripe: Stripe, clock: StandingClock, *, knows_the_failure: bool
) -> None:
    """Neither a failed refund beside a foreign one that stands in its place, nor a third attempt."""
    session = make.booked(stripe, now=clock.now, card=SUCCEEDS_THEN_FAILS)
    refund = ask_back(session, 5_000, clock.now)
    assert refunds.send(refund, now=clock.now)
    clock.advance(minutes=10)
    stripe.sandbox.catch_up()
    settle(session.payment_id, now=clock.now)
    failed_id = Refund.objects.get().stripe_id
    assert refunds.retry(Refund.objects.get(), now=clock.now)
    reconcile.run(clock.now)
    if knows_the_failure:
        keys = {"1": refund.idempotency_keys["1"]}
        restored(refund, state=Refund.State.FAILED, stripe_id=failed_id, tries=1, idempotency_keys=keys)
    else:
        restored(refund)
    settle(session.payment_id, now=clock.now)
    row = Refund.objects.get()
    assert (row.state, row.is_foreign) == ("succeeded", False)
    assert sent_at_stripe(session) == [5_000]
    assert list(stripe_audit.discrepancies(clock.now)) == []


def test_a_refund_is_known_to_stripe_by_its_uid_and_each_attempt_by_a_key_of_its_own(
    stripe: Stripe, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = make.booked(stripe, now=clock.now)
    sent: list[dict[str, Any]] = []
    create = gateway.create_refund

    def watched(**facts: Any) -> Any:
        row = Refund.objects.get()
        sent.append({**facts, "is_kept": row.idempotency_keys[str(row.attempt)] == facts["idempotency_key"]})
        return create(**facts)

    monkeypatch.setattr(gateway, "create_refund", watched)
    stripe.sandbox.add_fault("server_error", method="POST", path="/v1/refunds", times=3)
    cancellation.cancel(session, actor=session.student, now=clock.now)
    reconcile.run(clock.advance(minutes=1))
    uid = Refund.objects.get().uid.hex
    keys = [f"mentormap-refund-{uid}-1", f"mentormap-refund-{uid}-2"]
    assert [(each["our_id"], each["idempotency_key"], each["is_kept"]) for each in sent] == [
        (uid, key, True) for key in keys
    ]
    assert list(Refund.objects.get().idempotency_keys.values()) == keys


def test_what_shrank_since_it_was_read_is_not_sent(stripe: Stripe, clock: StandingClock) -> None:
    session = make.booked(stripe, now=clock.now)
    read = ask_back(session, 5_000, clock.now)
    Refund.objects.filter(pk=read.pk).update(amount_minor=4_000)
    assert not refunds.send(read, now=clock.now)
    assert sent_at_stripe(session) == []


def sent_by_number(refund: Refund) -> Refund:
    """As the upgrade from version 0.1.0 leaves a refund that was sent and got no answer."""
    return restored(refund, tries=1, idempotency_keys={"1": f"mentormap-refund-{refund.pk}-1"})


def test_a_refund_that_was_sent_by_its_number_is_repeated_as_it_was(
    stripe: Stripe, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stripe's list may not show it yet, and then the key alone keeps it from being sent twice."""
    session = make.booked(stripe, now=clock.now)
    refund = sent_by_number(ask_back(session, 5_000, clock.now))
    send_by_number(refund.payment, refund.pk)
    with monkeypatch.context() as lagging:
        lagging.setattr(gateway, "list_refunds", lambda _intent_id: [])
        assert refunds.send(refund, now=clock.advance(minutes=5))
    assert sent_at_stripe(session) == [5_000]
    settle(session.payment_id, now=clock.now)
    assert (Refund.objects.get().state, Refund.objects.get().is_foreign) == ("succeeded", False)


def test_a_refund_that_was_sent_by_its_number_is_found(stripe: Stripe, clock: StandingClock) -> None:
    session = make.booked(stripe, now=clock.now)
    refund = sent_by_number(ask_back(session, 5_000, clock.now))
    send_by_number(refund.payment, refund.pk)
    reconcile.run(clock.advance(hours=26))
    assert sent_at_stripe(session) == [5_000]
    assert (Refund.objects.get().state, Refund.objects.get().is_foreign) == ("succeeded", False)


@pytest.mark.parametrize("differs", ["made after the upgrade", "amount", "reference"])
def test_a_number_alone_makes_no_refund_ours(stripe: Stripe, clock: StandingClock, differs: str) -> None:
    session = make.booked(stripe, now=clock.now)
    refund = ask_back(session, 4_000 if differs == "amount" else 5_000, clock.now)
    row = restored(refund) if differs == "made after the upgrade" else sent_by_number(refund)
    send_by_number(row.payment, row.pk, reference="another" if differs == "reference" else "")
    listed = gateway.list_refunds(row.payment.payment_intent_id)
    assert [refunds.is_for(row, facts) for facts in listed] == [False]
