"""The only module that speaks to Stripe: plain values in, frozen facts out, three kinds of trouble.

The client is pinned to the API version of the contract and never called inside a database transaction.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

import stripe
from django.conf import settings

STRIPE_VERSION = "2026-05-27.dahlia"
CONNECT_SECONDS, READ_SECONDS = 3.0, 6.0
ONCE: stripe.RequestOptions = {"max_network_retries": 0}

Params = Any
"""The SDK's parameter types are nested TypedDicts; our requests are stored as JSON and judged against the contract in tests."""


class StripeTrouble(Exception):
    """Stripe did not do what was asked, for whichever reason."""


class StripeUnavailable(StripeTrouble):
    """No answer, or one that decides nothing (409, 429, 5xx, not Stripe's own words): the effect may or may not have happened.

    `is_kept`: Stripe gives this same answer to every repeat with the same idempotency key, as it does with a 500.
    """

    def __init__(self, sentence: str, *, is_kept: bool = False) -> None:
        self.is_kept = is_kept
        super().__init__(sentence)


class StripeRefused(StripeTrouble):
    """A definite no: nothing was done. `code` and `param` are Stripe's (https://docs.stripe.com/error-codes)."""

    def __init__(self, sentence: str, *, code: str, param: str, status: int) -> None:
        self.code, self.param, self.status = code, param, status
        super().__init__(sentence)


class StripeMissing(StripeRefused):
    """`resource_missing`: Stripe does not know the object; another key or account made it."""


@dataclass(frozen=True)
class RefundFacts:
    """A refund as Stripe has it; `our_number` is the `refund_id` of its metadata, if we asked for it."""

    id: str
    intent_id: str
    amount_minor: int
    currency: str
    status: str
    failure_reason: str
    our_number: int | None
    created_at: datetime


@dataclass(frozen=True)
class CheckoutFacts:
    """A Checkout Session with its payment intent and latest charge, as Stripe has them now. Amounts are minor units."""

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
    charged_at: datetime | None
    refunded_minor: int
    is_disputed: bool

    @property
    def is_paid(self) -> bool:
        return self.status == "complete" and self.payment_status == "paid"


@dataclass(frozen=True)
class EntryFacts:
    """What a charge brought to the balance: minor units of the currency that the account settles in."""

    charge_id: str
    intent_id: str
    amount_minor: int
    currency: str


@cache
def client() -> stripe.StripeClient:
    """The one client of this process, made from the settings."""
    return stripe.StripeClient(
        settings.STRIPE_SECRET_KEY,
        stripe_version=STRIPE_VERSION,
        base_addresses={"api": settings.STRIPE_API_BASE},
        max_network_retries=2,
        http_client=stripe.RequestsClient(timeout=(CONNECT_SECONDS, READ_SECONDS)),
    )


@contextmanager
def _translated() -> Iterator[None]:
    """Turns the SDK's exceptions into ours: what decides nothing, what is a definite no, what is not there."""
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise StripeUnavailable(str(error)) from error
    except stripe.StripeError as error:
        status = error.http_status or 500
        if status not in range(400, 500) or status in {409, 429}:
            raise StripeUnavailable(str(error), is_kept=status >= 500) from error
        kind = StripeMissing if error.code == "resource_missing" else StripeRefused
        param = error.error.param if error.error else ""
        raise kind(
            error.user_message or str(error), code=error.code or "", param=param or "", status=status
        ) from error


def create_checkout(request: Mapping[str, Any], *, idempotency_key: str) -> CheckoutFacts:
    """Makes a Checkout Session, or gives back the one that this key made.

    Raises StripeRefused and StripeUnavailable. https://docs.stripe.com/api/checkout/sessions/create
    """
    params: Params = dict(request)
    with _translated():
        made = client().v1.checkout.sessions.create(params, {"idempotency_key": idempotency_key})
    return _checkout_facts(made.to_dict())


def fetch_checkout(checkout_id: str) -> CheckoutFacts:
    """One request of at most 10 s, with the payment intent and its latest charge. Raises all three."""
    with _translated():
        found = client().v1.checkout.sessions.retrieve(
            checkout_id, {"expand": ["payment_intent.latest_charge"]}, ONCE
        )
    return _checkout_facts(found.to_dict())


def expire_checkout(checkout_id: str) -> None:
    """Ends an open checkout; StripeRefused if it is no longer open, as when the student has just paid. Raises all three."""
    with _translated():
        client().v1.checkout.sessions.expire(checkout_id)


def find_checkout(
    reference: str, *, created_after: datetime, created_before: datetime
) -> CheckoutFacts | None:
    """The checkout made for this `client_reference_id` in that span, by Stripe's list. Raises StripeUnavailable."""
    params: Params = {
        "limit": 100,
        "created": {"gte": int(created_after.timestamp()), "lte": int(created_before.timestamp())},
    }
    with _translated():
        for found in client().v1.checkout.sessions.list(params).auto_paging_iter():
            if found.client_reference_id == reference:
                return _checkout_facts(found.to_dict())
    return None


def create_refund(
    *, intent_id: str, amount_minor: int, our_number: int, reference: str, idempotency_key: str
) -> RefundFacts:
    """Sends one try of a refund. Raises all three. https://docs.stripe.com/api/refunds/create"""
    params: Params = {
        "payment_intent": intent_id,
        "amount": amount_minor,
        "reason": "requested_by_customer",
        "metadata": {"refund_id": str(our_number), "reference": reference},
    }
    with _translated():
        made = client().v1.refunds.create(params, {"idempotency_key": idempotency_key})
    return _refund_facts(made.to_dict())


def list_refunds(intent_id: str) -> list[RefundFacts]:
    """All refunds of a payment intent, oldest first. Raises all three."""
    with _translated():
        found = client().v1.refunds.list({"payment_intent": intent_id, "limit": 100}, ONCE)
        facts = [_refund_facts(refund.to_dict()) for refund in found.auto_paging_iter()]
    return sorted(facts, key=lambda refund: refund.created_at)


def paid_checkouts(*, created_from: datetime) -> Iterator[CheckoutFacts]:
    """All checkouts made since then that have been paid, newest first. Raises StripeUnavailable and StripeRefused."""
    params: Params = {"created": {"gte": int(created_from.timestamp())}, "status": "complete", "limit": 100}
    with _translated():
        for found in client().v1.checkout.sessions.list(params).auto_paging_iter():
            facts = _checkout_facts(found.to_dict())
            if facts.is_paid:
                yield facts


def recent_refunds(*, created_from: datetime) -> Iterator[RefundFacts]:
    """All refunds made since then, newest first. Raises StripeUnavailable and StripeRefused."""
    params: Params = {"created": {"gte": int(created_from.timestamp())}, "limit": 100}
    with _translated():
        for found in client().v1.refunds.list(params).auto_paging_iter():
            yield _refund_facts(found.to_dict())


def recent_charges(*, created_from: datetime) -> Iterator[EntryFacts]:
    """The charge of each balance transaction that a payment made since then. Raises StripeUnavailable and StripeRefused."""
    params: Params = {
        "created": {"gte": int(created_from.timestamp())},
        "type": "charge",
        "limit": 100,
        "expand": ["data.source"],
    }
    with _translated():
        for found in client().v1.balance_transactions.list(params).auto_paging_iter():
            entry = found.to_dict()
            charge = entry.get("source")
            charge = charge if isinstance(charge, dict) else {"id": charge or ""}
            yield EntryFacts(
                _id_of(charge),
                _id_of(charge.get("payment_intent")),
                entry["amount"],
                entry["currency"].upper(),
            )


def list_events(*, created_from: datetime) -> list[dict[str, Any]]:
    """Stripe's events since then, oldest first; Stripe keeps 30 days. Raises StripeUnavailable and StripeRefused."""
    params: Params = {"created": {"gte": int(created_from.timestamp())}, "limit": 100}
    with _translated():
        found = [event.to_dict() for event in client().v1.events.list(params).auto_paging_iter()]
    return found[::-1]


def read_clock() -> datetime:
    """Stripe's own time, from the answer to a call that also proves our key. Raises all three."""
    with _translated():
        answer = client().v1.events.list({"limit": 1}, ONCE).last_response
    return parsedate_to_datetime(answer.headers["Date"]) if answer else datetime.now(UTC)


def _id_of(value: Any) -> str:
    """An expandable field's id: the field holds an id, a whole object, or nothing."""
    if isinstance(value, dict):
        return str(value.get("id", ""))
    return value or ""


def _instant(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _checkout_facts(checkout: dict[str, Any]) -> CheckoutFacts:
    intent = checkout.get("payment_intent")
    intent = intent if isinstance(intent, dict) else {"id": intent or ""}
    charge = intent.get("latest_charge")
    charge = charge if isinstance(charge, dict) else {"id": charge or ""}
    return CheckoutFacts(
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
        charged_at=_instant(charge.get("created")),
        refunded_minor=charge.get("amount_refunded", 0),
        is_disputed=charge.get("disputed", False),
    )


def _refund_facts(refund: dict[str, Any]) -> RefundFacts:
    number = (refund.get("metadata") or {}).get("refund_id", "")
    return RefundFacts(
        id=refund["id"],
        intent_id=_id_of(refund.get("payment_intent")),
        amount_minor=refund["amount"],
        currency=refund["currency"].upper(),
        status=refund.get("status") or "pending",
        failure_reason=refund.get("failure_reason") or "",
        our_number=int(number) if number.isdecimal() else None,
        created_at=datetime.fromtimestamp(refund["created"], UTC),
    )
