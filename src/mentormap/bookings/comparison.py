"""The daily comparison: Stripe's lists of checkouts, refunds, disputes and balance transactions against our rows.

It trusts nothing that came by webhook or poller. What Stripe has and we have not is settled where it names a payment of ours, and
otherwise a finding for the operator: somebody else uses this account's key, or a database was restored from an older copy.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from django.db.models import Q

from mentormap.bookings.settlement import settle
from mentormap.payments import gateway
from mentormap.payments.facts import CheckoutFacts, DisputeFacts, EntryFacts, RefundFacts, WarningFacts
from mentormap.payments.models import Dispute, Flag, FraudWarning, Payment, Refund
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
            settle(difference.payment_id, now=now, thorough=True)
    return rest


def differences(now: datetime) -> Iterator[Difference]:
    """Only asks and compares. Raises StripeUnavailable and StripeRefused."""
    since, unsettled = now - LOOK_BACK, set()
    for checkout in gateway.paid_checkouts(created_from=since):
        if difference := _of_checkout(checkout):
            unsettled |= {checkout.intent_id} if difference.payment_id else set()
            yield difference
    of_payments: list[Iterator[tuple[str, Difference | None]]] = [
        ((facts.intent_id, _of_refund(facts)) for facts in gateway.recent_refunds(created_from=since)),
        ((facts.intent_id, _of_charge(facts)) for facts in gateway.recent_charges(created_from=since)),
        ((facts.intent_id, _of_dispute(facts)) for facts in _disputes(since)),
        ((facts.intent_id, _of_warning(facts)) for facts in gateway.recent_warnings(created_from=since)),
    ]
    for intent_id, found in chain.from_iterable(of_payments):
        if found and intent_id not in unsettled:
            yield found


def _disputes(since: datetime) -> Iterator[DisputeFacts]:
    """Those opened lately, and those that go on for weeks."""
    going_on = Payment.objects.filter(
        Q(pk__in=Dispute.objects.open().values("payment"))
        | Q(pk__in=Flag.objects.open().filter(name=Flag.Name.DISPUTED).values("payment"))
    )
    intents = list(going_on.exclude(payment_intent_id="").values_list("payment_intent_id", flat=True))
    yield from (
        dispute for dispute in gateway.recent_disputes(created_from=since) if dispute.intent_id not in intents
    )
    for intent_id in intents:
        yield from gateway.list_disputes(intent_id)


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
    payment = _of_intent(facts.intent_id)
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


def _of_dispute(facts: DisputeFacts) -> Difference | None:
    known = Dispute.objects.filter(stripe_id=facts.id, status=facts.status, is_withdrawn=facts.is_withdrawn)
    if known.exists():
        return None
    payment = _of_intent(facts.intent_id)
    if payment is None:
        return Difference(f"Dispute {facts.id} is over no payment of ours.")
    return Difference(
        f"Dispute {facts.id} over payment {payment.pk} is {facts.status}, and not so here.", payment.pk
    )


def _of_warning(facts: WarningFacts) -> Difference | None:
    if FraudWarning.objects.filter(stripe_id=facts.id, actionable=facts.is_actionable).exists():
        return None
    payment = _of_intent(facts.intent_id)
    if payment is None:
        return Difference(f"Fraud warning {facts.id} is of no payment of ours.")
    return Difference(f"Fraud warning {facts.id} of payment {payment.pk} is not known here.", payment.pk)


def _of_intent(intent_id: str) -> Payment | None:
    return Payment.objects.filter(payment_intent_id=intent_id).exclude(payment_intent_id="").first()


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
