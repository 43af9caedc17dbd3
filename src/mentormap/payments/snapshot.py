"""A payment's state at Stripe now: its checkout, and refunds, disputes and fraud warnings if there is reason to ask."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Exists, OuterRef

from mentormap.payments import gateway
from mentormap.payments.gateway import StripeMissing, StripeRefused
from mentormap.payments.models import Dispute, FraudWarning, Payment, Refund, StripeEvent
from mentormap.payments.stripe_objects import StripeCheckout, StripeDispute, StripeFraudWarning, StripeRefund


@dataclass(frozen=True)
class PaymentSnapshot:
    """`checkout` is None where Stripe does not know it; a list is None where nobody knows of anything that would stand in it.

    `arrived_at` is when a delayed method brought the money.
    """

    checkout: StripeCheckout | None
    refunds: list[StripeRefund] | None = None
    disputes: list[StripeDispute] | None = None
    warnings: list[StripeFraudWarning] | None = None
    arrived_at: datetime | None = None


class Known(NamedTuple):
    """The kinds of objects that our own rows know."""

    refunds: bool
    disputes: bool
    warnings: bool


def load(payment_id: int) -> tuple[Payment, Known]:
    """The payment before Stripe is asked about it, and what is known of it, in one query."""
    warnings = FraudWarning.objects.filter(payment=OuterRef("pk"), actionable=True)
    payment = Payment.objects.annotate(
        has_refunds=Exists(Refund.objects.filter(payment=OuterRef("pk"))),
        has_disputes=Exists(Dispute.objects.filter(payment=OuterRef("pk"))),
        has_warnings=Exists(warnings),
    ).get(pk=payment_id)
    return payment, Known(payment.has_refunds, payment.has_disputes, payment.has_warnings)


def fetch(payment: Payment, known: Known, event: StripeEvent | None, *, thorough: bool) -> PaymentSnapshot:
    """One to five requests. Of some things an event alone tells, such as a refund that failed before we ever saw it.

    `thorough` asks for everything. Raises StripeUnavailable and StripeRefused.
    """
    try:
        checkout = gateway.fetch_checkout(payment.checkout_id or "")
    except StripeMissing:
        return PaymentSnapshot(checkout=None)
    if not checkout.is_paid:
        return PaymentSnapshot(checkout)
    hints = "refund dispute early_fraud_warning" if thorough else event.type if event else ""
    ask_refunds = "refund" in hints or known.refunds or checkout.refunded_minor > 0
    ask_disputes = "dispute" in hints or known.disputes or checkout.is_disputed
    ask_warnings = "early_fraud_warning" in hints or known.warnings
    return PaymentSnapshot(
        checkout,
        gateway.list_refunds(checkout.intent_id) if ask_refunds else None,
        gateway.list_disputes(checkout.intent_id) if ask_disputes else None,
        gateway.list_warnings(checkout.intent_id) if ask_warnings else None,
        None if payment.paid_at else _arrival(checkout),
    )


def _arrival(checkout: StripeCheckout) -> datetime | None:
    if checkout.charged_at is None or not checkout.may_be_delayed:
        return None
    try:
        return gateway.find_arrival(checkout.id, charged_at=checkout.charged_at)
    except StripeRefused:  # a key that may not read events; nobody's booking waits for that
        return None
