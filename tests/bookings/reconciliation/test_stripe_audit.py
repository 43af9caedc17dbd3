"""The daily comparison finds what webhooks, poller and reconciler all missed."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from mentormap.bookings import cancellation
from mentormap.bookings.models import Session
from mentormap.bookings.reconciliation import stripe_audit
from mentormap.bookings.settlement.settle import settle
from mentormap.payments import gateway, refunds
from mentormap.payments.models import Flag, Payment, Refund
from tests import make
from tests.conftest import StandingClock, Stripe

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.fixture
def paid(stripe: Stripe, now: datetime) -> Session:
    """Paid at Stripe, and nobody has told us."""
    session = make.hold(now=now)
    stripe.pay(session.payment.checkout_id)
    return session


def test_a_paid_checkout_is_settled(stripe: Stripe, paid: Session, now: datetime) -> None:
    assert stripe_audit.run(now) == []
    paid.refresh_from_db()
    assert (paid.status, paid.payment_status) == ("scheduled", "paid")


def test_a_refund_that_nobody_heard_of_is_mirrored(
    stripe: Stripe, paid: Session, clock: StandingClock
) -> None:
    settle(paid.payment_id, now=clock.now)
    stripe.sandbox.refund(Payment.objects.get().payment_intent_id, amount=2_000)
    assert stripe_audit.run(clock.advance(hours=1)) == []
    assert Refund.objects.get().amount_minor == 2_000


def test_what_agrees_is_left_alone(stripe: Stripe, paid: Session, now: datetime) -> None:
    settle(paid.payment_id, now=now)
    cancellation.cancel(Session.objects.get(), actor=paid.student, now=now)
    version = Payment.objects.get().version
    assert stripe_audit.run(now) == []
    assert Payment.objects.get().version == version


def test_money_that_no_payment_knows_is_a_finding(stripe: Stripe, paid: Session, now: datetime) -> None:
    settle(paid.payment_id, now=now)
    payment = Payment.objects.get()
    stripe.sandbox.refund(payment.payment_intent_id, amount=2_000)
    checkout_id, charge_id = payment.checkout_id, payment.charge_id
    Payment.objects.update(checkout_id="elsewhere", payment_intent_id="elsewhere", charge_id="elsewhere")
    found = stripe_audit.run(now)
    assert found[0] == f"Checkout {checkout_id} of 120.00 USD was paid, and no payment of ours knows it."
    assert found[1].endswith("is of no payment of ours.")
    assert found[2:] == [
        f"Charge {charge_id} of 120.00 USD is on the balance, and no payment of ours knows it."
    ]


def test_a_wrong_sum_is_a_finding(stripe: Stripe, paid: Session, now: datetime) -> None:
    settle(paid.payment_id, now=now)
    Payment.objects.update(captured_minor=11_000)
    payment = Payment.objects.get()
    assert stripe_audit.run(now) == [
        f"Charge {payment.charge_id} brought 12000 USD; payment {payment.pk} has 11000."
    ]


def test_a_try_that_failed_before_the_one_that_succeeded_is_no_difference(
    stripe: Stripe, now: datetime, clock: StandingClock
) -> None:
    held = make.hold(now=now)
    stripe.pay(held.payment.checkout_id, card="4000000000005126")
    settle(held.payment_id, now=now)
    cancellation.cancel(Session.objects.get(), actor=held.student, now=now)
    later = clock.advance(hours=1)
    stripe.sandbox.catch_up()
    assert len(list(stripe_audit.discrepancies(later))) == 1
    settle(held.payment_id, now=later)
    assert list(stripe_audit.discrepancies(later)) == []
    refunds.retry(Refund.objects.get(), now=later)
    assert list(stripe_audit.discrepancies(later)) == []


def before_reading(monkeypatch: pytest.MonkeyPatch, name: str, act: Callable[[], object]) -> None:
    """Something happens once, just before this list of Stripe's is read."""
    read = getattr(gateway, name)
    acts = [act]

    def late(**asked: Any) -> Iterator[Any]:
        for happens in acts[:]:
            acts.remove(happens)
            happens()
        yield from read(**asked)

    monkeypatch.setattr(gateway, name, late)


def intent_of(session: Session) -> str:
    return gateway.fetch_checkout(session.payment.checkout_id or "").intent_id


@pytest.mark.parametrize("read_next", ["recent_charges", "recent_refunds", "recent_disputes"])
@pytest.mark.parametrize("then", ["nothing", "given back", "disputed"])
def test_a_payment_made_while_the_lists_are_read_is_settled_and_not_flagged(
    stripe: Stripe, held: Session, now: datetime, monkeypatch: pytest.MonkeyPatch, read_next: str, then: str
) -> None:
    def pays() -> None:
        stripe.pay(held.payment.checkout_id)
        if then == "given back":
            stripe.sandbox.refund(intent_of(held), amount=2_000)
        if then == "disputed":
            stripe.sandbox.dispute(intent_of(held))

    before_reading(monkeypatch, read_next, pays)
    assert stripe_audit.run(now) == []
    assert not Flag.objects.unmatched().exists()
    stripe_audit.run(now)
    held.refresh_from_db()
    assert (held.status, held.payment_status) == ("scheduled", "paid")
    assert not Flag.objects.unmatched().exists()


def test_a_payment_that_is_settled_between_two_queries_is_not_flagged(
    stripe: Stripe, held: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    before_reading(monkeypatch, "recent_charges", lambda: stripe.pay(held.payment.checkout_id))
    awaited = stripe_audit._awaited
    asked: list[int] = []

    def settled_first() -> Any:
        """A webhook is acted upon after the charge was looked for, and before the reference is."""
        if not asked:
            settle(held.payment_id, now=now)
        asked.append(1)
        return awaited()

    monkeypatch.setattr(stripe_audit, "_awaited", settled_first)
    assert stripe_audit.run(now) == []
    assert not Flag.objects.exists()


def test_what_is_given_back_while_the_lists_are_read_is_not_flagged(
    stripe: Stripe, held: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = {**held.payment.checkout_request, "client_reference_id": "lost", "payment_intent_data": {}}
    lost = gateway.create_checkout(request, idempotency_key="lost")
    stripe.pay(lost.id)
    intent_id = gateway.fetch_checkout(lost.id).intent_id
    before_reading(monkeypatch, "recent_warnings", lambda: stripe.sandbox.refund(intent_id))
    assert stripe_audit.run(now) == []
    assert not Flag.objects.exists()


def test_a_paid_checkout_whose_answer_is_still_looked_for_is_not_flagged(
    stripe: Stripe, paid: Session, now: datetime
) -> None:
    """As after a restored backup, made between hold and checkout: the reconciler finds it by its key."""
    Payment.objects.update(checkout_id=None, checkout_url="", state="created")
    assert stripe_audit.run(now) == []
    assert not Flag.objects.exists()


def test_money_of_a_payment_that_another_checkout_has_paid_is_flagged(
    stripe: Stripe, paid: Session, now: datetime
) -> None:
    settle(paid.payment_id, now=now)
    again = gateway.create_checkout(paid.payment.checkout_request, idempotency_key="again")
    stripe.pay(again.id)
    assert len(stripe_audit.run(now)) == 2
    assert Flag.objects.get().stripe_id == gateway.fetch_checkout(again.id).intent_id
