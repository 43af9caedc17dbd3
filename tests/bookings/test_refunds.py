"""Refunds that go wrong: refused, failed after they were accepted, or made by two hands at once."""

from datetime import UTC, datetime

import pytest

from mentormap.bookings import cancellation, reconciliation
from mentormap.bookings.models import Session
from mentormap.bookings.reports import books
from mentormap.bookings.settlement import apply_event, settle
from mentormap.lib.money import Money
from mentormap.payments import inbox, refunds
from mentormap.payments.models import Refund
from tests import make
from tests.conftest import StandingClock, Stripe
from tests.flagged import open_flags

pytestmark = pytest.mark.django_db
TUESDAY_14 = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
SUCCEEDS_THEN_FAILS = "4000000000005126"


def booked(stripe: Stripe, now: datetime, *, card: str = "4242424242424242", rate: Money | None = None) -> Session:  # fmt: skip
    """Sam's hour with Maya, paid and settled."""
    maya = make.mentor(rate=rate) if rate else make.mentor()
    held = make.hold(student=make.sam(), mentor=maya, starts_at=TUESDAY_14, now=now)
    stripe.pay(held.payment.checkout_id, card=card)
    settle(held.payment_id, now=now)
    held.refresh_from_db()
    return held


def states(session: Session) -> tuple[str, str, str]:
    session.refresh_from_db()
    session.payment.refresh_from_db()
    return session.status, session.payment_status, open_flags(session.payment)


def assert_books_agree() -> None:
    assert [line for line in books().values() if not line.agree] == []


def let_the_refund_fail(stripe: Stripe, clock: StandingClock) -> None:
    clock.advance(minutes=10)
    stripe.sandbox.catch_up()
    stripe.deliver()
    inbox.drain(apply=apply_event, now=clock.now)


@pytest.mark.parametrize(
    ("rate", "paid", "back"),
    [
        (Money(5_001, "JPY"), 5_001, 2_501),
        (Money(12_350, "KWD"), 12_350, 6_180),
        (Money(1_234_500, "ISK"), 1_234_500, 617_300),
        (Money(99_999, "EUR"), 99_999, 50_000),
    ],
)
def test_half_of_a_price_is_an_amount_that_stripe_takes(
    stripe: Stripe, clock: StandingClock, rate: Money, paid: int, back: int
) -> None:
    session = booked(stripe, clock.now, rate=rate)
    payment = cancellation.cancel(session, actor=session.student, now=clock.advance(hours=10)).payment
    assert (payment.captured_minor, payment.refunded_minor) == (paid, back)
    assert_books_agree()


def test_a_refund_made_in_the_dashboard_meanwhile_leaves_the_rest_to_give_back(
    stripe: Stripe, clock: StandingClock
) -> None:
    session = booked(stripe, clock.now)
    stripe.sandbox.refund(session.payment.payment_intent_id, amount=5_000)
    cancellation.cancel(session, actor=session.student, now=clock.now)
    stripe.deliver()
    inbox.drain(apply=apply_event, now=clock.now)
    reconciliation.run(clock.advance(minutes=2))
    assert states(session) == ("cancelled", "refunded", "")
    assert [refund.amount_minor for refund in Refund.objects.order_by("pk")] == [7_000, 5_000]
    assert_books_agree()


def test_where_the_dashboard_gave_all_back_nothing_is_asked_for(stripe: Stripe, clock: StandingClock) -> None:
    session = booked(stripe, clock.now)
    stripe.sandbox.refund(session.payment.payment_intent_id)
    cancellation.cancel(session, actor=session.student, now=clock.now)
    stripe.deliver()
    inbox.drain(apply=apply_event, now=clock.now)
    assert states(session) == ("cancelled", "refunded", "")
    assert [refund.state for refund in Refund.objects.order_by("pk")] == ["canceled", "succeeded"]
    assert_books_agree()


def test_the_books_agree_while_a_refund_waits_beside_one_of_the_dashboard(
    stripe: Stripe, now: datetime
) -> None:
    session = booked(stripe, now)
    stripe.sandbox.refund(session.payment.payment_intent_id, amount=5_000)
    settle(session.payment_id, now=now)
    stripe.sandbox.add_fault("timeout_before", times=100)
    cancellation.cancel(session, actor=session.student, now=now)
    assert cancellation.is_refund_under_way(Session.objects.get())
    assert_books_agree()


def test_a_second_try_that_fails_before_it_was_looked_at_is_told(
    stripe: Stripe, clock: StandingClock
) -> None:
    """Killed after sending, and the bank is faster than the next duty."""
    session = booked(stripe, clock.now, card=SUCCEEDS_THEN_FAILS)
    cancellation.cancel(session, actor=session.student, now=clock.now)
    let_the_refund_fail(stripe, clock)
    assert refunds.retry(Refund.objects.get(), now=clock.now)
    refunds.send(Refund.objects.get(), now=clock.now)
    clock.advance(minutes=10)
    stripe.sandbox.catch_up()
    reconciliation.run(clock.advance(minutes=5))
    assert (Refund.objects.get().state, states(session)[2]) == ("failed", "refund-failed")


def test_a_refund_that_succeeds_in_the_end_is_no_longer_flagged(stripe: Stripe, clock: StandingClock) -> None:
    session = booked(stripe, clock.now, card=SUCCEEDS_THEN_FAILS)
    cancellation.cancel(session, actor=session.student, now=clock.advance(hours=10))
    let_the_refund_fail(stripe, clock)
    assert states(session) == ("cancelled", "paid", "refund-failed")
    refunds.retry(Refund.objects.get(), now=clock.now)
    reconciliation.run(clock.now)
    assert states(session) == ("cancelled", "paid", "")
    assert session.payment.refunded_minor == 6_000


def test_who_read_the_refund_before_another_tried_leaves_it_alone(
    stripe: Stripe, clock: StandingClock
) -> None:
    session = booked(stripe, clock.now)
    stripe.sandbox.add_fault("rate_limit", method="POST", path="/v1/refunds", times=3)
    cancellation.cancel(session, actor=session.student, now=clock.now)
    early, late = Refund.objects.get(), Refund.objects.get()
    clock.advance(minutes=5)
    stripe.sandbox.add_fault("rate_limit", method="POST", path="/v1/refunds", times=3)
    assert not refunds.send(early, now=clock.now)
    assert not refunds.send(late, now=clock.advance(minutes=5))
    assert Refund.objects.get().tries == 2
