"""Disputes and early fraud warnings, as Stripe has them, in our rows; and the flags that go with them."""

from collections.abc import Sequence
from datetime import datetime

from mentormap.lib.money import format_money
from mentormap.payments import flags
from mentormap.payments.models import Dispute, Flag, FraudWarning, Payment, Refund
from mentormap.payments.stripe_objects import StripeDispute, StripeFraudWarning


def sync_disputes(payment: Payment, listed: Sequence[StripeDispute], *, now: datetime) -> None:
    """Makes our rows say what Stripe's list says, and the flags what the rows say. Call it with the payment's row locked.

    Refunds that waited for the bank's decision are due again once it has decided.
    """
    was_blocked = payment.disputes.blocking().exists()
    for facts in listed:
        _sync_dispute(payment, facts, now=now)
    disputes = list(payment.disputes.all())
    payment.lost_minor = sum(_lost_minor(dispute, payment) for dispute in disputes)
    _flag(payment, Flag.Name.DISPUTED, [each for each in disputes if each.is_open], now=now)
    _flag(payment, Flag.Name.DISPUTE_LOST, [each for each in disputes if each.is_lost], now=now)
    if was_blocked and not payment.disputes.blocking().exists():
        waiting = payment.refunds.filter(state=Refund.State.REQUESTED)
        waiting.update(next_try_at=now, is_refused=False, updated_at=now)


def _sync_dispute(payment: Payment, facts: StripeDispute, *, now: datetime) -> None:
    columns = {
        "status": facts.status,
        "reason": facts.reason[:100],
        "amount_minor": facts.amount_minor,
        "currency": facts.currency,
        "is_withdrawn": facts.is_withdrawn,
        "evidence_due_by": facts.evidence_due_by,
        "opened_at": facts.opened_at,
    }
    known = Dispute.objects.filter(payment=payment, stripe_id=facts.id)
    if known.filter(**columns).exists():
        return
    if not known.update(**columns, updated_at=now):
        Dispute.objects.create(payment=payment, stripe_id=facts.id, **columns, updated_at=now)
    payment.version += 1


def _lost_minor(dispute: Dispute, payment: Payment) -> int:
    """Returns the amount that the bank keeps; all of it if the dispute has another currency than the payment."""
    if not (dispute.is_lost and dispute.is_withdrawn):
        return 0
    return dispute.amount_minor if dispute.currency == payment.currency else payment.captured_minor


def _flag(payment: Payment, name: Flag.Name, disputes: Sequence[Dispute], *, now: datetime) -> None:
    if disputes:
        flags.raise_flag(payment, name, "\n".join(_flag_text(dispute) for dispute in disputes), now=now)
    else:
        flags.clear(payment, name, now=now)


def _flag_text(dispute: Dispute) -> str:
    status = dispute.status.replace("_", " ")
    columns = (
        f"{dispute.stripe_id} over {format_money(dispute.amount, locale='en')}, {dispute.reason}: {status}"
    )
    due = dispute.evidence_due_by
    is_answer_due = due is not None and dispute.status.endswith("needs_response")
    return f"{columns}; evidence is due by {due:%Y-%m-%d %H:%M} UTC." if is_answer_due else f"{columns}."


def sync_warnings(payment: Payment, listed: Sequence[StripeFraudWarning], *, now: datetime) -> None:
    """The same for early fraud warnings. Call it with the payment's row locked."""
    for facts in listed:
        columns = {
            "fraud_type": facts.fraud_type[:100],
            "actionable": facts.is_actionable,
            "created_at": facts.created_at,
        }
        known = FraudWarning.objects.filter(payment=payment, stripe_id=facts.id)
        if known.filter(**columns).exists():
            continue
        if not known.update(**columns):
            FraudWarning.objects.create(payment=payment, stripe_id=facts.id, **columns)
        payment.version += 1
    pressing = payment.fraud_warnings.filter(actionable=True)
    note = "\n".join(f"{each.stripe_id}: {each.fraud_type.replace('_', ' ')}." for each in pressing)
    if note:
        flags.raise_flag(payment, Flag.Name.FRAUD_WARNING, note, now=now)
    else:
        flags.clear(payment, Flag.Name.FRAUD_WARNING, now=now)
