"""Cancelling a session, and letting go of a hold."""

from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext, gettext_noop

from mentormap.accounts.models import User
from mentormap.bookings import idempotency, lifecycle
from mentormap.bookings.errors import PaymentsUnavailable, RefusalKind, Refused
from mentormap.bookings.lifecycle import BOOKED, HELD
from mentormap.bookings.models import Session, SessionStatus
from mentormap.bookings.notices import write
from mentormap.bookings.settlement.settle import send_refunds, settle
from mentormap.lib.deadlocks import retried_on_deadlock
from mentormap.lib.money import Money, format_money
from mentormap.payments import gateway, refunds
from mentormap.payments.gateway import GatewayError, StripeRefused
from mentormap.payments.models import Payment


class CannotCancel(Refused):
    kind = RefusalKind.CONFLICT
    code = "cannot-cancel"


class LessComesBack(Refused):
    """A deadline passed between the page that said what comes back and the click; `refund` is what it is now."""

    kind = RefusalKind.CONFLICT
    code = "less-comes-back"

    def __init__(self, refund: Money) -> None:
        self.refund = refund
        sentence = (
            gettext(
                "Nothing is cancelled yet: since you opened this page a deadline has passed, and now %(refund)s would come back."
            )
            if refund
            else gettext(
                "Nothing is cancelled yet: since you opened this page a deadline has passed, and now nothing would come back."
            )
        )
        super().__init__(sentence % {"refund": format_money(refund, locale="en")})


class JustPaid(Refused):
    """The hold that was to be cancelled is a paid session now; `refund` is what cancelling it would bring back."""

    kind = RefusalKind.CONFLICT
    code = "just-paid"

    def __init__(self, refund: Money) -> None:
        self.refund = refund
        super().__init__(
            gettext(
                "This was paid a moment ago, so it is booked now. Cancel it again to get %(refund)s back, or keep it."
            )
            % {"refund": format_money(refund, locale="en")}
        )


class HoldNotEnded(PaymentsUnavailable):
    """The checkout of a hold may still be paid, so the hold stays."""

    def __init__(self) -> None:
        super().__init__(
            gettext(
                "We could not close the payment page of your hold: the time is still held, and the page still takes a payment. "
                "Do not pay there if you no longer want this time. Try again in a few minutes."
            )
        )


def refund_preview(session: Session, *, actor: User, now: datetime) -> Money:
    """Returns the refund if `actor` cancelled now: all for a mentor or an operator, otherwise by the stored policy."""
    left = refunds.left_to_give(session.payment)
    if actor.pk != session.student_id:
        return left
    return min(session.refund_at(now), left)


def cancel(session: Session, *, actor: User, now: datetime, promised: Money | None = None) -> Session:
    """Cancels for the actor: its student, its mentor, or an operator.

    A hold is let go; a cancelled session comes back unchanged. The refund is tried at once, after the commit; a job sends what
    was not. `promised` is what they were shown that comes back. Raises CannotCancel once the session has started, LessComesBack
    if a deadline has passed since, JustPaid for a hold that was paid a moment ago, and HoldNotEnded for one whose checkout can
    still be paid.
    """
    current = _cancel_booked(session.pk, actor=actor, now=now, promised=promised)
    if current.is_hold:
        return _cancel_hold(current, actor=actor, now=now)
    try_refunds(current.payment_id, now=now)
    return Session.objects.with_people().get(pk=session.pk)


def _cancel_hold(hold: Session, *, actor: User, now: datetime) -> Session:
    """Asks again if the hold has been paid: no one loses money by cancelling a session that seemed unpaid."""
    session = release(hold, actor=actor, now=now)
    if session.is_upcoming:
        raise JustPaid(refund_preview(session, actor=actor, now=now))
    return session


@retried_on_deadlock
@transaction.atomic
def _cancel_booked(session_id: int, *, actor: User, now: datetime, promised: Money | None) -> Session:
    """One transaction: cancelled, cells freed, refund requested, both notified. Returns a session that is not booked unchanged."""
    session = lifecycle.locked(pk=session_id)
    if session.status == SessionStatus.COMPLETED:
        raise CannotCancel(gettext("This session is over, so it can no longer be cancelled."))
    if (session.status, session.payment_status) != BOOKED:
        return session
    if now >= session.scheduled_at:
        raise CannotCancel(gettext("This session has started, so it can no longer be cancelled."))
    amount = refund_preview(session, actor=actor, now=now)
    if promised is not None and amount < promised:
        raise LessComesBack(amount)
    end_booked(session, amount, why=_cancelled_by(actor, session), actor=actor, now=now)
    return session


def end_booked(session: Session, amount: Money, *, why: str, actor: User, now: datetime) -> None:
    """Cancelled, cells freed, refund requested, both notified; call it with the session and its payment locked."""
    lifecycle.cancel(session, now=now, actor=actor, why=why)
    refund(session, amount, reason=f"{why[0].lower()}{why[1:-1]}", now=now)
    write.session_cancelled(session, now=now)


def refund(session: Session, amount: Money, *, reason: str, now: datetime) -> None:
    """Requests the refund, if there is anything to give back; call it with the session and its payment locked."""
    payment = session.payment
    if amount:
        refunds.request(payment, amount, reason=reason, now=now)
    if payment.source == Payment.Source.RECORDED and payment.refunded_minor >= payment.captured_minor:
        lifecycle.mark_refunded(session, now=now)
    payment.version += 1
    payment.save()


def _cancelled_by(actor: User, session: Session) -> str:
    if actor.pk == session.student_id:
        return gettext_noop("Cancelled by the student.")
    if actor.pk == session.mentor.user_id:
        return gettext_noop("Cancelled by the mentor.")
    return gettext_noop("Cancelled by an operator.")


def try_refunds(payment_id: int, *, now: datetime) -> None:
    """A refund that cannot be sent now stays requested, and a job sends it."""
    try:
        send_refunds(now=now, payment_id=payment_id)
    except GatewayError:
        return


def release(session: Session, *, actor: User, now: datetime, even_under_way: bool = True) -> Session:
    """Ends a hold, once its checkout can no longer be paid; if it was just paid, it comes back booked. Where a delayed payment
    is under way, and `even_under_way` is false, it comes back as the hold that it is.

    Raises HoldNotEnded if its checkout can still be paid or Stripe cannot be reached: the hold stays.
    """
    payment = session.payment
    if payment.checkout_id is None:
        payment = _release_unopened(session.pk, actor=actor, now=now)
    if payment.checkout_id is None:
        return Session.objects.with_people().get(pk=session.pk)
    _end_checkout(payment, actor=actor, now=now)
    if even_under_way:
        ended = _abandon_delayed(session.pk, actor=actor, now=now)
    else:
        ended = Session.objects.with_people().get(pk=session.pk)
    if ended.is_hold and (even_under_way or not ended.is_under_way):
        raise HoldNotEnded
    return ended


def _end_checkout(payment: Payment, *, actor: User, now: datetime) -> None:
    """Asks Stripe to expire the checkout, then settles by its state as fetched afterwards, because a refusal to expire does not
    tell the state. An open checkout changes nothing. Raises HoldNotEnded if Stripe cannot be reached."""
    try:
        with suppress(StripeRefused):
            gateway.expire_checkout(payment.checkout_id or "")
        settle(payment.pk, now=now, actor=actor)
    except GatewayError as error:
        raise HoldNotEnded from error


@retried_on_deadlock
@transaction.atomic
def _release_unopened(session_id: int, *, actor: User, now: datetime) -> Payment:
    """Where the checkout is not known yet, the request that is making it finds the hold gone and expires it, or the reconciler does.

    Returns the payment as it is now: the checkout may have become known since the caller read it.
    """
    session = lifecycle.locked(pk=session_id)
    if session.is_hold and session.payment.checkout_id is None:
        lifecycle.release(
            session, now=now, actor=actor, why=gettext_noop("Let go before the payment page was ready.")
        )
        idempotency.forget(session)
        session.payment.state = Payment.State.UNKNOWN
        session.payment.version += 1
        session.payment.save()
    return session.payment


@retried_on_deadlock
@transaction.atomic
def _abandon_delayed(session_id: int, *, actor: User, now: datetime) -> Session:
    """A delayed payment is under way and cannot be stopped: the time is freed, and the money goes back when it comes.

    Returns the session as it is now.
    """
    session = lifecycle.locked(pk=session_id)
    payment = session.payment
    if (session.status, session.payment_status) == HELD and payment.state == Payment.State.PROCESSING:
        lifecycle.release(
            session, now=now, actor=actor, why=gettext_noop("Let go while the payment was under way.")
        )
        payment.refund_on_arrival = True
        payment.version += 1
        payment.save()
        write.let_go_under_way(session, now=now)
    return session
