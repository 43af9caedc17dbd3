"""Applies Stripe's refunds, disputes and fraud warnings to a session and its payment."""

from datetime import datetime

from django.utils.translation import gettext_noop

from mentormap.bookings import lifecycle
from mentormap.bookings.models import PaymentStatus, Session
from mentormap.bookings.notices import write
from mentormap.payments import disputes, flags, refunds
from mentormap.payments.models import Flag, Payment
from mentormap.payments.refunds import SyncedRefunds
from mentormap.payments.snapshot import PaymentSnapshot
from mentormap.payments.stripe_objects import StripeRefund


def sync_refunds(session: Session, payment: Payment, snapshot: PaymentSnapshot, *, now: datetime) -> None:
    """Disputes first: what they have taken for good can no longer be given back."""
    if snapshot.disputes is not None:
        disputes.sync_disputes(payment, snapshot.disputes, now=now)
    if snapshot.refunds is not None:
        _sync_rows(session, payment, snapshot.refunds, now=now)
    if snapshot.warnings is not None:
        disputes.sync_warnings(payment, snapshot.warnings, now=now)


def _sync_rows(session: Session, payment: Payment, listed: list[StripeRefund], *, now: datetime) -> None:
    synced = refunds.sync(payment, listed, now=now)
    for refund in synced.failed_just_now:
        note = f"Refund {refund.pk} failed at try {refund.attempt}: {refund.failure_reason or 'canceled'}."
        flags.raise_flag(payment, Flag.Name.REFUND_FAILED, note, now=now)
        write.refund_failed(session, refund=refund, now=now)
    _move(session, payment, listed, now=now)
    waiting = _what_waits(payment, synced)
    for name, note in waiting.items():
        flags.raise_flag(payment, name, note, now=now)
    cleared = {Flag.Name.REFUND_NEEDS_ACTION, Flag.Name.REFUND_REFUSED} - set(waiting)
    if session.payment_status == PaymentStatus.REFUNDED or not synced.failed:
        cleared.add(Flag.Name.REFUND_FAILED)
    flags.clear(payment, *cleared, now=now)


def _move(session: Session, payment: Payment, listed: list[StripeRefund], *, now: datetime) -> None:
    """The session follows its money: one that was given back in full does not take place, even if the refund fails later."""
    if session.is_upcoming and refunds.was_once_complete(listed, payment.captured_minor):
        lifecycle.cancel(session, now=now, why=gettext_noop("The payment was refunded in full at Stripe."))
        write.session_cancelled(session, now=now)
    is_full = payment.refunded_minor >= payment.captured_minor > 0
    if is_full and session.payment_status == PaymentStatus.PAID:
        lifecycle.mark_refunded(session, now=now)
    elif not is_full and session.payment_status == PaymentStatus.REFUNDED:
        lifecycle.mark_paid_again(session, now=now)


def _what_waits(payment: Payment, synced: SyncedRefunds) -> dict[Flag.Name, str]:
    """For the student's word, or for whatever Stripe's refusal wants; a refund that waits for the bank's decision is no news."""
    needing = [f"Refund {row.pk} waits for the student's bank details." for row in synced.needing_action]
    refused = [f"Refund {row.pk}: {row.last_error}" for row in synced.refused]
    if refused and payment.disputes.blocking().exists():
        refused = []
    notes = {Flag.Name.REFUND_NEEDS_ACTION: needing, Flag.Name.REFUND_REFUSED: refused}
    return {name: "\n".join(lines) for name, lines in notes.items() if lines}
