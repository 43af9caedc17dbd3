"""The only module that speaks to Stripe: plain values in, frozen facts out, three kinds of error.

The client is pinned to the API version of the contract and never called inside a database transaction.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

import stripe
from django.conf import settings

from mentormap.payments.stripe_objects import (
    StripeBalanceEntry,
    StripeCharge,
    StripeCheckout,
    StripeDispute,
    StripeFraudWarning,
    StripeRefund,
    parse_balance_entry,
    parse_charge,
    parse_checkout,
    parse_dispute,
    parse_refund,
    parse_warning,
)

STRIPE_VERSION = "2026-05-27.dahlia"
CONNECT_SECONDS, READ_SECONDS = 3.0, 6.0
ONCE: stripe.RequestOptions = {"max_network_retries": 0}
ERROR_TYPES = frozenset({"api_error", "card_error", "idempotency_error", "invalid_request_error"})
"""All values of `error.type` (https://docs.stripe.com/api/errors)."""

Params = Any
"""The SDK's parameter types are nested TypedDicts; our requests are stored as JSON and judged against the contract in tests."""


class GatewayError(Exception):
    """Stripe did not do what was asked, for whichever reason."""


class StripeUnavailable(GatewayError):
    """No answer, or one that decides nothing (409, 429, 5xx, not Stripe's own words): the effect may or may not have happened.

    `is_kept`: Stripe gives this same answer to every repeat with the same idempotency key, as it does with a 500.
    """

    def __init__(self, sentence: str, *, is_kept: bool = False) -> None:
        self.is_kept = is_kept
        super().__init__(sentence)


class StripeRefused(GatewayError):
    """A definite no: nothing was done. `kind`, `code` and `param` are Stripe's (https://docs.stripe.com/error-codes)."""

    def __init__(self, sentence: str, *, kind: str, code: str, param: str, status: int) -> None:
        self.kind, self.code, self.param, self.status = kind, code, param, status
        super().__init__(sentence)

    @property
    def is_of_parameters(self) -> bool:
        """Returns whether these parameters can never do anything, with this key or another; a wrong API key, say, proves nothing."""
        return self.status == 400 and self.kind != "idempotency_error"


class StripeMissing(StripeRefused):
    """`resource_missing`: Stripe does not know the object; another key or account made it."""


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
def _translate_errors() -> Iterator[None]:
    """Turns the SDK's exceptions into ours: unknown outcome, definite refusal, missing object.

    An answer that is not Stripe's own (a proxy's page, an empty body, JSON of another shape) is an unknown outcome, whatever its
    status: the request may have reached Stripe. On some of these the SDK raises exceptions that are not its own.
    """
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise StripeUnavailable(str(error)) from error
    except stripe.StripeError as error:
        raise _gateway_error(error) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise StripeUnavailable(f"The answer is not in Stripe's words: {error!r}") from error


def _gateway_error(error: stripe.StripeError) -> GatewayError:
    status, reported = error.http_status or 500, _stripes_own(error)
    if not reported:
        return StripeUnavailable(str(error))
    if status not in range(400, 500) or status in {409, 429}:
        return StripeUnavailable(str(error), is_kept=status >= 500)
    refusal = StripeMissing if reported.get("code") == "resource_missing" else StripeRefused
    return refusal(
        error.user_message or str(error),
        kind=reported["type"],
        code=reported.get("code") or "",
        param=reported.get("param") or "",
        status=status,
    )


def _stripes_own(error: stripe.StripeError) -> dict[str, Any]:
    """Returns the error object, or nothing if Stripe did not answer.

    Each of Stripe's answers names its request (https://docs.stripe.com/api/request_ids), and each error its type.
    """
    body = error.json_body if isinstance(error.json_body, dict) else {}
    reported: Any = body.get("error")
    is_named = "request-id" in {name.lower() for name in error.headers or {}}
    is_error = isinstance(reported, dict) and str(reported.get("type")) in ERROR_TYPES
    return dict(reported) if is_named and is_error else {}


def create_checkout(request: Mapping[str, Any], *, idempotency_key: str) -> StripeCheckout:
    """Makes a Checkout Session, or gives back the one that this key made.

    Raises StripeRefused and StripeUnavailable. https://docs.stripe.com/api/checkout/sessions/create
    """
    params: Params = dict(request)
    with _translate_errors():
        made = client().v1.checkout.sessions.create(params, {"idempotency_key": idempotency_key})
        return parse_checkout(made.to_dict())


def fetch_checkout(checkout_id: str) -> StripeCheckout:
    """One request of at most 10 s, with the payment intent and its latest charge. Raises all three."""
    with _translate_errors():
        found = client().v1.checkout.sessions.retrieve(
            checkout_id, {"expand": ["payment_intent.latest_charge"]}, ONCE
        )
        return parse_checkout(found.to_dict())


def expire_checkout(checkout_id: str) -> None:
    """Ends an open checkout; StripeRefused if it is no longer open, as when the student has just paid. Raises all three."""
    with _translate_errors():
        client().v1.checkout.sessions.expire(checkout_id)


def find_checkout(
    reference: str, *, created_after: datetime, created_before: datetime
) -> StripeCheckout | None:
    """The checkout made for this `client_reference_id` in that span, by Stripe's list. Raises StripeUnavailable."""
    params: Params = {
        "limit": 100,
        "created": {"gte": int(created_after.timestamp()), "lte": int(created_before.timestamp())},
    }
    with _translate_errors():
        for found in client().v1.checkout.sessions.list(params).auto_paging_iter():
            if found.client_reference_id == reference:
                return parse_checkout(found.to_dict())
    return None


def create_refund(
    *, intent_id: str, amount_minor: int, our_id: str, reference: str, idempotency_key: str
) -> StripeRefund:
    """Sends one try of a refund. Raises all three. https://docs.stripe.com/api/refunds/create"""
    params: Params = {
        "payment_intent": intent_id,
        "amount": amount_minor,
        "reason": "requested_by_customer",
        "metadata": {"refund_id": our_id, "reference": reference},
    }
    with _translate_errors():
        made = client().v1.refunds.create(params, {"idempotency_key": idempotency_key})
        return parse_refund(made.to_dict())


def list_refunds(intent_id: str) -> list[StripeRefund]:
    """All refunds of a payment intent, oldest first, and when those that failed did so. Raises all three."""
    params: Params = {
        "payment_intent": intent_id,
        "limit": 100,
        "expand": ["data.failure_balance_transaction"],
    }
    with _translate_errors():
        found = client().v1.refunds.list(params, ONCE)
        facts = [parse_refund(refund.to_dict()) for refund in found.auto_paging_iter()]
    return sorted(facts, key=lambda refund: refund.created_at)


def fetch_charge(charge_id: str) -> StripeCharge:
    """Raises all three."""
    with _translate_errors():
        return parse_charge(client().v1.charges.retrieve(charge_id, None, ONCE).to_dict())


def find_arrival(checkout_id: str, *, charged_at: datetime) -> datetime | None:
    """Returns when the money of a delayed method came, by Stripe's event; None if there is no event, as for instant methods.

    The charge's `created` is when the bank was asked, and `created` of the balance transaction may be, too
    (https://support.stripe.com/questions/changes-to-balance-transaction-behavior-for-debit-payment-methods). Stripe keeps events
    for 30 days. Raises StripeUnavailable and StripeRefused.
    """
    params: Params = {
        "type": "checkout.session.async_payment_succeeded",
        "created": {"gte": int(charged_at.timestamp())},
        "limit": 100,
    }
    with _translate_errors():
        for event in client().v1.events.list(params).auto_paging_iter():
            facts = event.to_dict()
            if facts["data"]["object"]["id"] == checkout_id:
                return datetime.fromtimestamp(facts["created"], UTC)
    return None


def fetch_reference(intent_id: str) -> str:
    """Returns our reference on this PaymentIntent; empty if it has none or Stripe does not know it. Raises all but StripeMissing."""
    try:
        with _translate_errors():
            intent = client().v1.payment_intents.retrieve(intent_id, None, ONCE).to_dict()
            return str((intent["metadata"] or {}).get("reference", ""))
    except StripeMissing:
        return ""


def list_disputes(intent_id: str) -> list[StripeDispute]:
    """All disputes over a payment intent, oldest first. Raises all three."""
    with _translate_errors():
        found = client().v1.disputes.list({"payment_intent": intent_id, "limit": 100}, ONCE)
        facts = [parse_dispute(dispute.to_dict()) for dispute in found.auto_paging_iter()]
    return sorted(facts, key=lambda dispute: dispute.opened_at)


def list_warnings(intent_id: str) -> list[StripeFraudWarning]:
    """All early fraud warnings of a payment intent, oldest first. Raises all three."""
    with _translate_errors():
        found = client().v1.radar.early_fraud_warnings.list({"payment_intent": intent_id, "limit": 100}, ONCE)
        facts = [parse_warning(warning.to_dict()) for warning in found.auto_paging_iter()]
    return sorted(facts, key=lambda warning: warning.created_at)


def paid_checkouts(*, created_from: datetime) -> Iterator[StripeCheckout]:
    """All checkouts made since then that have been paid, newest first. Raises StripeUnavailable and StripeRefused."""
    params: Params = {"created": {"gte": int(created_from.timestamp())}, "status": "complete", "limit": 100}
    with _translate_errors():
        for found in client().v1.checkout.sessions.list(params).auto_paging_iter():
            facts = parse_checkout(found.to_dict())
            if facts.is_paid:
                yield facts


def recent_refunds(*, created_from: datetime) -> Iterator[StripeRefund]:
    """All refunds made since then, newest first. Raises StripeUnavailable and StripeRefused."""
    params: Params = {"created": {"gte": int(created_from.timestamp())}, "limit": 100}
    with _translate_errors():
        for found in client().v1.refunds.list(params).auto_paging_iter():
            yield parse_refund(found.to_dict())


def recent_disputes(*, created_from: datetime) -> Iterator[StripeDispute]:
    """All disputes opened since then, newest first. Raises StripeUnavailable and StripeRefused."""
    params: Params = {"created": {"gte": int(created_from.timestamp())}, "limit": 100}
    with _translate_errors():
        for found in client().v1.disputes.list(params).auto_paging_iter():
            yield parse_dispute(found.to_dict())


def recent_warnings(*, created_from: datetime) -> Iterator[StripeFraudWarning]:
    """All early fraud warnings given since then, newest first. Raises StripeUnavailable and StripeRefused."""
    params: Params = {"created": {"gte": int(created_from.timestamp())}, "limit": 100}
    with _translate_errors():
        for found in client().v1.radar.early_fraud_warnings.list(params).auto_paging_iter():
            yield parse_warning(found.to_dict())


def recent_charges(*, created_from: datetime, delayed_from: datetime) -> Iterator[StripeBalanceEntry]:
    """The charges that brought money, by the balance transactions made since then. Raises StripeUnavailable and StripeRefused.

    Cards are of the type "charge", all other methods of the type "payment". A bank debit is entered when the bank is asked, days
    before the money comes or fails, so that one entered as early as `delayed_from` may have come only now
    (https://docs.stripe.com/reports/balance-transaction-types).
    """
    yield from _entries("charge", created_from)
    yield from _entries("payment", delayed_from)


def _entries(kind: str, created_from: datetime) -> Iterator[StripeBalanceEntry]:
    params: Params = {
        "created": {"gte": int(created_from.timestamp())},
        "type": kind,
        "limit": 100,
        "expand": ["data.source"],
    }
    with _translate_errors():
        for found in client().v1.balance_transactions.list(params).auto_paging_iter():
            facts = parse_balance_entry(found.to_dict())
            if facts.is_paid:
                yield facts


def list_events(*, created_from: datetime, created_to: datetime | None = None) -> list[dict[str, Any]]:
    """Stripe's events of that time, oldest first; Stripe keeps 30 days. Raises StripeUnavailable and StripeRefused."""
    created = {"gte": int(created_from.timestamp())}
    if created_to is not None:
        created["lte"] = int(created_to.timestamp())
    params: Params = {"created": created, "limit": 100}
    with _translate_errors():
        found = [event.to_dict() for event in client().v1.events.list(params).auto_paging_iter()]
    return found[::-1]


def read_clock() -> datetime:
    """Stripe's own time, from the answer to a call that also proves our key. Raises all three."""
    with _translate_errors():
        answer = client().v1.events.list({"limit": 1}, ONCE).last_response
        return parsedate_to_datetime(answer.headers["Date"]) if answer else datetime.now(UTC)
