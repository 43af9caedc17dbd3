"""Disputes and early fraud warnings: mirrored in all their states, flagged while they matter, and in the way of refunds."""

from datetime import datetime

import pytest

from mentormap.bookings import cancellation
from mentormap.bookings.models import Session
from mentormap.bookings.reconciliation import reconcile, stripe_audit
from mentormap.bookings.reconciliation.ledger import Ledger, ledgers
from mentormap.bookings.settlement.settle import apply_event, settle
from mentormap.payments import disputes, flags, inbox
from mentormap.payments.models import Dispute, Flag, FraudWarning, Payment, Refund, StripeEvent
from mentormap.payments.stripe_objects import StripeDispute
from tests import make
from tests.conftest import StandingClock, Stripe
from tests.flagged import open_flags

pytestmark = [pytest.mark.django_db, pytest.mark.long]
WARNED, DISPUTED, INQUIRED = "4000000000005423", "4000000000000259", "4000000000001976"


def hear(stripe: Stripe, clock: StandingClock) -> None:
    """A little later, what is due has happened at Stripe and come by webhook."""
    clock.advance(seconds=20)
    stripe.deliver()
    inbox.drain(apply=apply_event, now=clock.now)
    assert StripeEvent.objects.filter(handled_at=None).count() == 0


def status() -> str:
    return Dispute.objects.get().status


def test_a_dispute_is_mirrored_in_full(stripe: Stripe, booked: Session, clock: StandingClock) -> None:
    stripe.sandbox.dispute(booked.payment.payment_intent_id, reason="product_not_received")
    opened_at = clock.now
    hear(stripe, clock)
    dispute = Dispute.objects.get()
    assert (dispute.status, dispute.reason) == ("needs_response", "product_not_received")
    assert (dispute.amount_minor, dispute.currency, dispute.is_withdrawn) == (12_000, "USD", True)
    assert (dispute.opened_at, str(dispute.evidence_due_by)) == (opened_at, "2026-12-02 09:00:00+00:00")
    assert Flag.objects.get().note == (
        f"{dispute.stripe_id} over 120.00\N{NO-BREAK SPACE}USD, product_not_received: needs response; "
        "evidence is due by 2026-12-02 09:00 UTC."
    )


def test_a_dispute_that_is_won_is_no_longer_flagged(
    stripe: Stripe, booked: Session, clock: StandingClock
) -> None:
    stripe.sandbox.dispute(booked.payment.payment_intent_id)
    hear(stripe, clock)
    assert open_flags(booked.payment) == "disputed"
    stripe.sandbox.move_dispute(booked.payment.payment_intent_id, status="under_review")
    hear(stripe, clock)
    assert (status(), open_flags(booked.payment)) == ("under_review", "disputed")
    stripe.sandbox.move_dispute(booked.payment.payment_intent_id, status="won")
    hear(stripe, clock)
    assert (status(), open_flags(booked.payment), Dispute.objects.get().is_withdrawn) == ("won", "", False)
    assert ledgers() == {"USD": Ledger(captured=12_000, confirmed=12_000)}


def test_a_dispute_that_is_lost_takes_the_money_and_waits_for_the_operator(
    stripe: Stripe, booked: Session, clock: StandingClock
) -> None:
    stripe.sandbox.dispute(booked.payment.payment_intent_id)
    stripe.sandbox.move_dispute(booked.payment.payment_intent_id, status="lost")
    hear(stripe, clock)
    booked.refresh_from_db()
    assert (booked.status, booked.payment_status, status()) == ("scheduled", "paid", "lost")
    assert (open_flags(booked.payment), Payment.objects.get().lost_minor) == ("dispute-lost", 12_000)
    assert ledgers() == {"USD": Ledger()}
    assert flags.resolve(Flag.objects.get(), by=make.ada(), resolution="Sam pays by invoice.", now=clock.now)
    settle(booked.payment_id, now=clock.now, thorough=True)
    assert open_flags(booked.payment) == ""
    assert ledgers()["USD"].agree


def test_an_inquiry_moves_no_money_and_is_flagged_until_it_is_closed(
    stripe: Stripe, clock: StandingClock
) -> None:
    booked = make.booked(stripe, now=clock.now, card=INQUIRED)
    hear(stripe, clock)
    assert (status(), open_flags(booked.payment)) == ("warning_needs_response", "disputed")
    assert not Dispute.objects.get().is_withdrawn
    stripe.sandbox.move_dispute(booked.payment.payment_intent_id, status="warning_closed")
    hear(stripe, clock)
    assert (status(), open_flags(booked.payment)) == ("warning_closed", "")


def test_an_inquiry_leaves_refunds_alone(stripe: Stripe, clock: StandingClock) -> None:
    booked = make.booked(stripe, now=clock.now, card=INQUIRED)
    hear(stripe, clock)
    cancelled = cancellation.cancel(booked, actor=booked.student, now=clock.now)
    assert (cancelled.payment_status, Refund.objects.get().state) == ("refunded", "succeeded")


def test_a_refund_waits_while_the_bank_holds_the_money(
    stripe: Stripe, booked: Session, clock: StandingClock
) -> None:
    """Nobody had told us of the dispute: Stripe's refusal does, once, and the refund is not sent again."""
    intent_id = booked.payment.payment_intent_id
    stripe.sandbox.dispute(intent_id)
    cancelled = cancellation.cancel(booked, actor=booked.student, now=clock.now)
    assert (cancelled.status, cancelled.payment_status) == ("cancelled", "paid")
    assert (open_flags(cancelled.payment), status()) == ("disputed", "needs_response")
    for _ in range(5):
        reconcile.run(clock.advance(hours=12))
    refund = Refund.objects.get()
    assert (refund.state, refund.tries, refund.is_refused) == ("requested", 1, True)
    assert ledgers() == {"USD": Ledger(captured=12_000, refunded=12_000)}
    stripe.sandbox.move_dispute(intent_id, status="won")
    hear(stripe, clock)
    assert (Refund.objects.get().state, open_flags(cancelled.payment)) == ("succeeded", "")
    assert Session.objects.get().payment_status == "refunded"


def test_a_refund_is_sent_as_soon_as_the_bank_lets_go_of_the_money(
    stripe: Stripe, booked: Session, clock: StandingClock
) -> None:
    """Not only when its next try would have come, an hour after Stripe refused it."""
    stripe.sandbox.dispute(booked.payment.payment_intent_id)
    cancellation.cancel(booked, actor=booked.student, now=clock.now)
    stripe.sandbox.move_dispute(booked.payment.payment_intent_id, status="won")
    hear(stripe, clock)
    assert Refund.objects.get().state == "succeeded"


def test_a_refund_that_waited_for_a_dispute_that_was_lost_is_over(
    stripe: Stripe, booked: Session, clock: StandingClock
) -> None:
    stripe.sandbox.dispute(booked.payment.payment_intent_id)
    hear(stripe, clock)
    cancellation.cancel(booked, actor=booked.student, now=clock.now)
    stripe.sandbox.move_dispute(booked.payment.payment_intent_id, status="lost")
    hear(stripe, clock)
    refund = Refund.objects.get()
    assert (refund.state, refund.given_up_at, refund.tries) == ("canceled", clock.now, 0)
    assert (open_flags(booked.payment), Payment.objects.get().owed_minor) == ("dispute-lost", 0)
    assert ledgers() == {"USD": Ledger()}


def test_after_a_lost_dispute_there_is_nothing_to_promise(
    stripe: Stripe, booked: Session, clock: StandingClock
) -> None:
    stripe.sandbox.dispute(booked.payment.payment_intent_id)
    stripe.sandbox.move_dispute(booked.payment.payment_intent_id, status="lost")
    hear(stripe, clock)
    session = Session.objects.with_people().get()
    assert not cancellation.refund_preview(session, actor=session.mentor.user, now=clock.now)
    cancellation.cancel(session, actor=session.student, now=clock.now)
    assert not Refund.objects.exists()
    assert ledgers()["USD"].agree


def test_a_dispute_before_we_know_the_charge_is_found_by_asking_whose_it_is(
    stripe: Stripe, now: datetime
) -> None:
    """The dispute's events come first, and carry nothing of ours."""
    session = make.hold(now=now)
    stripe.pay(session.payment.checkout_id, card=DISPUTED)
    stripe.deliver()
    StripeEvent.objects.exclude(type="charge.dispute.created").delete()
    assert inbox.drain(apply=apply_event, now=now) == 1
    session.refresh_from_db()
    assert (session.payment_status, open_flags(session.payment), status()) == (
        "paid",
        "disputed",
        "needs_response",
    )


def test_a_charge_of_somebody_else_on_this_account_is_none_of_ours(stripe: Stripe, now: datetime) -> None:
    session = make.hold(now=now)
    stripe.pay(session.payment.checkout_id, card=DISPUTED)
    Payment.objects.update(reference="elsewhere", checkout_id="cs_elsewhere")
    stripe.deliver()
    inbox.drain(apply=apply_event, now=now)
    assert set(StripeEvent.objects.values_list("outcome", flat=True)) == {"names no payment of ours"}


def test_a_fraud_warning_asks_the_operator_to_refund(stripe: Stripe, clock: StandingClock) -> None:
    booked = make.booked(stripe, now=clock.now, card=WARNED)
    hear(stripe, clock)
    warning, flag = FraudWarning.objects.get(), Flag.objects.get()
    assert (warning.fraud_type, warning.actionable) == ("made_with_stolen_card", True)
    assert (flag.name, flag.note) == ("fraud-warning", f"{warning.stripe_id}: made with stolen card.")
    assert "Refund in full at once" in flag.what_to_do
    stripe.sandbox.refund(booked.payment.payment_intent_id)
    hear(stripe, clock)
    assert (open_flags(booked.payment), FraudWarning.objects.get().actionable) == ("", False)


def test_a_fraud_warning_before_we_know_the_charge_is_found_by_asking_whose_it_is(
    stripe: Stripe, now: datetime
) -> None:
    session = make.hold(now=now)
    stripe.pay(session.payment.checkout_id, card=WARNED)
    stripe.deliver()
    StripeEvent.objects.exclude(type="radar.early_fraud_warning.created").delete()
    assert inbox.drain(apply=apply_event, now=now) == 1
    assert open_flags(session.payment) == "fraud-warning"


def test_the_daily_comparison_finds_what_no_event_told(
    stripe: Stripe, booked: Session, clock: StandingClock
) -> None:
    intent_id = booked.payment.payment_intent_id
    stripe.sandbox.warn(intent_id)
    assert stripe_audit.run(clock.advance(hours=1)) == []
    assert open_flags(booked.payment) == "fraud-warning"
    stripe.sandbox.dispute(intent_id)
    assert stripe_audit.run(clock.advance(hours=1)) == []
    assert (open_flags(booked.payment), status()) == ("disputed", "needs_response")
    stripe.sandbox.move_dispute(intent_id, status="under_review")
    assert stripe_audit.run(clock.advance(days=10)) == []
    assert status() == "under_review"


def test_disputes_and_warnings_of_nobody_are_findings(stripe: Stripe, booked: Session, now: datetime) -> None:
    stripe.sandbox.warn(booked.payment.payment_intent_id)
    dispute = stripe.sandbox.dispute(booked.payment.payment_intent_id)
    Payment.objects.update(payment_intent_id="elsewhere")
    found = stripe_audit.run(now)
    assert found[0] == f"Dispute {dispute['id']} is over no payment of ours."
    assert found[1].endswith("is of no payment of ours.")


@pytest.mark.parametrize(
    ("status", "is_withdrawn", "flagged", "lost"),
    [
        ("prevented", False, "", 0),
        ("prevented", True, "dispute-lost", 12_000),
        ("won", True, "", 0),
        ("lost", False, "dispute-lost", 0),
        ("a_status_of_tomorrow", True, "disputed", 0),
    ],
)
def test_what_each_status_means(
    booked: Session, now: datetime, status: str, *, is_withdrawn: bool, flagged: str, lost: int
) -> None:
    facts = StripeDispute(
        "du_1", "pi_1", "ch_1", status, "general", 12_000, "USD", is_withdrawn, evidence_due_by=None, opened_at=now
    )  # fmt: skip
    disputes.sync_disputes(booked.payment, [facts], now=now)
    assert (open_flags(booked.payment), booked.payment.lost_minor) == (flagged, lost)


def test_a_dispute_in_another_currency_takes_all(booked: Session, now: datetime) -> None:
    facts = StripeDispute(
        "du_1", "pi_1", "ch_1", "lost", "general", 11_000, "EUR", is_withdrawn=True, evidence_due_by=None, opened_at=now
    )  # fmt: skip
    disputes.sync_disputes(booked.payment, [facts], now=now)
    assert booked.payment.lost_minor == 12_000
