"""The daily comparison of bank debits: on the balance when the bank is asked, paid days later, and of another type than cards."""

from datetime import UTC, datetime

import pytest

from mentormap.bookings.models import Session
from mentormap.bookings.reconciliation import stripe_audit
from mentormap.bookings.settlement.settle import settle
from mentormap.payments import gateway
from mentormap.payments.models import Flag, Payment
from tests import make
from tests.conftest import StandingClock, Stripe
from tests.sandbox_client import pay_by_debit

pytestmark = [pytest.mark.django_db, pytest.mark.long]
DECEMBER_15 = datetime(2026, 12, 15, 14, 0, tzinfo=UTC)


@pytest.fixture
def begun(stripe: Stripe, clock: StandingClock, monkeypatch: pytest.MonkeyPatch) -> Session:
    """Sam's bank was asked ten days ago, and has not answered."""
    monkeypatch.setattr("stripe_sandbox.debits.SETTLES_AFTER", 30 * 24 * 3600)
    held = make.hold(student=make.sam(), mentor=make.mentor(), starts_at=DECEMBER_15, now=clock.now)
    pay_by_debit(stripe.sandbox, held.payment.checkout_id or "")
    settle(held.payment_id, now=clock.now)
    clock.advance(days=10)
    return Session.objects.with_people().get()


def intent_of(session: Session) -> str:
    return gateway.fetch_checkout(session.payment.checkout_id or "").intent_id


def forget() -> None:
    """As after a backup from before it was booked was restored."""
    Payment.objects.update(checkout_id="elsewhere", payment_intent_id="elsewhere", charge_id="", reference="elsewhere")  # fmt: skip


def test_a_debit_whose_money_came_unheard_of_is_settled(
    stripe: Stripe, begun: Session, clock: StandingClock
) -> None:
    stripe.sandbox.settle(begun.payment.checkout_id or "")
    assert stripe_audit.run(clock.now) == []
    begun.refresh_from_db()
    assert (begun.status, begun.payment_status) == ("scheduled", "paid")
    assert stripe_audit.discrepancies(clock.now) == []


def test_a_paid_debit_that_no_payment_knows_is_flagged(
    stripe: Stripe, begun: Session, clock: StandingClock
) -> None:
    intent_id = intent_of(begun)
    stripe.sandbox.settle(begun.payment.checkout_id or "")
    forget()
    (sentence,) = stripe_audit.run(clock.now)
    assert sentence.endswith("of 120.00 USD is on the balance, and no payment of ours knows it.")
    assert Flag.objects.open().get().stripe_id == intent_id
    stripe.sandbox.refund(intent_id)
    stripe_audit.run(clock.advance(days=5))
    assert not Flag.objects.open().exists()


def test_a_debit_that_was_given_back_before_the_refunds_that_are_listed_is_not_flagged(
    stripe: Stripe, begun: Session, clock: StandingClock
) -> None:
    stripe.sandbox.settle(begun.payment.checkout_id or "")
    stripe.sandbox.refund(intent_of(begun))
    forget()
    assert stripe_audit.run(clock.advance(days=5)) == []


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("is_ours", [False, True])
def test_a_debit_that_has_brought_nothing_is_no_difference(
    stripe: Stripe, begun: Session, clock: StandingClock, *, fails: bool, is_ours: bool
) -> None:
    if fails:
        stripe.sandbox.settle(begun.payment.checkout_id or "", succeeds=False)
    if not is_ours:
        forget()
    assert stripe_audit.discrepancies(clock.now) == []


def test_a_debit_of_a_wrong_sum_is_a_finding(stripe: Stripe, begun: Session, clock: StandingClock) -> None:
    stripe.sandbox.settle(begun.payment.checkout_id or "")
    settle(begun.payment_id, now=clock.now)
    Payment.objects.update(captured_minor=11_000)
    payment = Payment.objects.get()
    assert stripe_audit.run(clock.now) == [
        f"Charge {payment.charge_id} brought 12000 USD; payment {payment.pk} has 11000."
    ]
