"""Refunds: the row first, then one try after another, each known to Stripe by a key made from the row."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import F, Q

from mentormap.lib.money import Money
from mentormap.payments import gateway
from mentormap.payments.gateway import RefundFacts, StripeRefused, StripeUnavailable
from mentormap.payments.models import Payment, Refund

LEASE = timedelta(minutes=2)
STATES = {
    "pending": Refund.State.PENDING,
    "requires_action": Refund.State.REQUIRES_ACTION,
    "succeeded": Refund.State.SUCCEEDED,
    "failed": Refund.State.FAILED,
    "canceled": Refund.State.CANCELED,
}

DEAD = frozenset({Refund.State.FAILED, Refund.State.CANCELED})


def request(payment: Payment, amount: Money, *, reason: str, now: datetime) -> Refund:
    """Records that this is owed; call it in the transaction that decides so, which also saves the payment.

    Sending comes after the commit. What was paid elsewhere is given back there, so its refund is only recorded.
    """
    payment.owed_minor += amount.minor
    recorded = payment.source == Payment.Source.RECORDED
    payment.refunded_minor += amount.minor if recorded else 0
    return Refund.objects.create(
        payment=payment,
        amount_minor=amount.minor,
        currency=amount.currency,
        reason=reason,
        state=Refund.State.SUCCEEDED if recorded else Refund.State.REQUESTED,
        created_at=now,
        updated_at=now,
        next_try_at=now,
    )


def due(now: datetime, *, payment_id: int | None = None) -> Sequence[Refund]:
    """Requested refunds whose next try has come: of one payment, or of all."""
    waiting = Refund.objects.filter(
        Q(next_try_at=None) | Q(next_try_at__lte=now), state=Refund.State.REQUESTED
    )
    if payment_id is not None:
        waiting = waiting.filter(payment_id=payment_id)
    return list(waiting.select_related("payment").order_by("pk")[:100])


def send(refund: Refund, *, now: datetime) -> bool:
    """Tries once, if no other process holds the lease or has tried since the row was read; a try after the first looks before it sends.

    The row keeps Stripe's id, and its state is left to the settlement that mirrors Stripe's list. Returns whether Stripe has
    the refund now.
    """
    is_due = Q(next_try_at=None) | Q(next_try_at__lte=now)
    unchanged = Q(pk=refund.pk, tries=refund.tries, attempt=refund.attempt)
    claim = Refund.objects.filter(is_due, unchanged, state=Refund.State.REQUESTED)
    if not claim.update(next_try_at=now + LEASE, tries=F("tries") + 1):
        return False
    refund.tries += 1
    try:
        if not _found(refund):
            _send(refund)
    except StripeUnavailable as error:
        _postpone(refund, error, now=now, is_answer=error.is_kept)
        return False
    except StripeRefused as error:
        _postpone(refund, error, now=now, is_answer=True)
        return False
    return True


def _found(refund: Refund) -> bool:
    """An earlier try may have reached Stripe although no answer came, and its key may have lapsed since."""
    if refund.tries <= 1:
        return False
    listed = gateway.list_refunds(refund.payment.payment_intent_id)
    return any(facts.our_number == refund.pk and STATES[facts.status] not in DEAD for facts in listed)


def _send(refund: Refund) -> None:
    """A key whose answer Stripe would only repeat is of no more use: the look has found that it did nothing."""
    if refund.was_answered:
        refund.attempt, refund.was_answered = refund.attempt + 1, False
        refund.save(update_fields=["attempt", "was_answered"])
    made = gateway.create_refund(
        intent_id=refund.payment.payment_intent_id,
        amount_minor=refund.amount_minor,
        our_number=refund.pk,
        reference=refund.payment.reference,
        idempotency_key=refund.idempotency_key,
    )
    Refund.objects.filter(pk=refund.pk, stripe_id=None).update(stripe_id=made.id)


def _postpone(refund: Refund, error: Exception, *, now: datetime, is_answer: bool) -> None:
    delay = min(timedelta(seconds=15) * 2 ** min(refund.tries - 1, 8), timedelta(hours=1))
    Refund.objects.filter(pk=refund.pk, state=Refund.State.REQUESTED).update(
        next_try_at=now + delay, last_error=str(error)[:2000], was_answered=refund.was_answered or is_answer
    )


def retry(refund: Refund, *, now: datetime) -> bool:
    """Asks again for a refund that failed: a new key, the same row. Returns whether the row was in a state for it."""
    failed = Refund.objects.filter(pk=refund.pk, state__in=DEAD)
    return bool(
        failed.update(
            state=Refund.State.REQUESTED,
            attempt=F("attempt") + 1,
            stripe_id=None,
            next_try_at=now,
            updated_at=now,
        )
    )


def has_failed(payment: Payment) -> bool:
    """Whether one of its refunds has failed and was not asked for again."""
    return payment.refunds.filter(state__in=DEAD).exists()


def mirror(payment: Payment, listed: Sequence[RefundFacts], *, now: datetime) -> list[Refund]:
    """Makes our rows say what Stripe's list says; returns those that failed just now.

    A refund of Stripe's is ours by its id, then by the number in its metadata; any other was made in the dashboard.
    Call it with the payment's row locked.
    """
    rows = list(Refund.objects.select_for_update().filter(payment=payment).order_by("pk"))
    failed = []
    for facts in listed:
        row = _row_of(facts, rows)
        if row is not None:
            if _update(row, facts, now=now) and row.state in DEAD:
                failed.append(row)
        elif not _is_a_dead_try(facts, rows):
            rows.append(_foreign(payment, facts, now=now))
            failed += [made for made in rows[-1:] if made.state in DEAD]
    payment.refunded_minor = sum(row.amount_minor for row in rows if row.state in Refund.ACCEPTED)
    _fit(rows, payment.captured - payment.refunded, now=now)
    return failed


def _fit(rows: Sequence[Refund], left: Money, *, now: datetime) -> None:
    """What waits to be sent shrinks to what others have left of the payment: Stripe refuses to give back more than that."""
    for row in rows:
        if row.state != Refund.State.REQUESTED or row.stripe_id:
            continue
        fitting = min(row.amount, left)
        if fitting != row.amount:
            _shrink(row, fitting, now=now)
        left -= fitting


def _shrink(row: Refund, amount: Money, *, now: datetime) -> None:
    """Sent at once under a new key; where nothing is left, it is over."""
    row.amount_minor = amount.minor or row.amount_minor
    row.attempt, row.was_answered = row.attempt + 1, False
    row.next_try_at, row.updated_at = now, now
    if not amount:
        row.state, row.failure_reason = Refund.State.CANCELED, "nothing was left to give back"
    row.save()


def _row_of(facts: RefundFacts, rows: Sequence[Refund]) -> Refund | None:
    """By Stripe's id, else by our number where the row waits for an answer; a dead earlier try is no answer."""
    by_id = next((row for row in rows if row.stripe_id == facts.id), None)
    by_number = (row for row in rows if row.pk == facts.our_number and row.stripe_id is None)
    return by_id or next(
        (row for row in by_number if row.attempt == 1 or STATES[facts.status] not in DEAD), None
    )


def _is_a_dead_try(facts: RefundFacts, rows: Sequence[Refund]) -> bool:
    return STATES[facts.status] in DEAD and any(row.pk == facts.our_number for row in rows)


def _foreign(payment: Payment, facts: RefundFacts, *, now: datetime) -> Refund:
    return Refund.objects.create(
        payment=payment,
        amount_minor=facts.amount_minor,
        currency=facts.currency,
        state=STATES[facts.status],
        is_foreign=True,
        reason="made in Stripe's dashboard",
        stripe_id=facts.id,
        failure_reason=facts.failure_reason,
        created_at=facts.created_at,
        updated_at=now,
    )


def _update(row: Refund, facts: RefundFacts, *, now: datetime) -> bool:
    """Whether the row's state changed."""
    state = STATES[facts.status]
    if (row.stripe_id, row.state) == (facts.id, state):
        return False
    row.stripe_id, row.state, row.updated_at = facts.id, state, now
    row.failure_reason, row.last_error, row.next_try_at = facts.failure_reason, "", None
    row.save()
    return True
