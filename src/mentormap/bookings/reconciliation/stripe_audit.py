"""The daily audit: Stripe's lists of checkouts, refunds, disputes and balance transactions against our rows.

It trusts nothing that came by webhook or poller. What Stripe has and we have not is settled where it names a payment of ours, and
otherwise flagged for the operator: somebody else uses this account's key, or a database was restored from an older copy. What was
given back in full needs nobody. Lists and rows are read one after the other while people pay and are paid back, so what nothing
here knows is looked at again before it counts.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from django.db.models import Min, Q, QuerySet

from mentormap.bookings.settlement.settle import settle
from mentormap.lib.money import NO_BREAK_SPACE, Money, format_money
from mentormap.payments import flags, gateway
from mentormap.payments.models import Dispute, Flag, FraudWarning, Payment, Refund
from mentormap.payments.refunds import STATES, is_for
from mentormap.payments.stripe_objects import (
    StripeBalanceEntry,
    StripeCheckout,
    StripeDispute,
    StripeFraudWarning,
    StripeRefund,
)

LOOK_BACK = timedelta(days=3)
"""More than a day, so that a worker that was away for two misses nothing."""
LONGEST_DEBIT = timedelta(days=21)
"""How long after it was entered on the balance a bank debit may bring its money; SEPA takes up to 14 business days."""
CLOCKS_APART = timedelta(minutes=10)
"""How far Stripe's clock may be behind ours."""

Listed = StripeCheckout | StripeRefund | StripeBalanceEntry | StripeDispute | StripeFraudWarning


@dataclass(frozen=True)
class Discrepancy:
    """An object of Stripe that our rows do not have, in a sentence; settling `payment_id` repairs it, unless that is None.

    `stripe_id` is the PaymentIntent that it is about, or the object itself where that has none.
    """

    sentence: str
    stripe_id: str
    payment_id: int | None = None


def run(now: datetime) -> list[str]:
    """Settles what differs and returns, in sentences, what settling cannot repair. Raises StripeUnavailable and StripeRefused."""
    return settle_or_flag(list(discrepancies(now)), now=now)


def settle_or_flag(found: Sequence[Discrepancy], *, now: datetime) -> list[str]:
    """Settles what can be settled, flags and returns the other sentences. `found` is all that one audit finds.

    Raises StripeUnavailable and StripeRefused.
    """
    for discrepancy in found:
        if discrepancy.payment_id is not None:
            settle(discrepancy.payment_id, now=now, thorough=True)
    flags.flag_unknown(unknown(found), now=now)
    return [discrepancy.sentence for discrepancy in found if discrepancy.payment_id is None]


def unknown(found: Iterable[Discrepancy]) -> dict[str, str]:
    """Returns sentences, by Stripe's id, about what settling cannot repair."""
    by_id: dict[str, list[str]] = defaultdict(list)
    for discrepancy in found:
        if discrepancy.payment_id is None:
            by_id[discrepancy.stripe_id].append(discrepancy.sentence)
    return {stripe_id: " ".join(sentences) for stripe_id, sentences in by_id.items()}


def discrepancies(now: datetime) -> list[Discrepancy]:
    """Only asks and compares. Raises StripeUnavailable and StripeRefused."""
    since = _look_back_to(now)
    checkouts = list(gateway.paid_checkouts(created_from=since))
    charges = list(gateway.recent_charges(created_from=since, delayed_from=since - LONGEST_DEBIT))
    refunds = list(gateway.recent_refunds(created_from=since))
    warnings = gateway.recent_warnings(created_from=since)
    captured: list[StripeBalanceEntry | StripeCheckout] = [*charges, *checkouts]
    references = References(captured)
    listed: Iterable[Listed] = chain(checkouts, refunds, charges, _disputes(since), warnings)
    checked = [(facts, _check(facts, references)) for facts in listed]
    found = [(facts, discrepancy) for facts, discrepancy in checked if discrepancy]
    if any(discrepancy.payment_id is None for _, discrepancy in found):
        later = gateway.recent_refunds(created_from=now - CLOCKS_APART)
        refunds = list({refund.id: refund for refund in chain(refunds, later)}.values())
    return list(_relevant(found, returned=_returned_in_full(captured, refunds)))


def _relevant(found: Iterable[tuple[Listed, Discrepancy]], *, returned: set[str]) -> Iterator[Discrepancy]:
    """Settling a paid checkout repairs everything about its payment."""
    unsettled = set()
    for facts, discrepancy in found:
        if discrepancy.payment_id is None and facts.intent_id in returned:
            continue
        if isinstance(facts, StripeCheckout):
            unsettled |= {facts.intent_id} if discrepancy.payment_id else set()
        elif facts.intent_id in unsettled:
            continue
        yield discrepancy


class References:
    """Whose money it is: the reference that we gave its PaymentIntent. Stripe is asked once for each that its lists do not tell."""

    def __init__(self, captured: Iterable[StripeCheckout | StripeBalanceEntry]) -> None:
        self._known = {facts.intent_id: facts.reference for facts in captured}

    def awaited(self, intent_id: str) -> Payment | None:
        """The payment of ours whose money has come, and which has not been seen paid yet."""
        if intent_id and intent_id not in self._known:
            self._known[intent_id] = gateway.fetch_reference(intent_id)
        reference = self._known.get(intent_id, "")
        return _awaited().filter(reference=reference).first() if reference else None


def _awaited() -> QuerySet[Payment]:
    """All that settling, or the reconciler, may still find paid."""
    seen = Q(state__in=[Payment.State.PAID, Payment.State.LOST])
    never_made = Q(state=Payment.State.FAILED, checkout_id=None)
    return Payment.objects.filter(source=Payment.Source.STRIPE).exclude(seen | never_made)


def _look_back_to(now: datetime) -> datetime:
    """As far as what is still flagged, so that no flag goes only because its money came long ago."""
    oldest: datetime | None = Flag.objects.open().unmatched().aggregate(at=Min("raised_at"))["at"]
    return min(now, oldest or now) - LOOK_BACK


def _returned_in_full(
    captured: Sequence[StripeCheckout | StripeBalanceEntry], refunds: Sequence[StripeRefund]
) -> set[str]:
    """The PaymentIntents that no payment of ours knows, and of which nothing is left."""
    back: Counter[tuple[str, str]] = Counter()
    for refund in refunds:
        if refund.status not in {"failed", "canceled"}:
            back[refund.intent_id, refund.currency] += refund.amount_minor
    returned = {facts.intent_id for facts in captured if facts.intent_id and _is_back(facts, back)}
    ours = Payment.objects.filter(payment_intent_id__in=returned)
    return returned - set(ours.values_list("payment_intent_id", flat=True))


def _is_back(facts: StripeCheckout | StripeBalanceEntry, back: Counter[tuple[str, str]]) -> bool:
    """A debit's money may have gone back before the refunds that are listed."""
    is_returned = isinstance(facts, StripeBalanceEntry) and facts.is_returned
    return is_returned or back[facts.intent_id, facts.currency] >= facts.amount_minor


def _disputes(since: datetime) -> Iterator[StripeDispute]:
    """Yields disputes opened recently, and those that last for weeks."""
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


def _check(facts: Listed, references: References) -> Discrepancy | None:
    """Checks an object that no row knows twice: it may have been settled between two queries."""
    found = _check_once(facts, references)
    return _check_once(facts, references) if found and found.payment_id is None else found


def _check_once(facts: Listed, references: References) -> Discrepancy | None:
    match facts:
        case StripeCheckout():
            return _of_checkout(facts)
        case StripeRefund():
            return _of_refund(facts, references)
        case StripeBalanceEntry():
            return _of_charge(facts, references)
        case StripeDispute():
            return _of_dispute(facts, references)
        case StripeFraudWarning():
            return _of_warning(facts, references)


def _of_checkout(facts: StripeCheckout) -> Discrepancy | None:
    payment = Payment.objects.filter(checkout_id=facts.id).first()
    payment = payment or _awaited().filter(checkout_id=None, reference=facts.reference).first()
    if payment is None:
        sentence = f"Checkout {facts.id} of {_amount(facts)} was paid, and no payment of ours knows it."
        return Discrepancy(sentence, facts.intent_id or facts.id)
    if payment.state == Payment.State.PAID:
        return None
    return Discrepancy(
        f"Checkout {facts.id} was paid; payment {payment.pk} is {payment.state} here.",
        facts.intent_id or facts.id,
        payment.pk,
    )


def _of_refund(facts: StripeRefund, references: References) -> Discrepancy | None:
    if Refund.objects.filter(stripe_id=facts.id, state=STATES[facts.status]).exists() or _was_retried(facts):
        return None
    payment = _of_intent(facts.intent_id, references)
    if payment is None:
        return Discrepancy(f"Refund {facts.id} is of no payment of ours.", facts.intent_id or facts.id)
    return Discrepancy(
        f"Refund {facts.id} of payment {payment.pk} is {facts.status}, and not so here.",
        facts.intent_id,
        payment.pk,
    )


def _was_retried(facts: StripeRefund) -> bool:
    """A try of ours that came to nothing is of no interest once there is another."""
    if facts.status not in {"failed", "canceled"}:
        return False
    rows = (
        Refund.objects.filter(payment__payment_intent_id=facts.intent_id)
        .exclude(stripe_id=facts.id)
        .exclude(stripe_id=None, attempt=1)
    )
    return any(is_for(row, facts) for row in rows.select_related("payment"))


def _of_dispute(facts: StripeDispute, references: References) -> Discrepancy | None:
    known = Dispute.objects.filter(stripe_id=facts.id, status=facts.status, is_withdrawn=facts.is_withdrawn)
    if known.exists():
        return None
    payment = _of_intent(facts.intent_id, references)
    if payment is None:
        return Discrepancy(f"Dispute {facts.id} is over no payment of ours.", facts.intent_id or facts.id)
    return Discrepancy(
        f"Dispute {facts.id} over payment {payment.pk} is {facts.status}, and not so here.",
        facts.intent_id,
        payment.pk,
    )


def _of_warning(facts: StripeFraudWarning, references: References) -> Discrepancy | None:
    if FraudWarning.objects.filter(stripe_id=facts.id, actionable=facts.is_actionable).exists():
        return None
    payment = _of_intent(facts.intent_id, references)
    if payment is None:
        return Discrepancy(f"Fraud warning {facts.id} is of no payment of ours.", facts.intent_id or facts.id)
    return Discrepancy(
        f"Fraud warning {facts.id} of payment {payment.pk} is not known here.", facts.intent_id, payment.pk
    )


def _of_intent(intent_id: str, references: References) -> Payment | None:
    known = Payment.objects.filter(payment_intent_id=intent_id).exclude(payment_intent_id="").first()
    return known or references.awaited(intent_id)


def _of_charge(facts: StripeBalanceEntry, references: References) -> Discrepancy | None:
    """Each is a captured payment of ours, where the account settles in the payment's own currency."""
    stripe_id = facts.intent_id or facts.charge_id
    payment = Payment.objects.filter(charge_id=facts.charge_id).first()
    if payment is None:
        name = f"Charge {facts.charge_id} of {_amount(facts)}"
        awaited = references.awaited(facts.intent_id)
        if awaited is None:
            return Discrepancy(f"{name} is on the balance, and no payment of ours knows it.", stripe_id)
        sentence = f"{name} is on the balance; payment {awaited.pk} is {awaited.state} here."
        return Discrepancy(sentence, stripe_id, awaited.pk)
    if payment.currency != facts.currency or payment.captured_minor == facts.amount_minor:
        return None
    return Discrepancy(
        f"Charge {facts.charge_id} brought {facts.amount_minor} {facts.currency}; payment {payment.pk} has {payment.captured_minor}.",
        stripe_id,
    )


def _amount(facts: StripeCheckout | StripeBalanceEntry) -> str:
    """Such as "120.00 USD"."""
    text = format_money(Money(facts.amount_minor, facts.currency), locale="en")
    return text.replace(NO_BREAK_SPACE, " ")
