"""Settlement: the only code that turns a snapshot of Stripe's objects into our rows.

It reads the payment's version, fetches from Stripe outside any transaction, then in one short transaction locks session and
payment and applies what it saw only if the version is unchanged. Anybody may call it, at any time, as often as they like.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from mentormap.accounts.models import User
from mentormap.availability.reservations import CellsTaken
from mentormap.bookings import lifecycle, rooms
from mentormap.bookings.lifecycle import HELD, RELEASED
from mentormap.bookings.limits import CapReached
from mentormap.bookings.models import HistoryNote, Session
from mentormap.bookings.notices import write
from mentormap.bookings.settlement.refunds import sync_refunds
from mentormap.lib.deadlocks import retried_on_deadlock
from mentormap.payments import flags, inbox, refunds, snapshot
from mentormap.payments.event_lookup import payment_named
from mentormap.payments.gateway import StripeRefused, StripeUnavailable
from mentormap.payments.models import Flag, Payment, Refund, StripeEvent
from mentormap.payments.snapshot import PaymentSnapshot
from mentormap.payments.stripe_objects import StripeCheckout

ATTEMPTS = 5
FAILED_INTENTS = frozenset({"requires_payment_method", "canceled"})


class SettlementConflict(StripeUnavailable):
    """Others kept changing the payment while we looked; try again later."""


def settle(
    payment_id: int,
    *,
    now: datetime,
    event: StripeEvent | None = None,
    actor: User | None = None,
    thorough: bool = False,
) -> None:
    """Brings session, payment and refunds to agreement with Stripe, then sends the refunds that this decided.

    Stamps `event` as handled in the transaction of its effect. `actor` is who has just ended the checkout, if anybody did.
    `thorough` also asks for refunds, disputes and fraud warnings that nothing hints at. Raises StripeUnavailable and
    StripeRefused.
    """
    _settle_once(payment_id, now=now, event=event, actor=actor, thorough=thorough)
    send_refunds(now=now, payment_id=payment_id)


def send_refunds(*, now: datetime, payment_id: int) -> int:
    """Tries the payment's requested refunds whose time has come; returns how many reached Stripe."""
    return sum(send_refund(refund, now=now) for refund in refunds.due(now, payment_id=payment_id))


def send_refund(refund: Refund, *, now: datetime) -> bool:
    """Tries one and mirrors what became of it; returns whether it reached Stripe. Where Stripe refuses, all is looked at."""
    try:
        sent = refunds.send(refund, now=now)
    except StripeRefused:
        _settle_once(refund.payment_id, now=now, thorough=True)
        return False
    if sent:
        _settle_once(refund.payment_id, now=now)
    return sent


def apply_event(event: StripeEvent, now: datetime) -> None:
    """Settles the payment that the event names, if it is ours."""
    payment = payment_named(event)
    if payment is None:
        inbox.mark_handled(event, outcome="names no payment of ours", now=now)
    else:
        settle(payment.pk, now=now, event=event)


def _settle_once(
    payment_id: int,
    *,
    now: datetime,
    event: StripeEvent | None = None,
    actor: User | None = None,
    thorough: bool = False,
) -> None:
    for _ in range(ATTEMPTS):
        seen, known = snapshot.load(payment_id)
        found = snapshot.fetch(seen, known, event, thorough=thorough) if seen.checkout_id else None
        if _apply(seen, found, now=now, event=event, actor=actor):
            return
    raise SettlementConflict(f"payment {payment_id} kept changing")


@retried_on_deadlock
@transaction.atomic
def _apply(
    seen: Payment,
    found: PaymentSnapshot | None,
    *,
    now: datetime,
    event: StripeEvent | None,
    actor: User | None,
) -> bool:
    """False if the payment changed since it was read: what was fetched may be older than the change."""
    session = lifecycle.locked(payment_id=seen.pk)
    payment = session.payment
    if payment.version != seen.version:
        return False
    before = _columns(payment)
    if found is not None:
        _decide(session, payment, found, now=now, actor=actor)
    if _columns(payment) != before and payment.version == seen.version:
        payment.version += 1
    payment.checked_at = now
    payment.save()
    if event is not None:
        inbox.mark_handled(
            event, outcome=f"payment {payment.pk} is {payment.state}", now=now, payment=payment
        )
    return True


def _columns(payment: Payment) -> dict[str, Any]:
    columns = Payment._meta.concrete_fields  # noqa: SLF001 - Django's documented Meta API
    return {column.attname: getattr(payment, column.attname) for column in columns}


def _decide(
    session: Session, payment: Payment, found: PaymentSnapshot, *, now: datetime, actor: User | None
) -> None:
    facts = found.checkout
    if facts is None:
        _lose(session, payment, now=now)
    elif facts.is_paid:
        flags.clear(payment, Flag.Name.CHECKOUT_MISSING, now=now)
        if not session.was_paid:
            _capture(session, payment, facts, arrived_at=found.arrived_at, now=now)
        sync_refunds(session, payment, found, now=now)
    elif facts.status == "complete":
        _await_or_fail(session, payment, facts, now=now)
    elif facts.status == "expired":
        payment.state = Payment.State.EXPIRED
        why = (
            gettext_noop("Let go before it was paid.") if actor else gettext_noop("The time to pay ran out.")
        )
        _release(session, why=why, now=now, actor=actor)
    elif payment.state in {Payment.State.CREATED, Payment.State.UNKNOWN}:
        payment.state = Payment.State.OPEN


def _lose(session: Session, payment: Payment, *, now: datetime) -> None:
    """Flags a payment that Stripe no longer knows. What was captured stays recorded: the key may be another, and be restored."""
    if not session.was_paid:
        payment.state = Payment.State.LOST
    flags.raise_flag(
        payment,
        Flag.Name.CHECKOUT_MISSING,
        "Stripe does not know this checkout: another key or account made it.",
        now=now,
    )
    _release(session, why=gettext_noop("Stripe does not know the checkout."), now=now)


def _release(session: Session, *, why: str, now: datetime, actor: User | None = None) -> None:
    if session.is_hold:
        lifecycle.release(session, now=now, why=why, actor=actor)


def _await_or_fail(session: Session, payment: Payment, facts: StripeCheckout, *, now: datetime) -> None:
    """The checkout is complete but unpaid: a delayed method is under way, or has failed."""
    payment.payment_intent_id = facts.intent_id
    _begin(session, payment, facts)
    if facts.intent_status in FAILED_INTENTS:
        payment.state = Payment.State.FAILED
        if session.is_hold:
            write.payment_failed(session, now=now)
        _release(session, why=gettext_noop("The payment failed."), now=now)
        return
    payment.state = Payment.State.PROCESSING
    if session.is_hold and now >= session.scheduled_at:
        payment.refund_on_arrival = True
        _release(session, why=gettext_noop("The payment had not arrived by the start."), now=now)
        write.session_cancelled(session, now=now)


def _begin(session: Session, payment: Payment, facts: StripeCheckout) -> None:
    """Records once when the bank was asked for the payment."""
    if payment.begun_at is None and facts.charged_at is not None:
        payment.begun_at = facts.charged_at
        lifecycle.note(session, HistoryNote.PAYMENT_BEGUN, at=facts.charged_at)


def _capture(
    session: Session, payment: Payment, facts: StripeCheckout, *, arrived_at: datetime | None, now: datetime
) -> None:
    """Money has come, for the first time that we see it."""
    if arrived_at is not None:
        _begin(session, payment, facts)
    payment.state = Payment.State.PAID
    payment.captured_minor = facts.amount_minor
    payment.payment_intent_id, payment.charge_id = facts.intent_id, facts.charge_id
    payment.paid_at = arrived_at or (now if payment.begun_at else facts.charged_at) or now
    wrong = _mismatch(payment, facts)
    if wrong:
        flags.raise_flag(payment, Flag.Name.PAYMENT_MISMATCH, wrong, now=now)
        why = gettext_noop("What was paid is not what was asked; an operator looks at it.")
        lifecycle.cancel_unconfirmed(session, now=now, intent_id=facts.intent_id, why=why)
    elif _keep(session, payment, now=now):
        rooms.request_room(session, now=now)
        write.session_booked(session, now=now)
    else:
        why = gettext_noop("The payment came too late for this time.")
        lifecycle.cancel_unconfirmed(session, now=now, intent_id=facts.intent_id, why=why)
        refunds.request(payment, payment.captured, reason="the payment came too late", now=now)
        write.late_payment_refunded(session, now=now)


def _mismatch(payment: Payment, facts: StripeCheckout) -> str:
    """Describes how Stripe's payment differs from the one requested; empty if it agrees."""
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
    """Confirms the session if it was paid before the start and its hold lives, or its time is still free. Returns whether it did."""
    paid_in_time = (payment.paid_at or now) < session.scheduled_at and now < session.ends_at
    state = (session.status, session.payment_status)
    if state == HELD and paid_in_time:
        arrived_at = min(now, payment.paid_at or now) if payment.begun_at else now
        lifecycle.confirm(
            session, now=arrived_at, intent_id=payment.payment_intent_id, why=gettext_noop("Paid.")
        )
        return True
    if state == RELEASED and paid_in_time and now < session.scheduled_at and not payment.refund_on_arrival:
        return _confirm_if_free(session, payment, now=now)
    return False


def _confirm_if_free(session: Session, payment: Payment, *, now: datetime) -> bool:
    why = gettext_noop("Paid after the hold had ended, while the time was still free.")
    try:
        with transaction.atomic():
            lifecycle.confirm_again(session, now=now, intent_id=payment.payment_intent_id, why=why)
    except (CellsTaken, CapReached):
        return False
    return True
