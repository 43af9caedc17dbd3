"""Money that comes when the session can no longer be had, or that is not what was asked for."""

from datetime import datetime, timedelta

import pytest

from mentormap.bookings import cancellation
from mentormap.bookings.models import Session
from mentormap.bookings.reconciliation import reconcile
from mentormap.bookings.settlement.settle import settle
from mentormap.payments.models import Payment
from tests import make
from tests.conftest import StandingClock, Stripe
from tests.flagged import open_flags
from tests.make import TUESDAY_14
from tests.sandbox_client import pay_by_debit

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def test_what_was_let_go_while_a_debit_was_under_way_goes_back_although_the_time_is_free(
    stripe: Stripe, held: Session, now: datetime
) -> None:
    pay_by_debit(stripe.sandbox, held.payment.checkout_id or "")
    settle(held.payment_id, now=now)
    cancellation.release(Session.objects.with_people().get(), actor=held.student, now=now)
    stripe.sandbox.settle(held.payment.checkout_id or "")
    settle(held.payment_id, now=now)
    assert make.states(held) == ("cancelled", "refunded", "paid")


def test_a_debit_under_way_books_nothing_yet(stripe: Stripe, held: Session, now: datetime) -> None:
    pay_by_debit(stripe.sandbox, held.payment.checkout_id or "")
    settle(held.payment_id, now=now)
    assert make.states(held) == ("scheduled", "pending", "processing")


@pytest.mark.parametrize("is_known", [True, False])
def test_booking_again_leaves_what_a_bank_works_on_alone(
    stripe: Stripe, held: Session, now: datetime, is_known: bool
) -> None:
    """Whether we have heard of the debit, or only hear of it as the second booking asks Stripe."""
    pay_by_debit(stripe.sandbox, held.payment.checkout_id or "")
    if is_known:
        settle(held.payment_id, now=now)
    later = TUESDAY_14 + timedelta(hours=3)
    second = make.hold(student=held.student, mentor=held.mentor, starts_at=later, now=now)
    assert make.states(held) == ("scheduled", "pending", "processing")
    assert make.states(second) == ("scheduled", "pending", "open")
    stripe.sandbox.settle(held.payment.checkout_id or "")
    settle(held.payment_id, now=now)
    assert make.states(held) == ("scheduled", "paid", "paid")


def test_money_that_was_charged_after_the_start_goes_back(stripe: Stripe, clock: StandingClock) -> None:
    """The checkout outlives the start by some minutes if the jobs are late."""
    soon = clock.now + timedelta(minutes=30)
    held = make.hold(student=make.sam(), mentor=make.mentor(), starts_at=soon, now=clock.now)
    clock.advance(minutes=31)
    stripe.pay(held.payment.checkout_id)
    settle(held.payment_id, now=clock.now)
    assert make.states(held) == ("cancelled", "refunded", "paid")


@pytest.mark.parametrize(
    "ours",
    [{"amount_minor": 11_999}, {"currency": "EUR"}, {"reference": "of another"}, {"livemode": True}],
    ids=lambda ours: next(iter(ours)),
)
def test_what_was_not_asked_for_books_nothing_and_is_flagged(
    stripe: Stripe, held: Session, now: datetime, ours: dict[str, object]
) -> None:
    stripe.pay(held.payment.checkout_id)
    Payment.objects.update(**ours)
    settle(held.payment_id, now=now)
    assert (make.states(held), open_flags(held.payment)) == (
        ("cancelled", "paid", "paid"),
        "payment-mismatch",
    )


def test_an_open_checkout_past_its_hold_is_ended_before_the_time_is_given_back(
    stripe: Stripe, held: Session, clock: StandingClock
) -> None:
    """Stripe's clock may be behind ours: what it still has open could still be paid."""
    reconcile.run(clock.now + timedelta(minutes=36))
    assert make.states(held) == ("cancelled", "pending", "expired")
