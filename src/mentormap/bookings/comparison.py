"""The daily comparison: Stripe's lists of checkouts, refunds and balance transactions against our rows.

It trusts nothing that came by webhook or poller. What Stripe has and we have not is settled where it names a payment of ours, and
otherwise a finding for the operator: somebody else uses this account's key, or a database was restored from an older copy.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from mentormap.bookings.settlement import settle
from mentormap.payments import gateway
from mentormap.payments.gateway import CheckoutFacts, RefundFacts
from mentormap.payments.models import Payment, Refund
from mentormap.payments.refunds import STATES

LOOK_BACK = timedelta(days=3)
"""More than a day, so that a worker that was away for two misses nothing."""


def run(now: datetime) -> list[str]:
    """Settles what differs and returns, in sentences, what settling cannot mend. Raises StripeUnavailable and StripeRefused."""
    since = now - LOOK_BACK
    findings = [_checkout(facts, now=now) for facts in gateway.paid_checkouts(created_from=since)]
    findings += [_refund(facts, now=now) for facts in gateway.recent_refunds(created_from=since)]
    findings += list(_charges(since))
    return [finding for finding in findings if finding]


def _checkout(facts: CheckoutFacts, *, now: datetime) -> str:
    payment = Payment.objects.filter(checkout_id=facts.id).first()
    if payment is None:
        return f"Checkout {facts.id} was paid, and no payment of ours knows it."
    if payment.state != Payment.State.PAID:
        settle(payment.pk, now=now)
    return ""


def _refund(facts: RefundFacts, *, now: datetime) -> str:
    if Refund.objects.filter(stripe_id=facts.id, state=STATES[facts.status]).exists():
        return ""
    payment = Payment.objects.filter(payment_intent_id=facts.intent_id).exclude(payment_intent_id="").first()
    if payment is None:
        return f"Refund {facts.id} is of no payment of ours."
    settle(payment.pk, now=now)
    return ""


def _charges(since: datetime) -> Iterator[str]:
    """Each charge on the balance is a captured payment of ours, where the account settles in the payment's own currency."""
    for charge_id, amount, currency in gateway.recent_charges(created_from=since):
        payment = Payment.objects.filter(charge_id=charge_id).first()
        if payment is None:
            yield f"Charge {charge_id} is on the balance, and no payment of ours knows it."
        elif payment.currency == currency and payment.captured_minor != amount:
            yield f"Charge {charge_id} brought {amount} {currency}; payment {payment.pk} has {payment.captured_minor}."
