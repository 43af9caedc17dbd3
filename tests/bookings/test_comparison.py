"""The daily comparison finds what webhooks, poller and reconciler all missed."""

from datetime import UTC, datetime

import pytest

from mentormap.bookings import cancellation, comparison
from mentormap.bookings.models import Session
from mentormap.bookings.settlement import settle
from mentormap.payments import refunds
from mentormap.payments.models import Payment, Refund
from tests import make
from tests.conftest import StandingClock, Stripe

pytestmark = [pytest.mark.django_db, pytest.mark.long]
TUESDAY_14 = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


@pytest.fixture
def paid(stripe: Stripe, now: datetime) -> Session:
    """Paid at Stripe, and nobody has told us."""
    session = make.hold(student=make.sam(), mentor=make.mentor(), starts_at=TUESDAY_14, now=now)
    stripe.pay(session.payment.checkout_id)
    return session


def test_a_paid_checkout_is_settled(stripe: Stripe, paid: Session, now: datetime) -> None:
    assert comparison.run(now) == []
    paid.refresh_from_db()
    assert (paid.status, paid.payment_status) == ("scheduled", "paid")


def test_a_refund_that_nobody_heard_of_is_mirrored(
    stripe: Stripe, paid: Session, clock: StandingClock
) -> None:
    settle(paid.payment_id, now=clock.now)
    stripe.sandbox.refund(Payment.objects.get().payment_intent_id, amount=2_000)
    assert comparison.run(clock.advance(hours=1)) == []
    assert Refund.objects.get().amount_minor == 2_000


def test_what_agrees_is_left_alone(stripe: Stripe, paid: Session, now: datetime) -> None:
    settle(paid.payment_id, now=now)
    cancellation.cancel(Session.objects.get(), actor=paid.student, now=now)
    version = Payment.objects.get().version
    assert comparison.run(now) == []
    assert Payment.objects.get().version == version


def test_money_that_no_payment_knows_is_a_finding(stripe: Stripe, paid: Session, now: datetime) -> None:
    settle(paid.payment_id, now=now)
    payment = Payment.objects.get()
    stripe.sandbox.refund(payment.payment_intent_id, amount=2_000)
    checkout_id, charge_id = payment.checkout_id, payment.charge_id
    Payment.objects.update(checkout_id="elsewhere", payment_intent_id="elsewhere", charge_id="elsewhere")
    found = comparison.run(now)
    assert found[0] == f"Checkout {checkout_id} of 120.00 USD was paid, and no payment of ours knows it."
    assert found[1].endswith("is of no payment of ours.")
    assert found[2:] == [
        f"Charge {charge_id} of 120.00 USD is on the balance, and no payment of ours knows it."
    ]


def test_a_wrong_sum_is_a_finding(stripe: Stripe, paid: Session, now: datetime) -> None:
    settle(paid.payment_id, now=now)
    Payment.objects.update(captured_minor=11_000)
    payment = Payment.objects.get()
    assert comparison.run(now) == [
        f"Charge {payment.charge_id} brought 12000 USD; payment {payment.pk} has 11000."
    ]


def test_a_try_that_failed_before_the_one_that_succeeded_is_no_difference(
    stripe: Stripe, now: datetime, clock: StandingClock
) -> None:
    held = make.hold(student=make.sam(), mentor=make.mentor(), starts_at=TUESDAY_14, now=now)
    stripe.pay(held.payment.checkout_id, card="4000000000005126")
    settle(held.payment_id, now=now)
    cancellation.cancel(Session.objects.get(), actor=held.student, now=now)
    later = clock.advance(hours=1)
    stripe.sandbox.catch_up()
    assert len(list(comparison.differences(later))) == 1
    settle(held.payment_id, now=later)
    assert list(comparison.differences(later)) == []
    refunds.retry(Refund.objects.get(), now=later)
    assert list(comparison.differences(later)) == []
