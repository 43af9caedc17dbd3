"""The daily comparison: Stripe's lists of checkouts, refunds and balance transactions against our rows.

It trusts nothing that came by webhook or poller. What Stripe has and we have not is settled where it names a payment of ours, and
otherwise a finding for the operator: somebody else uses this account's key, or a database was restored from an older copy.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from mentormap.bookings.settlement import settle
from mentormap.payments import gateway
from mentormap.payments.facts import CheckoutFacts, EntryFacts, RefundFacts
from mentormap.payments.models import Payment, Refund
from mentormap.payments.refunds import STATES

LOOK_BACK = timedelta(days=3)
"""More than a day, so that a worker that was away for two misses nothing."""


@dataclass(frozen=True)
class Difference:
    """What Stripe has and our rows have not, in a sentence; settling `payment_id` mends it, and nothing does where that is None."""

    sentence: str
    payment_id: int | None = None


def run(now: datetime) -> list[str]:
    """Settles what differs and returns, in sentences, what settling cannot mend. Raises StripeUnavailable and StripeRefused."""
    return mend(list(differences(now)), now=now)


def mend(found: Iterable[Difference], *, now: datetime) -> list[str]:
    """Settles what can be settled, returns the other sentences. Raises StripeUnavailable and StripeRefused."""
    rest = []
    for difference in found:
        if difference.payment_id is None:
            rest.append(difference.sentence)
        else:
            settle(difference.payment_id, now=now)
    return rest


def differences(now: datetime) -> Iterator[Difference]:
    """Only asks and compares. Raises StripeUnavailable and StripeRefused."""
    since, unsettled = now - LOOK_BACK, set()
    for checkout in gateway.paid_checkouts(created_from=since):
        if difference := _of_checkout(checkout):
            unsettled |= {checkout.intent_id} if difference.payment_id else set()
            yield difference
    for refund in gateway.recent_refunds(created_from=since):
        if refund.intent_id not in unsettled and (difference := _of_refund(refund)):
            yield difference
    for charge in gateway.recent_charges(created_from=since):
        if charge.intent_id not in unsettled and (difference := _of_charge(charge)):
            yield difference


def _of_checkout(facts: CheckoutFacts) -> Difference | None:
    payment = Payment.objects.filter(checkout_id=facts.id).first()
    if payment is None:
        return Difference(f"Checkout {facts.id} was paid, and no payment of ours knows it.")
    if payment.state == Payment.State.PAID:
        return None
    return Difference(
        f"Checkout {facts.id} was paid; payment {payment.pk} is {payment.state} here.", payment.pk
    )


def _of_refund(facts: RefundFacts) -> Difference | None:
    if Refund.objects.filter(stripe_id=facts.id, state=STATES[facts.status]).exists() or _was_tried_anew(
        facts
    ):
        return None
    payment = Payment.objects.filter(payment_intent_id=facts.intent_id).exclude(payment_intent_id="").first()
    if payment is None:
        return Difference(f"Refund {facts.id} is of no payment of ours.")
    return Difference(
        f"Refund {facts.id} of payment {payment.pk} is {facts.status}, and not so here.", payment.pk
    )


def _was_tried_anew(facts: RefundFacts) -> bool:
    """A try of ours that came to nothing is of no interest once there is another."""
    row = (
        Refund.objects.filter(pk=facts.our_number or 0)
        .exclude(stripe_id=facts.id)
        .exclude(stripe_id=None, attempt=1)
    )
    return facts.status in {"failed", "canceled"} and row.exists()


def _of_charge(facts: EntryFacts) -> Difference | None:
    """Each is a captured payment of ours, where the account settles in the payment's own currency."""
    payment = Payment.objects.filter(charge_id=facts.charge_id).first()
    if payment is None:
        return Difference(f"Charge {facts.charge_id} is on the balance, and no payment of ours knows it.")
    if payment.currency != facts.currency or payment.captured_minor == facts.amount_minor:
        return None
    return Difference(
        f"Charge {facts.charge_id} brought {facts.amount_minor} {facts.currency}; payment {payment.pk} has {payment.captured_minor}."
    )
