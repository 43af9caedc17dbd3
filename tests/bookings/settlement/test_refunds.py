"""Refunds that go wrong: refused, failed after they were accepted, or made by two hands at once."""

from datetime import UTC, datetime, timedelta

import pytest

from mentormap.bookings import cancellation, operator_refunds
from mentormap.bookings.models import Session
from mentormap.bookings.reconciliation import reconcile
from mentormap.bookings.settlement.settle import apply_event, settle
from mentormap.lib.money import Money
from mentormap.notifications.models import Notice
from mentormap.payments import flags, gateway, inbox, refunds
from mentormap.payments.gateway import StripeRefused
from mentormap.payments.models import Flag, Payment, Refund
from mentormap.payments.stripe_objects import StripeRefund
from tests import make
from tests.conftest import StandingClock, Stripe
from tests.flagged import open_flags

pytestmark = [pytest.mark.django_db, pytest.mark.long]
SUCCEEDS_THEN_FAILS = "4000000000005126"
PENDING_FIRST = "4000000000007726"


def states(session: Session) -> tuple[str, str, str]:
    session.refresh_from_db()
    session.payment.refresh_from_db()
    return session.status, session.payment_status, open_flags(session.payment)


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
    session = make.booked(stripe, now=clock.now, rate=rate)
    payment = cancellation.cancel(session, actor=session.student, now=clock.advance(hours=10)).payment
    assert (payment.captured_minor, payment.refunded_minor) == (paid, back)
    make.assert_books_agree()


def test_a_refund_made_in_the_dashboard_meanwhile_leaves_the_rest_to_give_back(
    stripe: Stripe, clock: StandingClock
) -> None:
    session = make.booked(stripe, now=clock.now)
    stripe.sandbox.refund(session.payment.payment_intent_id, amount=5_000)
    cancellation.cancel(session, actor=session.student, now=clock.now)
    stripe.deliver()
    inbox.drain(apply=apply_event, now=clock.now)
    reconcile.run(clock.advance(minutes=2))
    assert states(session) == ("cancelled", "refunded", "")
    assert [refund.amount_minor for refund in Refund.objects.order_by("pk")] == [7_000, 5_000]
    make.assert_books_agree()


def test_where_the_dashboard_gave_all_back_nothing_is_asked_for(stripe: Stripe, clock: StandingClock) -> None:
    session = make.booked(stripe, now=clock.now)
    stripe.sandbox.refund(session.payment.payment_intent_id)
    cancellation.cancel(session, actor=session.student, now=clock.now)
    stripe.deliver()
    inbox.drain(apply=apply_event, now=clock.now)
    assert states(session) == ("cancelled", "refunded", "")
    assert [refund.state for refund in Refund.objects.order_by("pk")] == ["canceled", "succeeded"]
    make.assert_books_agree()


def test_the_books_agree_while_a_refund_waits_beside_one_of_the_dashboard(
    stripe: Stripe, now: datetime
) -> None:
    session = make.booked(stripe, now=now)
    stripe.sandbox.refund(session.payment.payment_intent_id, amount=5_000)
    settle(session.payment_id, now=now)
    stripe.sandbox.add_fault("timeout_before", times=100)
    cancellation.cancel(session, actor=session.student, now=now)
    assert Refund.objects.get(is_foreign=False).state == Refund.State.REQUESTED
    make.assert_books_agree()


def test_a_second_try_that_fails_before_it_was_looked_at_is_told(
    stripe: Stripe, clock: StandingClock
) -> None:
    """Killed after sending, and the bank is faster than the next job."""
    session = make.booked(stripe, now=clock.now, card=SUCCEEDS_THEN_FAILS)
    cancellation.cancel(session, actor=session.student, now=clock.now)
    let_the_refund_fail(stripe, clock)
    assert refunds.retry(Refund.objects.get(), now=clock.now)
    refunds.send(Refund.objects.get(), now=clock.now)
    clock.advance(minutes=10)
    stripe.sandbox.catch_up()
    reconcile.run(clock.advance(minutes=5))
    assert (Refund.objects.get().state, states(session)[2]) == ("failed", "refund-failed")


def test_a_refund_that_succeeds_in_the_end_is_no_longer_flagged(stripe: Stripe, clock: StandingClock) -> None:
    session = make.booked(stripe, now=clock.now, card=SUCCEEDS_THEN_FAILS)
    cancellation.cancel(session, actor=session.student, now=clock.advance(hours=10))
    let_the_refund_fail(stripe, clock)
    assert states(session) == ("cancelled", "paid", "refund-failed")
    refunds.retry(Refund.objects.get(), now=clock.now)
    reconcile.run(clock.now)
    assert states(session) == ("cancelled", "paid", "")
    assert session.payment.refunded_minor == 6_000


def test_who_read_the_refund_before_another_tried_leaves_it_alone(
    stripe: Stripe, clock: StandingClock
) -> None:
    session = make.booked(stripe, now=clock.now)
    stripe.sandbox.add_fault("rate_limit", method="POST", path="/v1/refunds", times=3)
    cancellation.cancel(session, actor=session.student, now=clock.now)
    early, late = Refund.objects.get(), Refund.objects.get()
    clock.advance(minutes=5)
    stripe.sandbox.add_fault("rate_limit", method="POST", path="/v1/refunds", times=3)
    assert not refunds.send(early, now=clock.now)
    assert not refunds.send(late, now=clock.advance(minutes=5))
    assert Refund.objects.get().tries == 2


def test_half_a_refund_whose_answer_was_lost_is_not_sent_twice_once_its_key_has_lapsed(
    stripe: Stripe, clock: StandingClock
) -> None:
    """A key older than a day runs again: only the look at Stripe's list before sending keeps the other half here."""
    session = make.booked(stripe, now=clock.now)
    late = clock.advance(hours=10)
    stripe.sandbox.add_fault("timeout_after", method="POST", path="/v1/refunds", times=3)
    cancellation.cancel(session, actor=session.student, now=late)
    reconcile.run(clock.advance(hours=26))
    assert states(session) == ("cancelled", "paid", "")
    assert session.payment.refunded_minor == 6_000
    assert Refund.objects.count() == 1


def test_what_waits_shrinks_to_what_the_dashboard_has_left(stripe: Stripe, clock: StandingClock) -> None:
    session = make.booked(stripe, now=clock.now)
    stripe.sandbox.add_fault("unavailable", method="POST", path="/v1/refunds", times=3)
    cancellation.cancel(session, actor=session.student, now=clock.now)
    stripe.sandbox.refund(session.payment.payment_intent_id, amount=5_000)
    settle(session.payment_id, now=clock.now)
    waiting = Refund.objects.get(is_foreign=False)
    assert (waiting.amount_minor, waiting.attempt, Payment.objects.get().owed_minor) == (7_000, 2, 7_000)


def test_a_refund_that_stripe_refuses_is_flagged_and_not_tried_every_minute(
    stripe: Stripe, clock: StandingClock
) -> None:
    session = make.booked(stripe, now=clock.now)
    intent_id = session.payment.payment_intent_id
    stripe.sandbox.dispute(intent_id)
    stripe.sandbox.move_dispute(intent_id, status="lost")
    Refund.objects.create(
        payment=session.payment,
        amount_minor=5_000,
        currency="USD",
        created_at=clock.now,
        updated_at=clock.now,
    )
    stripe.sandbox.add_fault("unavailable", method="GET", path="/v1/disputes", times=100)
    for _ in range(24):
        reconcile.run(clock.advance(minutes=10))
    assert (Refund.objects.get().tries, Refund.objects.get().is_refused) == (3, True)
    stripe.sandbox.clear_faults()


def test_a_refusal_is_told_to_the_operator_and_goes_with_its_cause(
    stripe: Stripe, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = make.booked(stripe, now=clock.now)
    with monkeypatch.context() as broken:
        broken.setattr(gateway, "create_refund", refuse)
        cancellation.cancel(session, actor=session.student, now=clock.now)
    assert states(session) == ("cancelled", "paid", "refund-refused")
    assert Flag.objects.get().note == f"Refund {Refund.objects.get().pk}: Refunds are switched off."
    reconcile.run(clock.advance(minutes=50))
    assert Refund.objects.get().state == "requested"
    reconcile.run(clock.advance(minutes=11))
    assert states(session) == ("cancelled", "refunded", "")


def refuse(**_refund: object) -> StripeRefund:
    raise StripeRefused(
        "Refunds are switched off.", kind="invalid_request_error", code="", param="", status=400
    )


def test_who_pays_back_in_another_way_resolves_the_flag_and_nothing_is_sent_any_more(
    stripe: Stripe, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = make.booked(stripe, now=clock.now)
    with monkeypatch.context() as broken:
        broken.setattr(gateway, "create_refund", refuse)
        cancellation.cancel(session, actor=session.student, now=clock.now)
    assert flags.resolve(Flag.objects.get(), by=make.ada(), resolution="Bank transfer.", now=clock.now)
    reconcile.run(clock.advance(days=2))
    refund = Refund.objects.get()
    assert (refund.state, refund.tries, refund.given_up_at is not None) == ("canceled", 1, True)
    assert Payment.objects.get().owed_minor == 0
    make.assert_books_agree()


def test_one_that_was_given_up_and_stands_at_stripe_all_the_same_counts(
    stripe: Stripe, clock: StandingClock
) -> None:
    session = make.booked(stripe, now=clock.now)
    stripe.sandbox.add_fault("timeout_after", method="POST", path="/v1/refunds", times=3)
    cancellation.cancel(session, actor=session.student, now=clock.now)
    Refund.objects.update(is_refused=True)
    refunds.abandon(session.payment_id, now=clock.now)
    settle(session.payment_id, now=clock.now)
    assert states(session) == ("cancelled", "refunded", "")
    assert (Refund.objects.get().given_up_at, Payment.objects.get().owed_minor) == (None, 12_000)
    make.assert_books_agree()


def test_a_second_failure_of_the_same_refund_is_told_again(stripe: Stripe, clock: StandingClock) -> None:
    session = make.booked(stripe, now=clock.now, card=SUCCEEDS_THEN_FAILS)
    cancellation.cancel(session, actor=session.student, now=clock.now)
    let_the_refund_fail(stripe, clock)
    assert refunds.retry(Refund.objects.get(), now=clock.now)
    reconcile.run(clock.now)
    let_the_refund_fail(stripe, clock)
    pk = Refund.objects.get().pk
    told = Notice.objects.filter(occasion="refund_failed").order_by("pk")
    assert list(told.values_list("revision", flat=True)) == [f"{pk}.1", f"{pk}.2"]
    assert Flag.objects.open().get().note == f"Refund {pk} failed at try 2: expired_or_canceled_card."


def test_a_failed_refund_of_the_dashboard_is_asked_for_as_one_of_ours(
    stripe: Stripe, clock: StandingClock
) -> None:
    session = make.booked(stripe, now=clock.now, card=SUCCEEDS_THEN_FAILS)
    stripe.sandbox.refund(session.payment.payment_intent_id, amount=5_000)
    let_the_refund_fail(stripe, clock)
    assert states(session) == ("scheduled", "paid", "refund-failed")
    assert refunds.retry(Refund.objects.get(), now=clock.now)
    assert not refunds.retry(Refund.objects.get(is_foreign=True), now=clock.now)
    make.assert_books_agree()
    reconcile.run(clock.now)
    assert states(session) == ("scheduled", "paid", "")
    assert (session.payment.refunded_minor, session.payment.owed_minor) == (5_000, 5_000)
    make.assert_books_agree()


@pytest.mark.parametrize("hand", ["dashboard", "operator"])
def test_nobody_waits_for_a_failed_refund_once_all_went_back_by_another(
    stripe: Stripe, clock: StandingClock, hand: str
) -> None:
    session = make.booked(stripe, now=clock.now, card=SUCCEEDS_THEN_FAILS)
    cancellation.cancel(session, actor=session.student, now=clock.now)
    let_the_refund_fail(stripe, clock)
    if hand == "dashboard":
        stripe.sandbox.refund(session.payment.payment_intent_id)
        settle(session.payment_id, now=clock.now)
    else:
        amount = session.payment.amount
        operator_refunds.refund(session, amount, reason="By hand.", by=make.ada(), now=clock.now)
    assert states(session) == ("cancelled", "refunded", "")
    assert not Refund.objects.failed().exists()
    make.assert_books_agree()


def test_what_did_not_fail_is_not_asked_for_again(stripe: Stripe, clock: StandingClock) -> None:
    session = make.booked(stripe, now=clock.now)
    cancellation.cancel(session, actor=session.student, now=clock.now)
    assert not refunds.retry(Refund.objects.get(), now=clock.now)


def test_a_refund_that_waits_for_the_student_is_flagged_until_it_goes_on(
    stripe: Stripe, clock: StandingClock
) -> None:
    session = make.booked(stripe, now=clock.now, card=PENDING_FIRST)
    cancellation.cancel(session, actor=session.student, now=clock.now)
    stripe_id = Refund.objects.get().stripe_id or ""
    stripe.sandbox.move_refund(stripe_id, status="requires_action")
    stripe.deliver()
    inbox.drain(apply=apply_event, now=clock.now)
    assert Refund.objects.get().state == "requires_action"
    assert states(session) == ("cancelled", "refunded", "refund-needs-action")
    make.assert_books_agree()
    stripe.sandbox.move_refund(stripe_id, status="succeeded")
    stripe.deliver()
    inbox.drain(apply=apply_event, now=clock.now)
    assert states(session) == ("cancelled", "refunded", "")


def test_a_refund_that_moves_raises_the_payments_version(stripe: Stripe, clock: StandingClock) -> None:
    """So that who looked before that does not set it back."""
    session = make.booked(stripe, now=clock.now, card=PENDING_FIRST)
    cancellation.cancel(session, actor=session.student, now=clock.now)
    assert Refund.objects.get().state == "pending"
    before = Payment.objects.get().version
    clock.advance(seconds=20)
    settle(session.payment_id, now=clock.now)
    assert (Refund.objects.get().state, Payment.objects.get().version) == ("succeeded", before + 1)
    settle(session.payment_id, now=clock.now)
    assert Payment.objects.get().version == before + 1


NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def listed(minute: int, amount: int, status: str = "succeeded", *, failed: int | None = None) -> StripeRefund:
    """Made and failed in these minutes after nine."""
    failed_at = None if failed is None else NINE + timedelta(minutes=failed)
    made_at = NINE + timedelta(minutes=minute)
    return StripeRefund(
        f"re_{minute}", "pi_1", amount, "USD", status, "", "", "", created_at=made_at, failed_at=failed_at
    )


@pytest.mark.parametrize(
    ("refunds_listed", "is_so"),
    [
        ([], False),
        ([listed(0, 11_999)], False),
        ([listed(0, 12_000, "pending")], True),
        ([listed(0, 12_000, "failed", failed=5)], True),
        ([listed(0, 12_000, "canceled")], True),
        ([listed(0, 5_000), listed(1, 7_000)], True),
        ([listed(0, 5_000, "failed", failed=5), listed(1, 7_000)], True),
        ([listed(0, 6_000, "failed", failed=5), listed(9, 6_000)], False),
        ([listed(0, 6_000, "failed", failed=5), listed(5, 6_000)], False),
        ([listed(0, 6_000, "canceled"), listed(9, 6_000)], False),
    ],
)
def test_a_payment_was_once_given_back_in_full_whatever_failed_later(
    refunds_listed: list[StripeRefund], *, is_so: bool
) -> None:
    assert refunds.was_once_complete(refunds_listed, 12_000) is is_so
    assert refunds.was_once_complete(refunds_listed, 0) is False


@pytest.mark.parametrize("is_seen_between", [True, False])
def test_a_full_refund_of_the_dashboard_that_fails_ends_the_same_whenever_it_is_seen(
    stripe: Stripe, clock: StandingClock, *, is_seen_between: bool
) -> None:
    session = make.booked(stripe, now=clock.now, card=SUCCEEDS_THEN_FAILS)
    stripe.sandbox.refund(session.payment.payment_intent_id)
    if is_seen_between:
        settle(session.payment_id, now=clock.now)
    let_the_refund_fail(stripe, clock)
    assert states(session) == ("cancelled", "paid", "refund-failed")
    occasions = Notice.objects.filter(person=session.student).values_list("occasion", flat=True)
    assert sorted(occasions) == ["booked", "cancelled", "link", "refund_failed"]
    make.assert_books_agree()
