"""The reconciler: finds whatever a crash, a lost answer or an absent webhook left behind, and brings it to agreement.

Every job takes `now`, may run anywhere at any time, and does nothing where there is nothing to do.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_noop

from mentormap.availability import reservations
from mentormap.bookings import idempotency, lifecycle, no_shows
from mentormap.bookings.checkout import record_checkout
from mentormap.bookings.lifecycle import MoveLost
from mentormap.bookings.models import NoShowReport, Session, SessionStatus
from mentormap.bookings.settlement.settle import send_refund, settle
from mentormap.lib import unavailable
from mentormap.lib.deadlocks import retried_on_deadlock
from mentormap.lib.rounds import within_time_budget
from mentormap.payments import gateway, refunds
from mentormap.payments.gateway import GatewayError, StripeRefused, StripeUnavailable
from mentormap.payments.models import Payment, Refund
from mentormap.payments.stripe_objects import StripeCheckout

Row = TypeVar("Row", Payment, Refund, NoShowReport)

log = structlog.get_logger(__name__)

CREATE_GRACE = timedelta(minutes=2)
KEY_LIFE = timedelta(hours=24)
RECHECK = timedelta(hours=1)
REST = timedelta(minutes=1)
KEEP_CELLS = timedelta(days=1)
BATCH = 200


def run(now: datetime) -> None:
    """Runs the four jobs once, in the order in which each finds what the one before has settled."""
    sync_payments(now)
    send_refunds(now)
    finish_sessions(now)
    prune_cells(now)


def sync_payments(now: datetime) -> None:
    """Resolves unknown checkouts, ends overdue ones and settles payments that Stripe has not finished."""
    _for_each(
        _claim(unknown_checkouts(now), now=now), lambda payment: resolve_unknown_checkout(payment, now=now)
    )
    _for_each(_claim(overdue(now), now=now), lambda payment: expire_overdue(payment, now=now))
    _for_each(_claim(unsettled(now), now=now), lambda payment: settle(payment.pk, now=now))


def send_refunds(now: datetime) -> None:
    _for_each(refunds.due(now), lambda refund: send_refund(refund, now=now))


def finish_sessions(now: datetime) -> None:
    """Completes ended sessions, and decides no-show reports that were not contested in time."""
    complete_ended(now=now)
    _for_each(no_shows.due(now), lambda report: no_shows.decide_uncontested(report, now=now))


def prune_cells(now: datetime) -> int:
    """Deletes the reserved cells of final sessions a day after their end. Returns how many."""
    return reservations.prune(before=now - KEEP_CELLS, of_sessions=_final_sessions)


def _for_each(rows: Iterable[Row], job: Callable[[Row], object]) -> None:
    """Logs a row that fails, and goes on with the next; an unavailable database ends the job."""
    for row in within_time_budget(rows):
        about = f"{type(row).__name__} {row.pk}"
        try:
            job(row)
        except GatewayError as error:
            log.warning("reconcile.error", about=about, error=str(error))
        except Exception as error:
            if unavailable.cause_of(error):
                raise
            log.exception("reconcile.failed", about=about)


def _claim(payments: Iterable[Payment], *, now: datetime) -> Iterator[Payment]:
    """Claims payments not checked by another worker since they were read, and moves them to the back of the queue."""
    for payment in payments:
        if payment.claim(now):
            yield payment


def _in_turn(payments: QuerySet[Payment]) -> list[Payment]:
    """Returns the least recently checked first, so that hopeless cases do not hold up the others."""
    return list(payments.order_by(F("checked_at").asc(nulls_first=True), "pk")[:BATCH])


def _of_stripe() -> Q:
    return Q(source=Payment.Source.STRIPE)


def unknown_checkouts(now: datetime) -> list[Payment]:
    """Payments whose create call may or may not have been heard: refused, timed out, or cut short by a crash."""
    cut_short = Q(state=Payment.State.CREATED, created_at__lte=now - CREATE_GRACE) & _not_checked_lately(now)
    unheard = Q(state=Payment.State.UNKNOWN) & _not_checked_lately(now)
    return _in_turn(Payment.objects.filter(_of_stripe(), cut_short | unheard, checkout_id=None))


def _not_checked_lately(now: datetime) -> Q:
    return Q(checked_at=None) | Q(checked_at__lte=now - REST)


def resolve_unknown_checkout(payment: Payment, *, now: datetime) -> None:
    """Replays the create with the same key and parameters while Stripe keeps the key, else looks in its list.

    What turns up is recorded, expired and settled; proof that nothing was made ends the hold. A checkout that a request has recorded
    meanwhile may be handed out, and is left alone. Raises GatewayError.
    """
    made = _replay_checkout(payment) if now - payment.created_at < KEY_LIFE else _find_listed(payment)
    if made is None:
        _close_unmade(payment.pk, now=now)
        return
    current = gateway.fetch_checkout(made.id)  # a replay repeats the first answer
    if _taken_over(payment.pk, current, now=now):
        _expire(current.id)
        settle(payment.pk, now=now)


@retried_on_deadlock
@transaction.atomic
def _taken_over(payment_id: int, facts: StripeCheckout, *, now: datetime) -> bool:
    """Records a checkout that no request was answered with; False if one has recorded it meanwhile.

    Unless somebody has completed it all the same, the hold ends before its checkout does: a repeat must not be answered with it.
    """
    session = lifecycle.locked(payment_id=payment_id)
    if session.payment.checkout_id is not None:
        return False
    idempotency.forget(session)
    if session.is_hold and facts.status != "complete":
        lifecycle.release(session, now=now, why=gettext_noop("The payment page was never shown."))
    record_checkout(session.payment, facts)
    return True


def _replay_checkout(payment: Payment) -> StripeCheckout | None:
    """None where Stripe's refusal of the parameters proves that it never made this checkout. Raises GatewayError.

    Where Stripe only repeats a 500 for this key, its list says what became of the first try.
    """
    try:
        return gateway.create_checkout(payment.checkout_request, idempotency_key=payment.idempotency_key)
    except StripeUnavailable as error:
        if error.is_kept:
            return _find_listed(payment)
        raise
    except StripeRefused as error:
        if error.is_of_parameters:
            return None
        raise


def _find_listed(payment: Payment) -> StripeCheckout | None:
    return gateway.find_checkout(
        payment.reference,
        created_after=payment.created_at - CREATE_GRACE,
        created_before=payment.created_at + KEY_LIFE,
    )


@retried_on_deadlock
@transaction.atomic
def _close_unmade(payment_id: int, *, now: datetime) -> None:
    session = lifecycle.locked(payment_id=payment_id)
    payment = session.payment
    if payment.checkout_id is not None:
        return
    idempotency.forget(session)
    if session.is_hold:
        lifecycle.release(session, now=now, why=gettext_noop("No payment page was ever made."))
    payment.state = Payment.State.FAILED
    payment.version += 1
    payment.save()


def _expire(checkout_id: str) -> None:
    """A refusal means that it is no longer open: settlement says what became of it."""
    try:
        gateway.expire_checkout(checkout_id)
    except StripeRefused:
        return


def overdue(now: datetime) -> list[Payment]:
    """Open checkouts that must end: past their time, past the session's start, or without a hold."""
    ended = (
        Q(expires_at__lte=now)
        | Q(session__scheduled_at__lte=now)
        | Q(session__status=SessionStatus.CANCELLED)
    )
    return _in_turn(
        Payment.objects.filter(_of_stripe(), ended, _not_checked_lately(now), state=Payment.State.OPEN)
    )


def expire_overdue(payment: Payment, *, now: datetime) -> None:
    """Expires the checkout if Stripe still has it open, then settles. Raises GatewayError: the hold stays."""
    _expire(payment.checkout_id or "")
    settle(payment.pk, now=now)


def unsettled(now: datetime) -> list[Payment]:
    """Delayed payments, and refunds that Stripe has accepted but not finished, looked at once an hour.

    A delayed payment is looked at without rest once its session should have started.
    """
    old = Q(checked_at=None) | Q(checked_at__lte=now - RECHECK)
    started = Q(session__scheduled_at__lte=now, session__status=SessionStatus.SCHEDULED)
    processing = Q(state=Payment.State.PROCESSING) & (old | (started & _not_checked_lately(now)))
    refunding = Q(refunds__state__in=[Refund.State.PENDING, Refund.State.REQUIRES_ACTION]) & old
    return _in_turn(Payment.objects.filter(_of_stripe(), processing | refunding).distinct())


def complete_ended(*, now: datetime) -> int:
    """Sessions whose end has passed are completed; returns how many."""
    ended = Session.objects.booked().filter(ends_at__lte=now)
    return sum(_complete(session, now=now) for session in ended.order_by("pk")[:BATCH])


def _complete(session: Session, *, now: datetime) -> bool:
    try:
        with transaction.atomic():
            lifecycle.complete(session, now=now)
    except MoveLost:
        return False
    return True


def _final_sessions(session_ids: Collection[int]) -> Collection[int]:
    final = Session.objects.filter(pk__in=session_ids).exclude(status=SessionStatus.SCHEDULED)
    return list(final.values_list("pk", flat=True))
