"""Operators' actions on a payment: refund, try a refund again, ask Stripe. The audit log records each with its operator."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext, gettext_noop

from mentormap.accounts.models import User
from mentormap.bookings import cancellation, lifecycle
from mentormap.bookings.errors import RefusalKind, Refused
from mentormap.bookings.models import AuditEntry, Session
from mentormap.bookings.settlement.settle import settle
from mentormap.lib.deadlocks import retried_on_deadlock
from mentormap.lib.money import Money, format_money, smallest_charge_unit
from mentormap.payments import refunds
from mentormap.payments.models import Payment, Refund


class RefundedMeanwhile(Refused):
    """Less is left than when the question was asked, as after the first of a double-click; `left` is what is left now."""

    kind = RefusalKind.CONFLICT
    code = "refunded-meanwhile"

    def __init__(self, left: Money) -> None:
        self.left = left
        super().__init__(
            gettext(
                "Something was given back a moment ago: %(left)s of this payment is left. Nothing more is given back by this click; look at the payment before you ask again."
            )
            % {"left": format_money(left, locale="en")}
        )


class RefundOutOfRange(Refused):
    """`left` is what can still be given back of this payment."""

    code = "refund-out-of-range"
    field = "amount"

    def __init__(self, left: Money) -> None:
        self.left = left
        super().__init__(
            gettext("At most %(left)s of this payment can still be given back. Ask for that or for less.")
            % {"left": format_money(left, locale="en")}
            if left
            else gettext("Nothing of this payment is left to give back.")
        )


def refund(
    session: Session, amount: Money, *, reason: str, by: User, now: datetime, seen: Money | None = None
) -> None:
    """Gives back that much, at most what is left; all of it ends a session that is still to come. `reason` is for operators alone.

    The refund is tried at once, after the commit; a job sends what was not. `seen` is what was left when they were asked. Raises
    RefundOutOfRange, and RefundedMeanwhile if something else is left by now.
    """
    _decide(session.pk, amount, reason=reason, by=by, now=now, seen=seen)
    cancellation.try_refunds(session.payment_id, now=now)


@retried_on_deadlock
@transaction.atomic
def _decide(
    session_id: int, amount: Money, *, reason: str, by: User, now: datetime, seen: Money | None
) -> None:
    session = lifecycle.locked(pk=session_id)
    left = refunds.left_to_give(session.payment)
    if seen is not None and left != seen:
        raise RefundedMeanwhile(left)
    check(amount, left)
    if ends(session, amount, left):
        cancellation.end_booked(
            session, amount, why=gettext_noop("Cancelled by an operator."), actor=by, now=now
        )
    else:
        cancellation.refund(session, amount, reason="given back by an operator", now=now)
    _audit(session, f"Gave back {format_money(amount, locale='en')}: {reason}", by=by, now=now)


def check(amount: Money, left: Money) -> None:
    """Raises RefundOutOfRange for nothing, for more than is left, and for a fraction that the currency does not have."""
    is_payable = amount.currency == left.currency and amount.minor % smallest_charge_unit(left.currency) == 0
    if not (is_payable and 0 < amount.minor <= left.minor):
        raise RefundOutOfRange(left)


def ends(session: Session, amount: Money, left: Money) -> bool:
    """Returns whether this refund ends the session: nobody teaches for nothing."""
    return session.is_upcoming and amount == left


def retry(failed: Refund, *, by: User, now: datetime) -> bool:
    """Asks again for a refund that failed. Returns whether it was in a state for it; raises RefundOutOfRange."""
    if not _request_again(failed, by=by, now=now):
        return False
    cancellation.try_refunds(failed.payment_id, now=now)
    return True


@retried_on_deadlock
@transaction.atomic
def _request_again(failed: Refund, *, by: User, now: datetime) -> bool:
    session = lifecycle.locked(payment_id=failed.payment_id)
    left = refunds.left_to_give(session.payment)
    if not refunds.retry(failed, now=now):
        return False
    if failed.amount > left:
        raise RefundOutOfRange(left)
    _audit(session, f"Tried refund {failed.pk} again.", by=by, now=now)
    return True


def ask_stripe(payment: Payment, *, by: User, now: datetime) -> None:
    """Settles again. Raises GatewayError."""
    _audit(payment.session, "Asked Stripe what became of this payment.", by=by, now=now)
    settle(payment.pk, now=now)


def _audit(session: Session, what: str, *, by: User, now: datetime) -> None:
    AuditEntry.objects.create(session=session, at=now, by=by, what=what[:600])
