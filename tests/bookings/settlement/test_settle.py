"""Settlement and the reconciler: whatever happens at Stripe, session, payment and refunds come to agreement."""

from datetime import datetime, timedelta

import pytest
import stripe as sdk
from pytest_django import Settings

from mentormap.availability.models import ReservedCell
from mentormap.bookings import cancellation
from mentormap.bookings.cancellation import CannotCancel
from mentormap.bookings.errors import PaymentsUnavailable
from mentormap.bookings.models import Session
from mentormap.bookings.reconciliation import reconcile
from mentormap.bookings.settlement.settle import apply_event, settle
from mentormap.notifications.models import Notice
from mentormap.payments import inbox
from mentormap.payments.models import Payment, Refund, StripeEvent
from tests import make
from tests.conftest import StandingClock, Stripe
from tests.flagged import open_flags
from tests.make import TUESDAY_14

pytestmark = pytest.mark.django_db


def occasions(session: Session) -> list[tuple[str, str]]:
    rows = Notice.objects.filter(reference=session.pk).order_by("pk")
    return [(notice.occasion, str(notice.person)) for notice in rows]


def drain(now: datetime) -> int:
    return inbox.drain(apply=apply_event, now=now)


def test_a_webhook_confirms_without_the_student_coming_back(
    stripe: Stripe, held: Session, now: datetime
) -> None:
    stripe.pay(held.payment.checkout_id)
    assert stripe.deliver() > 0
    assert drain(now) == StripeEvent.objects.count()
    assert make.states(held) == ("scheduled", "paid", "paid")
    assert occasions(held) == [("booked", "Sam"), ("booked", "Maya"), ("link", "Sam"), ("link", "Maya")]
    assert StripeEvent.objects.filter(handled_at=None).count() == 0
    make.assert_books_agree()


@pytest.mark.parametrize("mode", ["twice", "shuffled"])
def test_webhooks_twice_or_out_of_order_change_nothing(
    stripe: Stripe, held: Session, now: datetime, mode: str
) -> None:
    stripe.sandbox.set_webhooks(mode)
    stripe.pay(held.payment.checkout_id)
    stripe.deliver()
    drain(now)
    settle(held.payment_id, now=now)
    assert make.states(held) == ("scheduled", "paid", "paid")
    assert len(occasions(held)) == 4
    assert held.history.count() == 2


def test_the_poller_replaces_webhooks_that_never_come(stripe: Stripe, held: Session, now: datetime) -> None:
    stripe.sandbox.set_webhooks("never")
    stripe.pay(held.payment.checkout_id)
    assert inbox.poll(now=now) > 0
    drain(now)
    assert make.states(held) == ("scheduled", "paid", "paid")


def test_an_unpaid_hold_ends_with_its_checkout(stripe: Stripe, held: Session, clock: StandingClock) -> None:
    reconcile.run(clock.advance(minutes=34))
    assert make.states(held) == ("scheduled", "pending", "open")
    reconcile.run(clock.advance(minutes=2))
    assert make.states(held) == ("cancelled", "pending", "expired")
    assert not ReservedCell.objects.exists()
    assert occasions(held) == []


def test_a_hold_that_stripe_cannot_confirm_stays(stripe: Stripe, held: Session, clock: StandingClock) -> None:
    stripe.sandbox.add_fault("server_error", times=100)
    reconcile.run(clock.advance(minutes=40))
    assert make.states(held) == ("scheduled", "pending", "open")
    stripe.sandbox.clear_faults()
    reconcile.run(clock.advance(minutes=2))
    assert make.states(held) == ("cancelled", "pending", "expired")


def test_an_unpaid_hold_ends_at_the_start_of_its_session(stripe: Stripe, clock: StandingClock) -> None:
    soon = clock.now + timedelta(minutes=30)
    session = make.hold(student=make.sam(), mentor=make.mentor(), starts_at=soon, now=clock.now)
    reconcile.run(clock.advance(minutes=31))
    assert make.states(session) == ("cancelled", "pending", "expired")


@pytest.mark.parametrize("fault", ["timeout_after", "reset_after"])
def test_a_checkout_whose_answer_was_lost_is_found_and_ended(
    stripe: Stripe, clock: StandingClock, fault: str
) -> None:
    stripe.sandbox.add_fault(fault, method="POST", path="/v1/checkout/sessions", times=3)
    with pytest.raises(PaymentsUnavailable):
        make.hold(now=clock.now)
    session = Session.objects.get()
    assert make.states(session) == ("cancelled", "pending", "unknown")
    reconcile.run(clock.advance(minutes=3))
    assert make.states(session) == ("cancelled", "pending", "expired")


def test_a_process_killed_before_the_checkout_was_known_leaves_nothing(
    stripe: Stripe, held: Session, clock: StandingClock
) -> None:
    Payment.objects.update(checkout_id=None, checkout_url="", state=Payment.State.CREATED)
    reconcile.run(clock.advance(minutes=3))
    assert make.states(held) == ("cancelled", "pending", "expired")
    assert not ReservedCell.objects.exists()


def test_an_unknown_checkout_older_than_the_key_is_looked_up(
    stripe: Stripe, held: Session, clock: StandingClock
) -> None:
    Payment.objects.update(checkout_id=None, checkout_url="", state=Payment.State.UNKNOWN)
    reconcile.run(clock.advance(hours=25))
    assert make.states(held) == ("cancelled", "pending", "expired")


def test_an_unknown_checkout_that_was_never_made_is_closed(
    stripe: Stripe, held: Session, clock: StandingClock
) -> None:
    Payment.objects.update(
        checkout_id=None, checkout_url="", state=Payment.State.UNKNOWN, reference="elsewhere"
    )
    reconcile.run(clock.advance(hours=25))
    assert make.states(held) == ("cancelled", "pending", "failed")


def test_money_after_the_hold_ended_is_honoured_while_the_time_is_free(
    stripe: Stripe, held: Session, now: datetime
) -> None:
    stripe.pay(held.payment.checkout_id)
    Session.objects.update(status="cancelled")
    ReservedCell.objects.all().delete()
    settle(held.payment_id, now=now)
    assert make.states(held) == ("scheduled", "paid", "paid")
    assert ReservedCell.objects.count() == 4
    make.assert_books_agree()


def test_money_for_time_that_is_taken_goes_back_in_full(stripe: Stripe, held: Session, now: datetime) -> None:
    stripe.pay(held.payment.checkout_id)
    Session.objects.update(status="cancelled")
    ReservedCell.objects.all().delete()
    make.session(student=make.olga(), mentor=held.mentor, starts_at=TUESDAY_14, source="recorded")
    settle(held.payment_id, now=now)
    assert make.states(held) == ("cancelled", "refunded", "paid")
    assert Refund.objects.get().state == "succeeded"
    assert occasions(held) == [("late_payment_refunded", "Sam"), ("late_payment_refunded", "Maya")]
    make.assert_books_agree()


def test_what_was_not_asked_for_is_flagged(stripe: Stripe, held: Session, now: datetime) -> None:
    stripe.pay(held.payment.checkout_id)
    Payment.objects.update(amount_minor=11_999)
    settle(held.payment_id, now=now)
    assert make.states(held) == ("cancelled", "paid", "paid")
    assert open_flags(held.payment) == "payment-mismatch"
    assert occasions(held) == []
    make.assert_books_agree()


def test_a_checkout_that_stripe_does_not_know_is_flagged(
    stripe: Stripe, held: Session, now: datetime
) -> None:
    Payment.objects.update(checkout_id="cs_test_elsewhere")
    settle(held.payment_id, now=now)
    assert make.states(held) == ("cancelled", "pending", "lost")
    assert open_flags(held.payment) == "checkout-missing"


def test_cancelling_early_refunds_in_full(stripe: Stripe, booked: Session, now: datetime) -> None:
    assert cancellation.refund_preview(booked, actor=booked.student, now=now).minor == 12_000
    cancelled = cancellation.cancel(booked, actor=booked.student, now=now)
    assert make.states(cancelled) == ("cancelled", "refunded", "paid")
    assert (cancelled.payment.refunded_minor, cancelled.sequence) == (12_000, 1)
    assert not ReservedCell.objects.exists()
    assert occasions(booked)[-2:] == [("cancelled", "Sam"), ("cancelled", "Maya")]
    make.assert_books_agree()


def test_cancelling_late_refunds_half(stripe: Stripe, booked: Session, clock: StandingClock) -> None:
    late = clock.advance(hours=10)
    cancelled = cancellation.cancel(booked, actor=booked.student, now=late)
    assert make.states(cancelled) == ("cancelled", "paid", "paid")
    assert cancelled.payment.refunded_minor == 6_000
    make.assert_books_agree()


def test_a_mentor_who_cancels_late_gives_everything_back(
    stripe: Stripe, booked: Session, clock: StandingClock
) -> None:
    cancelled = cancellation.cancel(booked, actor=booked.mentor.user, now=clock.advance(hours=28))
    assert make.states(cancelled) == ("cancelled", "refunded", "paid")


def test_cancelling_twice_changes_nothing(stripe: Stripe, booked: Session, now: datetime) -> None:
    once = cancellation.cancel(booked, actor=booked.student, now=now)
    again = cancellation.cancel(booked, actor=booked.student, now=now)
    assert (once.sequence, Refund.objects.count(), again.sequence) == (1, 1, 1)


def test_a_session_that_has_started_cannot_be_cancelled(
    stripe: Stripe, booked: Session, clock: StandingClock
) -> None:
    with pytest.raises(CannotCancel):
        cancellation.cancel(booked, actor=booked.student, now=clock.advance(hours=29))
    reconcile.run(clock.advance(hours=2))
    assert make.states(booked) == ("completed", "paid", "paid")
    with pytest.raises(CannotCancel):
        cancellation.cancel(booked, actor=booked.student, now=clock.now)


@pytest.mark.parametrize("fault", ["server_error", "timeout_before", "timeout_after", "reset_after"])
def test_a_refund_that_got_no_answer_is_sent_once(
    stripe: Stripe, booked: Session, clock: StandingClock, fault: str
) -> None:
    stripe.sandbox.add_fault(fault, method="POST", path="/v1/refunds", times=3)
    cancelled = cancellation.cancel(booked, actor=booked.student, now=clock.now)
    assert make.states(cancelled) == ("cancelled", "paid", "paid")
    assert Refund.objects.get().state == Refund.State.REQUESTED
    make.assert_books_agree()
    reconcile.run(clock.advance(minutes=5))
    assert make.states(cancelled) == ("cancelled", "refunded", "paid")
    assert Refund.objects.count() == 1


def test_a_refund_older_than_stripes_key_is_looked_for_before_it_is_sent_again(
    stripe: Stripe, booked: Session, clock: StandingClock
) -> None:
    stripe.sandbox.add_fault("timeout_after", method="POST", path="/v1/refunds", times=3)
    cancelled = cancellation.cancel(booked, actor=booked.student, now=clock.now)
    reconcile.run(clock.advance(hours=26))
    assert make.states(cancelled) == ("cancelled", "refunded", "paid")
    assert cancelled.payment.refunded_minor == 12_000


def test_a_refund_made_in_the_dashboard_cancels_an_upcoming_session(
    stripe: Stripe, booked: Session, now: datetime
) -> None:
    stripe.sandbox.refund(booked.payment.payment_intent_id)
    stripe.deliver()
    drain(now)
    assert make.states(booked) == ("cancelled", "refunded", "paid")
    assert Refund.objects.get().is_foreign
    assert occasions(booked)[-2:] == [("cancelled", "Sam"), ("cancelled", "Maya")]
    make.assert_books_agree()


def test_a_partial_refund_in_the_dashboard_leaves_the_session(
    stripe: Stripe, booked: Session, now: datetime
) -> None:
    stripe.sandbox.refund(booked.payment.payment_intent_id, amount=5_000)
    stripe.deliver()
    drain(now)
    assert make.states(booked) == ("scheduled", "paid", "paid")
    assert booked.payment.refunded_minor == 5_000
    make.assert_books_agree()


def test_a_refund_that_fails_later_is_flagged_and_told(
    stripe: Stripe, held: Session, clock: StandingClock
) -> None:
    stripe.pay(held.payment.checkout_id, card="4000000000005126")
    settle(held.payment_id, now=clock.now)
    held.refresh_from_db()
    cancelled = cancellation.cancel(held, actor=held.student, now=clock.now)
    clock.advance(minutes=10)
    stripe.sandbox.catch_up()
    stripe.deliver()
    drain(clock.now)
    assert make.states(cancelled) == ("cancelled", "paid", "paid")
    assert (open_flags(cancelled.payment), Refund.objects.get().state) == ("refund-failed", "failed")
    assert occasions(held)[-1] == ("refund_failed", "Sam")
    make.assert_books_agree()


def test_what_was_paid_elsewhere_is_cancelled_without_asking_stripe(now: datetime) -> None:
    session = make.session(student=make.sam(), mentor=make.mentor(), starts_at=TUESDAY_14, source="recorded")
    cancelled = cancellation.cancel(session, actor=session.student, now=now)
    assert make.states(cancelled) == ("cancelled", "refunded", "paid")


@pytest.mark.parametrize(
    ("body", "type_"),
    [
        (b'{"id": "evt_1", "object": "event", "type": "customer.created", "data": {"object": {}}}', "customer.created"),
        (b'{"id": "evt_2", "object": "v2.core.event", "created": "2026-11-23T09:00:00Z"}', ""),
        (b'{"id": "evt_3", "type": "charge.refunded", "data": {"object": {"object": "charge", "payment_intent": "pi_x"}}}', "charge.refunded"),
        (b"[]", ""),
        (b"null", ""),
        (b"not json", ""),
    ],
)  # fmt: skip
def test_signed_events_that_are_not_ours_are_kept_and_not_acted_upon(
    settings: Settings, now: datetime, body: bytes, type_: str
) -> None:
    inbox.receive(body, signed(body, settings.STRIPE_WEBHOOK_SECRETS[0], now), now=now)
    inbox.receive(body, signed(body, settings.STRIPE_WEBHOOK_SECRETS[0], now), now=now)
    assert drain(now) == 1
    event = StripeEvent.objects.get()
    assert (event.type, event.outcome) == (type_, "names no payment of ours")


def signed(body: bytes, secret: str, now: datetime) -> str:

    stamp = int(now.timestamp())
    return str(sdk.WebhookSignature.generate_signature_header(body.decode(), secret, stamp))


@pytest.mark.parametrize(
    ("signature", "body"),
    [
        ("", b"{}"),
        ("t=1,v1=\u00e9", b"{}"),
        ("t=x,v1=00", b"{}"),
        ("nonsense", b"{}"),
        ("t=1795424400,v1=00", b"\xff\xfe"),
    ],
)
def test_bytes_that_stripe_did_not_sign_leave_no_trace(now: datetime, signature: str, body: bytes) -> None:
    with pytest.raises(inbox.BadSignature):
        inbox.receive(body, signature, now=now)
    assert not StripeEvent.objects.exists()


@pytest.mark.parametrize(("age", "is_good"), [(299, True), (301, False), (-301, False)])
def test_a_signature_is_good_for_300_seconds(
    settings: Settings, now: datetime, age: int, *, is_good: bool
) -> None:
    header = signed(b"{}", settings.STRIPE_WEBHOOK_SECRETS[0], now - timedelta(seconds=age))
    if is_good:
        inbox.receive(b"{}", header, now=now)
    else:
        with pytest.raises(inbox.BadSignature):
            inbox.receive(b"{}", header, now=now)
    assert StripeEvent.objects.exists() is is_good


def test_an_older_secret_still_opens_the_inbox_while_it_is_rolled(settings: Settings, now: datetime) -> None:
    header = signed(b"{}", settings.STRIPE_WEBHOOK_SECRETS[0], now)
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", *settings.STRIPE_WEBHOOK_SECRETS]
    inbox.receive(b"{}", header, now=now)
    assert StripeEvent.objects.count() == 1


def test_an_event_that_fails_backs_off_and_is_tried_again(
    stripe: Stripe, held: Session, clock: StandingClock
) -> None:
    stripe.pay(held.payment.checkout_id)
    stripe.deliver()
    stripe.sandbox.add_fault("server_error", times=100)
    assert drain(clock.now) == 0
    event = StripeEvent.objects.order_by("pk").first()
    assert event is not None
    assert (event.handled_at, event.tries, event.last_error != "") == (None, 1, True)
    stripe.sandbox.clear_faults()
    drain(clock.advance(minutes=1))
    assert make.states(held) == ("scheduled", "paid", "paid")
