"""Stripe's objects as plain frozen values. Amounts are minor units, currencies in upper case, instants UTC."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class StripeCheckout:
    """A Checkout Session with its payment intent and latest charge, as Stripe has them now.

    `charged_at` is when the charge was made: for a delayed method that is when the bank was asked, days before the money comes.
    """

    id: str
    url: str
    status: str
    payment_status: str
    amount_minor: int
    currency: str
    reference: str
    livemode: bool
    intent_id: str
    intent_status: str
    charge_id: str
    method: str
    charged_at: datetime | None
    refunded_minor: int
    is_disputed: bool

    @property
    def is_paid(self) -> bool:
        return self.status == "complete" and self.payment_status == "paid"

    @property
    def may_be_delayed(self) -> bool:
        """Returns whether the method is delayed: apart from cards, some methods bring the money at once and some after days."""
        return self.method not in {"", "card"}


@dataclass(frozen=True)
class StripeRefund:
    """A refund as Stripe has it. `our_id` and `reference` are its metadata's, empty where we did not ask for it.

    `our_id` is the uid of our row, or its number if version 0.1.0 sent it; `reference` is the payment's. `failed_at` is known of refunds that were listed, and that failed after the money had left.
    """

    id: str
    intent_id: str
    amount_minor: int
    currency: str
    status: str
    failure_reason: str
    our_id: str
    reference: str
    created_at: datetime
    failed_at: datetime | None


@dataclass(frozen=True)
class StripeCharge:
    """Whose charge it is: `reference` is that of the payment intent's metadata, which Stripe copies."""

    id: str
    intent_id: str
    reference: str


@dataclass(frozen=True)
class StripeDispute:
    """A dispute or an inquiry. `is_withdrawn`: the money is gone from our balance, and has not come back."""

    id: str
    intent_id: str
    charge_id: str
    status: str
    reason: str
    amount_minor: int
    currency: str
    is_withdrawn: bool
    evidence_due_by: datetime | None
    opened_at: datetime


@dataclass(frozen=True)
class StripeFraudWarning:
    """An early fraud warning (https://docs.stripe.com/api/radar/early_fraud_warnings)."""

    id: str
    intent_id: str
    charge_id: str
    fraud_type: str
    is_actionable: bool
    created_at: datetime


@dataclass(frozen=True)
class StripeBalanceEntry:
    """The amount that a charge brought to the balance, in the account's settlement currency.

    `reference` is that of the payment intent's metadata, which Stripe copies. `is_paid` is false while a bank debit is under way,
    and after it failed. `is_returned`: all of it was given back.
    """

    charge_id: str
    intent_id: str
    reference: str
    amount_minor: int
    currency: str
    is_paid: bool
    is_returned: bool


def id_of(value: Any) -> str:
    """An expandable field's id: the field holds an id, a whole object, or nothing."""
    if isinstance(value, dict):
        return str(value.get("id", ""))
    return value or ""


def _instant(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def parse_checkout(checkout: dict[str, Any]) -> StripeCheckout:
    intent = checkout.get("payment_intent")
    intent = intent if isinstance(intent, dict) else {"id": intent or ""}
    charge = intent.get("latest_charge")
    charge = charge if isinstance(charge, dict) else {"id": charge or ""}
    return StripeCheckout(
        id=checkout["id"],
        url=checkout.get("url") or "",
        status=checkout.get("status") or "",
        payment_status=checkout["payment_status"],
        amount_minor=checkout.get("amount_total") or 0,
        currency=(checkout.get("currency") or "").upper(),
        reference=checkout.get("client_reference_id") or "",
        livemode=checkout["livemode"],
        intent_id=intent["id"],
        intent_status=intent.get("status", ""),
        charge_id=charge["id"],
        method=(charge.get("payment_method_details") or {}).get("type", ""),
        charged_at=_instant(charge.get("created")),
        refunded_minor=charge.get("amount_refunded", 0),
        is_disputed=charge.get("disputed", False),
    )


def parse_refund(refund: dict[str, Any]) -> StripeRefund:
    failure = refund.get("failure_balance_transaction")
    metadata = refund.get("metadata") or {}
    return StripeRefund(
        id=refund["id"],
        intent_id=id_of(refund.get("payment_intent")),
        amount_minor=refund["amount"],
        currency=refund["currency"].upper(),
        status=refund.get("status") or "pending",
        failure_reason=refund.get("failure_reason") or "",
        our_id=metadata.get("refund_id", ""),
        reference=metadata.get("reference", ""),
        created_at=datetime.fromtimestamp(refund["created"], UTC),
        failed_at=_instant(failure["created"]) if isinstance(failure, dict) else None,
    )


def parse_charge(charge: dict[str, Any]) -> StripeCharge:
    reference = (charge.get("metadata") or {}).get("reference", "")
    return StripeCharge(charge["id"], id_of(charge.get("payment_intent")), reference)


def parse_dispute(dispute: dict[str, Any]) -> StripeDispute:
    moved = sum(entry["amount"] for entry in dispute["balance_transactions"])
    return StripeDispute(
        id=dispute["id"],
        intent_id=id_of(dispute.get("payment_intent")),
        charge_id=id_of(dispute["charge"]),
        status=dispute["status"],
        reason=dispute["reason"],
        amount_minor=dispute["amount"],
        currency=dispute["currency"].upper(),
        is_withdrawn=moved < 0,
        evidence_due_by=_instant(dispute["evidence_details"].get("due_by")),
        opened_at=datetime.fromtimestamp(dispute["created"], UTC),
    )


def parse_warning(warning: dict[str, Any]) -> StripeFraudWarning:
    return StripeFraudWarning(
        id=warning["id"],
        intent_id=id_of(warning.get("payment_intent")),
        charge_id=id_of(warning["charge"]),
        fraud_type=warning["fraud_type"],
        is_actionable=warning["actionable"],
        created_at=datetime.fromtimestamp(warning["created"], UTC),
    )


def parse_balance_entry(entry: dict[str, Any]) -> StripeBalanceEntry:
    """Reads a balance transaction with its source expanded."""
    charge = entry.get("source")
    charge = charge if isinstance(charge, dict) else {"id": charge or ""}
    return StripeBalanceEntry(
        charge_id=id_of(charge),
        intent_id=id_of(charge.get("payment_intent")),
        reference=(charge.get("metadata") or {}).get("reference", ""),
        amount_minor=entry["amount"],
        currency=entry["currency"].upper(),
        is_paid=charge.get("status", "succeeded") == "succeeded",
        is_returned=charge.get("refunded", False),
    )
