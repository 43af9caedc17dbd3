"""Finds the payment of a Stripe event by the ids that its object carries: its data may be of another API version."""

from typing import Any

from django.db.models import QuerySet

from mentormap.payments import gateway
from mentormap.payments.gateway import StripeMissing
from mentormap.payments.models import Payment, StripeEvent

NAMES_ITS_CHARGE = frozenset({"dispute", "radar.early_fraud_warning", "refund"})


def payment_named(event: StripeEvent) -> Payment | None:
    """The payment of ours, of the event's account and mode, or None.

    A dispute or a warning carries no metadata of ours: until we know its charge, Stripe is asked whose that is. Raises
    StripeUnavailable and StripeRefused.
    """
    named = _object_of(event)
    ours = Payment.objects.filter(
        source=Payment.Source.STRIPE, account=event.account, livemode=event.livemode
    )
    if _text(named, "object") == "checkout.session":
        return ours.filter(checkout_id=_text(named, "id")).first()
    found = _by_intent(ours, _intent_of(named)) or _by_reference(ours, _reference_of(named))
    return found or (None if event.account else _by_charge(ours, named))


def _object_of(event: StripeEvent) -> dict[str, Any]:
    """Empty for a thin event, and for whatever else was signed and is not shaped like an event."""
    body = event.body if isinstance(event.body, dict) else {}
    data = body.get("data")
    named = data.get("object") if isinstance(data, dict) else None
    return named if isinstance(named, dict) else {}


def _text(named: dict[str, Any], field: str) -> str:
    """A field that holds an id, or nothing that could be one."""
    value = named.get(field)
    return value if isinstance(value, str) else ""


def _intent_of(named: dict[str, Any]) -> str:
    return _text(named, "id" if _text(named, "object") == "payment_intent" else "payment_intent")


def _reference_of(named: dict[str, Any]) -> str:
    """Before the first settlement the payment does not know its intent, but intent, charge and our refunds carry its reference."""
    metadata = named.get("metadata")
    return _text(metadata, "reference") if isinstance(metadata, dict) else ""


def _by_intent(ours: QuerySet[Payment], intent_id: str) -> Payment | None:
    return ours.filter(payment_intent_id=intent_id).first() if intent_id else None


def _by_reference(ours: QuerySet[Payment], reference: str) -> Payment | None:
    return ours.filter(reference=reference).first() if reference else None


def _by_charge(ours: QuerySet[Payment], named: dict[str, Any]) -> Payment | None:
    charge_id = _text(named, "charge")
    if _text(named, "object") not in NAMES_ITS_CHARGE or not charge_id:
        return None
    known = ours.filter(charge_id=charge_id).first()
    if known is not None:
        return known
    try:
        charge = gateway.fetch_charge(charge_id)
    except StripeMissing:
        return None
    return _by_intent(ours, charge.intent_id) or _by_reference(ours, charge.reference)
