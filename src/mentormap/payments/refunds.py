"""Refunds: the row first, then one attempt after another, each sent with the row's uid and a key stored in the row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from mentormap.lib.backoff import Backoff
from mentormap.lib.money import Money
from mentormap.payments import gateway
from mentormap.payments.gateway import StripeRefused, StripeUnavailable
from mentormap.payments.models import Dispute, Payment, Refund, RefundQuerySet
from mentormap.payments.stripe_objects import StripeRefund

LEASE = timedelta(minutes=2)
BACKOFF = Backoff(timedelta(seconds=15), timedelta(hours=1))
BACKOFF_OF_REFUSED = Backoff(timedelta(hours=1), timedelta(days=1))
A_MOMENT = timedelta(seconds=1)
STATES = {
    "pending": Refund.State.PENDING,
    "requires_action": Refund.State.REQUIRES_ACTION,
    "succeeded": Refund.State.SUCCEEDED,
    "failed": Refund.State.FAILED,
    "canceled": Refund.State.CANCELED,
}


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


def left_to_give(payment: Payment) -> Money:
    """Returns the part of a payment that is neither refunded nor on its way back."""
    waiting = payment.refunds.filter(state=Refund.State.REQUESTED).values_list("amount_minor", flat=True)
    requested = sum(waiting) if payment.owed_minor else 0
    return Money(max(0, payment.left.minor - requested), payment.currency)


def due(now: datetime, *, payment_id: int | None = None) -> Sequence[Refund]:
    """Requested refunds whose next try has come: of one payment, or of all. While the bank holds the money, none is."""
    waiting = Refund.objects.filter(
        Q(next_try_at=None) | Q(next_try_at__lte=now), state=Refund.State.REQUESTED
    ).exclude(payment__in=Dispute.objects.blocking().values("payment"))
    if payment_id is not None:
        waiting = waiting.filter(payment_id=payment_id)
    return list(waiting.select_related("payment").order_by("pk")[:100])


def send(refund: Refund, *, now: datetime) -> bool:
    """Tries once, if no other process holds the lease or has tried since the row was read. A try after the first looks before it
    sends, and so does a first one that comes late: in a database restored from a backup it may be none.

    The row keeps Stripe's id, and its state is left to the settlement that mirrors Stripe's list. Returns whether Stripe has
    the refund now. Raises StripeRefused once a definite no is noted: something that we do not know stands against it.
    """
    is_due = Q(next_try_at=None) | Q(next_try_at__lte=now)
    claim = _unchanged(refund).filter(is_due, tries=refund.tries)
    refund.idempotency_keys[str(refund.attempt)] = refund.key_of(refund.attempt)
    kept = {"idempotency_keys": refund.idempotency_keys}
    if not claim.update(next_try_at=now + LEASE, tries=F("tries") + 1, **kept):
        return False
    refund.tries += 1
    is_fresh = refund.tries == 1 and now - refund.created_at < LEASE
    try:
        if is_fresh or not _found(refund):
            return _send(refund)
    except StripeUnavailable as error:
        _postpone(refund, error, now=now, is_answer=error.is_kept)
        return False
    except StripeRefused as error:
        _postpone(refund, error, now=now, is_answer=True, is_refused=True)
        raise
    return True


def _found(refund: Refund) -> bool:
    """An earlier try may have reached Stripe although no answer came, and its key may have lapsed since."""
    listed = gateway.list_refunds(refund.payment.payment_intent_id)
    return any(is_for(refund, facts) and STATES[facts.status] not in Refund.DEAD for facts in listed)


def is_for(row: Refund, facts: StripeRefund) -> bool:
    """Returns whether Stripe's refund was sent for this row, that is, carries its uid.

    Version 0.1.0 sent the row number instead, which a restored database assigns again. It is accepted only for a row from
    before the upgrade, with the payment's reference and the same amount.
    """
    if facts.our_id == row.uid.hex:
        return True
    sent = (row.payment.reference, row.amount_minor, row.currency)
    is_same = (facts.reference, facts.amount_minor, facts.currency) == sent
    return is_same and facts.our_id in row.ids_sent


def _unchanged(refund: Refund) -> RefundQuerySet:
    """The row, if it asks for what it asked for when it was read."""
    return Refund.objects.filter(
        pk=refund.pk, attempt=refund.attempt, amount_minor=refund.amount_minor, state=Refund.State.REQUESTED
    )


def _send(refund: Refund) -> bool:
    """Sends with a key stored in the row beforehand. Returns False if the row has changed since it was read.

    A key for which Stripe would only repeat its answer is not used again: Stripe's list has shown that it did nothing.
    """
    if refund.was_answered and not _begin_attempt(refund):
        return False
    made = gateway.create_refund(
        intent_id=refund.payment.payment_intent_id,
        amount_minor=refund.amount_minor,
        our_id=refund.id_sent_with(refund.attempt),
        reference=refund.payment.reference,
        idempotency_key=refund.key_of(refund.attempt),
    )
    Refund.objects.filter(pk=refund.pk, stripe_id=None).update(stripe_id=made.id)
    return True


def _begin_attempt(refund: Refund) -> bool:
    unchanged = _unchanged(refund)
    refund.attempt, refund.was_answered = refund.attempt + 1, False
    refund.idempotency_keys[str(refund.attempt)] = refund.key_of(refund.attempt)
    kept = {name: getattr(refund, name) for name in ("attempt", "was_answered", "idempotency_keys")}
    return bool(unchanged.update(**kept))


def _postpone(
    refund: Refund, error: Exception, *, now: datetime, is_answer: bool, is_refused: bool = False
) -> None:
    """A refusal stands until somebody changes something, so it is not asked for every few minutes."""
    backoff = BACKOFF_OF_REFUSED if is_refused else BACKOFF
    Refund.objects.filter(pk=refund.pk, state=Refund.State.REQUESTED).update(
        next_try_at=now + backoff.pause(refund.tries),
        last_error=str(error)[:2000],
        was_answered=refund.was_answered or is_answer,
        is_refused=is_refused,
    )


@transaction.atomic
def retry(refund: Refund, *, now: datetime) -> bool:
    """Asks again for a refund that failed; a job sends it. Returns whether the row was in a state for it.

    Ours is the same row under a new key. One made in the dashboard is given up, and asked for as one of ours.
    """
    payment = Payment.objects.select_for_update().get(pk=refund.payment_id)
    row = Refund.objects.failed().select_for_update().filter(pk=refund.pk).first()
    if row is None:
        return False
    if row.is_foreign:
        row.given_up_at = now
        request(payment, row.amount, reason="requested again after it had failed", now=now)
    else:
        row.state, row.attempt, row.stripe_id = Refund.State.REQUESTED, row.attempt + 1, None
        row.next_try_at, row.updated_at = now, now
    row.save()
    payment.version += 1
    payment.save()
    return True


@transaction.atomic
def abandon(payment_id: int, *, now: datetime) -> None:
    """Gives up failed and refused refunds: the money went back in another way, or not at all."""
    payment = Payment.objects.select_for_update().get(pk=payment_id)
    refused = Q(state=Refund.State.REQUESTED, is_refused=True)
    hopeless = Refund.objects.select_for_update().filter(
        Q(state__in=Refund.DEAD) | refused, payment=payment, given_up_at=None
    )
    for row in hopeless:
        row.given_up_at, row.next_try_at, row.updated_at = now, None, now
        row.state = Refund.State.CANCELED if row.state == Refund.State.REQUESTED else row.state
        row.save()
        payment.owed_minor -= 0 if row.is_foreign else row.amount_minor
    payment.version += 1
    payment.save()


def was_once_complete(listed: Sequence[StripeRefund], captured_minor: int) -> bool:
    """Returns whether at any moment all that was captured was on its way back, whatever failed afterwards.

    The same whenever it is asked: before a failure, or when that is all that we ever see.
    """
    moments = (refund.created_at for refund in listed)
    sums = (sum(each.amount_minor for each in listed if _stood(each, moment)) for moment in moments)
    return any(total >= captured_minor > 0 for total in sums)


def _stood(refund: StripeRefund, moment: datetime) -> bool:
    """Stripe does not tell when a refund was cancelled: that one counts for the moment in which it was made."""
    if STATES[refund.status] not in Refund.DEAD:
        return refund.created_at <= moment
    return refund.created_at <= moment < (refund.failed_at or refund.created_at + A_MOMENT)


@dataclass(frozen=True)
class SyncedRefunds:
    """All refunds of a payment as they are now, and which of them are not as they were."""

    rows: Sequence[Refund]
    changed: Sequence[Refund]

    @property
    def failed(self) -> Sequence[Refund]:
        return [row for row in self.rows if row.has_failed]

    @property
    def failed_just_now(self) -> Sequence[Refund]:
        return [row for row in self.changed if row.has_failed]

    @property
    def needing_action(self) -> Sequence[Refund]:
        return [row for row in self.rows if row.state == Refund.State.REQUIRES_ACTION]

    @property
    def refused(self) -> Sequence[Refund]:
        return [row for row in self.rows if row.state == Refund.State.REQUESTED and row.is_refused]


def sync(payment: Payment, listed: Sequence[StripeRefund], *, now: datetime) -> SyncedRefunds:
    """Makes our rows say what Stripe's list says.

    A refund of Stripe's is ours by its id, then by its metadata; any other was made in the dashboard.
    Call it with the payment's row locked.
    """
    rows = list(payment.refunds.select_for_update().order_by("pk"))
    changed = []
    for facts in listed:
        row = _row_of(facts, rows)
        if row is not None:
            changed += [row] if _update(row, facts, now=now) else []
        elif not _is_a_dead_try(facts, rows):
            rows.append(_foreign(payment, facts, now=now))
            changed.append(rows[-1])
    payment.refunded_minor = sum(row.amount_minor for row in rows if row.state in Refund.ACCEPTED)
    changed += _fit(rows, payment.left, now=now)
    changed += _abandon_replaced(rows, now=now) if payment.refunded_minor >= payment.captured_minor else []
    payment.owed_minor = sum(row.amount_minor for row in rows if not (row.is_foreign or row.given_up_at))
    payment.version += 1 if changed else 0
    return SyncedRefunds(rows, changed)


def _fit(rows: Sequence[Refund], left: Money, *, now: datetime) -> list[Refund]:
    """Shrinks waiting refunds to what others have left of the payment: Stripe refuses to refund more."""
    shrunk = []
    for row in rows:
        if row.state != Refund.State.REQUESTED or row.stripe_id:
            continue
        fitting = min(row.amount, left)
        if fitting != row.amount:
            _shrink(row, fitting, now=now)
            shrunk.append(row)
        left -= fitting
    return shrunk


def _abandon_replaced(rows: Sequence[Refund], *, now: datetime) -> list[Refund]:
    """All of the payment goes back by other refunds, so nobody waits any more for those that failed."""
    failed = [row for row in rows if row.has_failed]
    for row in failed:
        row.given_up_at, row.updated_at = now, now
        row.save()
    return failed


def _shrink(row: Refund, amount: Money, *, now: datetime) -> None:
    """Sent at once under a new key; where nothing is left, it is over."""
    row.amount_minor = amount.minor or row.amount_minor
    row.attempt, row.was_answered, row.is_refused = row.attempt + 1, False, False
    row.next_try_at, row.updated_at = now, now
    if not amount:
        row.state, row.failure_reason = Refund.State.CANCELED, "nothing was left to give back"
        row.given_up_at, row.next_try_at = now, None
    row.save()


def _row_of(facts: StripeRefund, rows: Sequence[Refund]) -> Refund | None:
    """By Stripe's id, else by its metadata where the row waits for an answer; a dead earlier try is no answer.

    One that lives is also the answer to a row whose try is dead: a backup was restored, made before it was sent.
    """
    by_id = next((row for row in rows if row.stripe_id == facts.id), None)
    is_dead = STATES[facts.status] in Refund.DEAD
    sent_for = (row for row in rows if is_for(row, facts))
    return by_id or next((row for row in sent_for if _is_answered_by(row, is_dead=is_dead)), None)


def _is_answered_by(row: Refund, *, is_dead: bool) -> bool:
    if row.stripe_id is None:
        return row.attempt == 1 or not is_dead
    return row.state in Refund.DEAD and not is_dead


def _is_a_dead_try(facts: StripeRefund, rows: Sequence[Refund]) -> bool:
    return STATES[facts.status] in Refund.DEAD and any(is_for(row, facts) for row in rows)


def _foreign(payment: Payment, facts: StripeRefund, *, now: datetime) -> Refund:
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


def _update(row: Refund, facts: StripeRefund, *, now: datetime) -> bool:
    """Returns whether the row's state changed. One that was given up and stands all the same counts again."""
    state = STATES[facts.status]
    if (row.stripe_id, row.state) == (facts.id, state):
        return False
    row.stripe_id, row.state, row.updated_at = facts.id, state, now
    row.amount_minor = facts.amount_minor
    row.failure_reason, row.last_error, row.next_try_at = facts.failure_reason, "", None
    row.is_refused = False
    row.given_up_at = row.given_up_at if state in Refund.DEAD else None
    row.save()
    return True
