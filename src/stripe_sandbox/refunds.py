"""Refunds (https://docs.stripe.com/api/refunds): many partial ones, never more than is left."""

from typing import Any

from stripe_sandbox import currencies, disputes, ledger, listing
from stripe_sandbox.errors import StripeError
from stripe_sandbox.events import emit
from stripe_sandbox.params import (
    EXPAND,
    PAGING,
    Boolean,
    Choice,
    Email,
    Metadata,
    Range,
    Record,
    String,
    Whole,
)
from stripe_sandbox.unit_of_work import Json, UnitOfWork

SETTLES_AFTER = 10
"""Seconds until the pending refunds of test cards succeed, and the failing ones fail."""

CREATE = Record(
    {
        "amount": Whole(least=1),
        "charge": String(),
        "expand": EXPAND,
        "instructions_email": Email(),
        "metadata": Metadata(),
        "payment_intent": String(),
        "reason": Choice(("duplicate", "fraudulent", "requested_by_customer")),
        "refund_application_fee": Boolean(),
        "reverse_transfer": Boolean(),
    },
    unsupported=frozenset({"currency", "customer", "origin"}),
)
LIST = Record({**PAGING, "charge": String(), "created": Range(), "payment_intent": String()})


def create(work: UnitOfWork, args: Json) -> Json:
    charge = _charge(work, args)
    amount = _amount(charge, args.get("amount"))
    refund = work.add("refund", _prefix(charge), _refund(charge, amount, args))
    entry = ledger.enter(work, _entry_type(charge), -amount, refund)
    manner = work.internal(charge["id"])["refunds"]
    refund |= {
        "balance_transaction": entry["id"],
        "status": "pending" if manner == "pending" else "succeeded",
    }
    if manner == "pending":
        refund["pending_reason"] = "processing"
    work.save(refund)
    emit(work, "refund.created", refund)
    _raise_refunded(work, charge, amount)
    _plan_the_rest(work, refund, manner)
    return refund


def _charge(work: UnitOfWork, args: Json) -> Json:
    if "charge" in args and "payment_intent" in args:
        raise StripeError("You may only specify one of these parameters: charge, payment_intent.")
    if "charge" in args:
        charge = work.read(args["charge"], "charge", param="charge")
        _check_charge(work, charge)
        return charge
    if "payment_intent" not in args:
        raise StripeError(
            "One of the following params should be provided for this request: payment_intent or charge."
        )
    intent = work.read(args["payment_intent"], "payment_intent", param="payment_intent")
    if intent["status"] != "succeeded":
        raise StripeError(
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.", kept=True
        )
    charge = work.read(intent["latest_charge"], "charge")
    _check_charge(work, charge)
    return charge


def _check_charge(work: UnitOfWork, charge: Json) -> None:
    if charge["status"] != "succeeded":
        raise StripeError(f"Charge {charge['id']} has not succeeded; it cannot be refunded.", kept=True)
    if not disputes.refundable(work, charge):
        raise StripeError(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            code="charge_disputed",
            kept=True,
        )
    if charge["amount_refunded"] >= charge["amount"]:
        raise StripeError(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded", kept=True
        )


def _amount(charge: Json, asked: int | None) -> int:
    left = int(charge["amount"] - charge["amount_refunded"])
    if asked is None:
        return left
    if asked > left:
        wanted, remains = (currencies.with_symbol(amount, charge["currency"]) for amount in (asked, left))
        raise StripeError(
            f"Refund amount ({wanted}) is greater than unrefunded amount on charge ({remains})",
            param="amount",
            kept=True,
        )
    return asked


def _prefix(charge: Json) -> str:
    return "pyr" if charge["id"].startswith("py_") else "re"


def _entry_type(charge: Json) -> str:
    return "payment_refund" if charge["id"].startswith("py_") else "refund"


def _refund(charge: Json, amount: int, args: Json) -> Json:
    method = charge["payment_method_details"]["type"]
    refund: Json = {
        "amount": amount,
        "charge": charge["id"],
        "currency": charge["currency"],
        "metadata": args.get("metadata", {}),
        "payment_intent": charge["payment_intent"],
        "reason": args.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "transfer_reversal": None,
    }
    if method == "card":
        card = {
            "reference_status": "pending",
            "reference_type": "acquirer_reference_number",
            "type": "refund",
        }
        refund["destination_details"] = {"card": card, "type": "card"}
    return refund


def _raise_refunded(work: UnitOfWork, charge: Json, amount: int) -> None:
    before = {"amount_refunded": charge["amount_refunded"]}
    total = charge["amount_refunded"] + amount
    if total == charge["amount"]:
        before["refunded"] = False
    charge = {**charge, "amount_refunded": total, "refunded": total == charge["amount"]}
    work.save(charge)
    emit(work, "charge.refunded", charge, before=before)
    disputes.review_warnings(work, charge)


def _plan_the_rest(work: UnitOfWork, refund: Json, manner: str) -> None:
    action = {"pending": "succeed_refund", "fail": "fail_refund"}.get(manner)
    if action is not None:
        work.later(work.now + SETTLES_AFTER, action, refund["id"])


def succeed(work: UnitOfWork, refund_id: str) -> None:
    """Unless it has ended otherwise meanwhile."""
    refund = work.read(refund_id, "refund")
    if refund["status"] not in {"pending", "requires_action"}:
        return
    before = {"status": refund["status"]}
    refund.pop("pending_reason", None)
    refund["status"] = "succeeded"
    work.save(refund)
    emit(work, "refund.updated", refund, before=before)


def fail(work: UnitOfWork, refund_id: str) -> None:
    _end(work, refund_id, "failed", "expired_or_canceled_card")


def _end(work: UnitOfWork, refund_id: str, status: str, reason: str) -> None:
    """The money is back with the account; the charge counts as not refunded by that much."""
    refund = work.read(refund_id, "refund")
    charge = work.read(refund["charge"], "charge")
    entry = ledger.enter(work, "refund_failure", refund["amount"], refund)
    before = {"status": refund["status"]}
    refund |= {"failure_balance_transaction": entry["id"], "failure_reason": reason, "status": status}
    refund.pop("pending_reason", None)
    left = charge["amount_refunded"] - refund["amount"]
    charge = {**charge, "amount_refunded": left, "refunded": False}
    work.save(refund)
    work.save(charge)
    emit(work, "refund.failed" if status == "failed" else "refund.updated", refund, before=before)
    disputes.review_warnings(work, charge)


def move(work: UnitOfWork, refund_id: str, status: str) -> Json:
    """Sets by hand the state of a refund that is not over: it waits for the customer, is cancelled, or ends."""
    refund = work.read(refund_id, "refund")
    if refund["status"] not in {"pending", "requires_action"}:
        raise StripeError(f"A refund that is {refund['status']} stays so.", param="status")
    match status:
        case "succeeded":
            succeed(work, refund_id)
        case "failed":
            fail(work, refund_id)
        case "canceled":
            _end(work, refund_id, "canceled", "merchant_request")
        case "requires_action":
            _await_customer(work, refund)
        case _:
            raise StripeError(f"No refund becomes {status}.", param="status")
    return work.read(refund_id, "refund")


def _await_customer(work: UnitOfWork, refund: Json) -> None:
    before = {"status": refund["status"]}
    refund.pop("pending_reason", None)
    refund["status"] = "requires_action"
    work.save(refund)
    emit(work, "refund.updated", refund, before=before)


def search(work: UnitOfWork, args: dict[str, Any]) -> Json:
    fields = {"charge": "charge", "payment_intent": "payment_intent"}
    return listing.page(work, "refund", args, url="/v1/refunds", fields=fields)
