"""Settlement: the only code that turns Stripe's truth into ours.

It reads the payment's version, fetches from Stripe outside any transaction, then in one short transaction locks session and
payment and applies what it saw only if the version is unchanged. Anybody may call it, at any time, as often as they like.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from mentormap.accounts.models import User
from mentormap.availability.reservations import CellsTaken
from mentormap.bookings import lifecycle, notices, rooms
from mentormap.bookings.lifecycle import HELD, RELEASED
from mentormap.bookings.models import PaymentStatus, Session
from mentormap.bookings.session_caps import CapReached
from mentormap.lib.deadlocks import retried_on_deadlock
from mentormap.payments import flags, gateway, inbox, refunds
from mentormap.payments.gateway import CheckoutFacts, RefundFacts, StripeMissing, StripeUnavailable
from mentormap.payments.models import Flag, Payment, Refund, StripeEvent

ATTEMPTS = 5
FAILED_INTENTS = frozenset({"requires_payment_method", "canceled"})


class Contended(StripeUnavailable):
    """Others kept changing the payment while we looked; try again later."""


@dataclass(frozen=True)
class Truth:
    """What Stripe says of one payment; `checkout` is None where Stripe does not know it.

    `refunds` is None where nobody knows of any.
    """

    checkout: CheckoutFacts | None
    refunds: list[RefundFacts] | None = None


def settle(
    payment_id: int, *, now: datetime, event: StripeEvent | None = None, actor: User | None = None
) -> None:
    """Brings session, payment and refunds to agreement with Stripe, then sends the refunds that this decided.

    Stamps `event` as handled in the transaction of its effect. `actor` is who has just ended the checkout, if anybody did.
    Raises StripeUnavailable and StripeRefused.
    """
    _settle_once(payment_id, now=now, event=event, actor=actor)
    send_refunds(now=now, payment_id=payment_id)


def send_refunds(*, now: datetime, payment_id: int) -> int:
    """Tries the payment's requested refunds whose time has come; returns how many reached Stripe."""
    return sum(send_refund(refund, now=now) for refund in refunds.due(now, payment_id=payment_id))


def send_refund(refund: Refund, *, now: datetime) -> bool:
    """Tries one and mirrors what became of it; returns whether it reached Stripe."""
    sent = refunds.send(refund, now=now)
    if sent:
        _settle_once(refund.payment_id, now=now)
    return sent


def apply_event(event: StripeEvent, now: datetime) -> None:
    """What the inbox does with an event: settles the payment that it names, if that is one of ours."""
    payment = _payment_of(event)
    if payment is None:
        inbox.stamp(event, outcome="names no payment of ours", now=now)
    else:
        settle(payment.pk, now=now, event=event)


def _payment_of(event: StripeEvent) -> Payment | None:
    """By the ids alone that the event's object carries: its data may be rendered in another API version."""
    body = event.body if isinstance(event.body, dict) else {}
    data = body.get("data")
    named = data.get("object") if isinstance(data, dict) else None
    if not isinstance(named, dict):
        return None
    ours = Payment.objects.filter(
        source=Payment.Source.STRIPE, account=event.account, livemode=event.livemode
    )
    if named.get("object") == "checkout.session":
        return ours.filter(checkout_id=str(named.get("id"))).first()
    intent = _intent_of(named)
    found = ours.filter(payment_intent_id=intent).first() if intent else None
    return found or _by_metadata(ours, named)


def _intent_of(named: dict[str, Any]) -> str:
    if named.get("object") == "payment_intent":
        return str(named.get("id") or "")
    intent = named.get("payment_intent")
    return intent if isinstance(intent, str) else ""


def _by_metadata(ours: QuerySet[Payment], named: dict[str, Any]) -> Payment | None:
    """Before the first settlement the payment does not know its intent, but intent and charge carry its reference."""
    metadata = named.get("metadata")
    reference = metadata.get("reference") if isinstance(metadata, dict) else None
    return ours.filter(reference=reference).first() if isinstance(reference, str) else None


def _settle_once(
    payment_id: int, *, now: datetime, event: StripeEvent | None = None, actor: User | None = None
) -> None:
    for _ in range(ATTEMPTS):
        seen = Payment.objects.get(pk=payment_id)
        truth = _fetch(seen, event) if seen.checkout_id else None
        if _apply(seen, truth, now=now, event=event, actor=actor):
            return
    raise Contended(f"payment {payment_id} kept changing")


def _fetch(payment: Payment, event: StripeEvent | None) -> Truth:
    """Of a refund that failed before we ever saw it, the event alone tells."""
    is_told = event is not None and "refund" in event.type
    try:
        checkout = gateway.fetch_checkout(payment.checkout_id or "")
    except StripeMissing:
        return Truth(checkout=None)
    knows_refunds = is_told or checkout.refunded_minor or payment.refunds.exists()
    listed = gateway.list_refunds(checkout.intent_id) if checkout.is_paid and knows_refunds else None
    return Truth(checkout, listed)


@retried_on_deadlock
@transaction.atomic
def _apply(
    seen: Payment, truth: Truth | None, *, now: datetime, event: StripeEvent | None, actor: User | None
) -> bool:
    """False if the payment changed since it was read: what was fetched may be older than the change."""
    session = lifecycle.locked(payment_id=seen.pk)
    payment = session.payment
    if payment.version != seen.version:
        return False
    before = _columns(payment)
    if truth is not None:
        _decide(session, payment, truth, now=now, actor=actor)
    if _columns(payment) != before:
        payment.version += 1
    payment.checked_at = now
    payment.save()
    if event is not None:
        inbox.stamp(event, outcome=f"payment {payment.pk} is {payment.state}", now=now)
    return True


def _columns(payment: Payment) -> dict[str, Any]:
    columns = Payment._meta.concrete_fields  # noqa: SLF001 - Django's documented Meta API
    return {column.attname: getattr(payment, column.attname) for column in columns}


def _decide(session: Session, payment: Payment, truth: Truth, *, now: datetime, actor: User | None) -> None:
    facts = truth.checkout
    if facts is None:
        _lose(session, payment, now=now)
    elif facts.is_paid:
        flags.clear(payment, Flag.Name.CHECKOUT_MISSING, now=now)
        if not session.was_paid:
            _capture(session, payment, facts, now=now)
        if truth.refunds is not None:
            _mirror_refunds(session, payment, truth.refunds, now=now)
        _mark_dispute(payment, facts, now=now)
    elif facts.status == "complete":
        _await_or_fail(session, payment, facts, now=now)
    elif facts.status == "expired":
        payment.state = Payment.State.EXPIRED
        why = "Let go before it was paid." if actor else "The time to pay ran out."
        _release(session, why=why, now=now, actor=actor)
    elif payment.state in {Payment.State.CREATED, Payment.State.UNKNOWN}:
        payment.state = Payment.State.OPEN


def _lose(session: Session, payment: Payment, *, now: datetime) -> None:
    """What was captured stays captured: only the key is another, and it may be set right again."""
    if not session.was_paid:
        payment.state = Payment.State.LOST
    flags.raise_flag(
        payment,
        Flag.Name.CHECKOUT_MISSING,
        "Stripe does not know this checkout: another key or account made it.",
        now=now,
    )
    _release(session, why="Stripe does not know the checkout.", now=now)


def _release(session: Session, *, why: str, now: datetime, actor: User | None = None) -> None:
    if session.is_hold:
        lifecycle.release(session, now=now, why=why, actor=actor)


def _await_or_fail(session: Session, payment: Payment, facts: CheckoutFacts, *, now: datetime) -> None:
    """The checkout is complete but unpaid: a delayed method is under way, or has failed."""
    payment.payment_intent_id = facts.intent_id
    if facts.intent_status in FAILED_INTENTS:
        payment.state = Payment.State.FAILED
        if session.is_hold:
            notices.payment_failed(session, now=now)
        _release(session, why="The payment failed.", now=now)
        return
    payment.state = Payment.State.PROCESSING
    if session.is_hold and now >= session.scheduled_at:
        payment.refund_on_arrival = True
        _release(session, why="The payment had not arrived by the start.", now=now)
        notices.session_cancelled(session, now=now)


def _capture(session: Session, payment: Payment, facts: CheckoutFacts, *, now: datetime) -> None:
    """Money has come, for the first time that we see it."""
    payment.state = Payment.State.PAID
    payment.captured_minor = facts.amount_minor
    payment.payment_intent_id, payment.charge_id = facts.intent_id, facts.charge_id
    payment.paid_at = facts.charged_at or now
    wrong = _mismatch(payment, facts)
    if wrong:
        flags.raise_flag(payment, Flag.Name.PAYMENT_MISMATCH, wrong, now=now)
        why = "What was paid is not what was asked; an operator looks at it."
        lifecycle.cancel_unkept(session, now=now, intent_id=facts.intent_id, why=why)
    elif _keep(session, payment, now=now):
        rooms.want(session, now=now)
        notices.session_booked(session, now=now)
    else:
        why = "The payment came too late for this time."
        lifecycle.cancel_unkept(session, now=now, intent_id=facts.intent_id, why=why)
        refunds.request(payment, payment.captured, reason="the payment came too late", now=now)
        notices.late_payment_refunded(session, now=now)


def _mismatch(payment: Payment, facts: CheckoutFacts) -> str:
    """What Stripe has that is not what we asked for, in words; empty if all agrees."""
    pairs = {
        "amount": (payment.amount_minor, facts.amount_minor),
        "currency": (payment.currency, facts.currency),
        "reference": (payment.reference, facts.reference),
        "livemode": (payment.livemode, facts.livemode),
    }
    return "; ".join(
        f"{name}: asked {ours}, got {theirs}" for name, (ours, theirs) in pairs.items() if ours != theirs
    )


def _keep(session: Session, payment: Payment, *, now: datetime) -> bool:
    """Whether the session now stands: its hold lives, or its time is still free; and it was paid before the start."""
    paid_in_time = (payment.paid_at or now) < session.scheduled_at and now < session.ends_at
    state = (session.status, session.payment_status)
    if state == HELD and paid_in_time:
        lifecycle.confirm(session, now=now, intent_id=payment.payment_intent_id, why="Paid.")
        return True
    if state == RELEASED and paid_in_time and now < session.scheduled_at and not payment.refund_on_arrival:
        return _confirm_if_free(session, payment, now=now)
    return False


def _confirm_if_free(session: Session, payment: Payment, *, now: datetime) -> bool:
    why = "Paid after the hold had ended, while the time was still free."
    try:
        with transaction.atomic():
            lifecycle.confirm_again(session, now=now, intent_id=payment.payment_intent_id, why=why)
    except (CellsTaken, CapReached):
        return False
    return True


def _mirror_refunds(session: Session, payment: Payment, listed: list[RefundFacts], *, now: datetime) -> None:
    for refund in refunds.mirror(payment, listed, now=now):
        note = f"Refund {refund.pk} failed: {refund.failure_reason}."
        flags.raise_flag(payment, Flag.Name.REFUND_FAILED, note, now=now)
        notices.refund_failed(session, refund_id=refund.pk, now=now)
    full = payment.captured_minor > 0 and payment.refunded_minor >= payment.captured_minor
    if full and session.payment_status == PaymentStatus.PAID:
        if session.is_upcoming:
            lifecycle.cancel(session, now=now, why="The payment was refunded in full at Stripe.")
            notices.session_cancelled(session, now=now)
        lifecycle.mark_refunded(session, now=now)
    elif not full and session.payment_status == PaymentStatus.REFUNDED:
        lifecycle.mark_paid_again(session, now=now)
    if full or not refunds.has_failed(payment):
        flags.clear(payment, Flag.Name.REFUND_FAILED, now=now)


def _mark_dispute(payment: Payment, facts: CheckoutFacts, *, now: datetime) -> None:
    if facts.is_disputed and not payment.dispute_status:
        payment.dispute_status = "disputed"
        note = "The cardholder disputes this charge; answer in Stripe's dashboard."
        flags.raise_flag(payment, Flag.Name.DISPUTED, note, now=now)
