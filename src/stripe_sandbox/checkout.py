"""Checkout Sessions from creation to their end (https://docs.stripe.com/api/checkout/sessions)."""

from typing import Any

from stripe_sandbox import currencies, debits, defaults, errors, ids, listing
from stripe_sandbox.errors import StripeError
from stripe_sandbox.events import emit
from stripe_sandbox.unit_of_work import Json, UnitOfWork

SOONEST, LATEST = 30 * 60, 24 * 3600
COPIED = ("cancel_url", "client_reference_id", "customer_email", "locale", "submit_type", "success_url")
COLLECTION_URL = "/v1/checkout/sessions"


def create(work: UnitOfWork, args: Json, *, public_url: str) -> Json:
    _require(args)
    currency = _one_currency(args)
    items = [_line_item(work, item, place) for place, item in enumerate(args["line_items"])]
    total = sum(item["amount_total"] for item in items)
    _check_total(total, currency)
    internal = {"line_items": items, "intent_data": args.get("payment_intent_data", {}), "intent": None}
    session = work.add("checkout.session", "cs_test", _session(work, args, total, currency), internal)
    session["url"] = f"{public_url}/c/pay/{session['id']}"
    work.save(session)
    work.later(session["expires_at"], "expire_checkout", session["id"])
    return session


def _require(args: Json) -> None:
    for name in ("mode", "success_url", "line_items"):
        if not args.get(name):
            raise errors.missing_parameter(name)
    for name, modelled in (("mode", "payment"), ("ui_mode", "hosted_page")):
        if args.get(name, modelled) != modelled:
            raise errors.not_modelled(f"{name}={args[name]}")


def _one_currency(args: Json) -> str:
    found = {item["price_data"]["currency"] for item in args["line_items"] if "price_data" in item}
    if "currency" in args:
        found.add(args["currency"])
    if len(found) > 1:
        raise StripeError("All prices on a Checkout Session must use the same currency.", param="line_items")
    return str(next(iter(found), ""))


def _line_item(work: UnitOfWork, item: Json, place: int) -> Json:
    param = f"line_items[{place}]"
    _check_item(item, param)
    price = _price(work, item["price_data"], param)
    amount = price["unit_amount"] * item["quantity"]
    return {
        "id": ids.new("li"),
        "object": "item",
        "adjustable_quantity": {"enabled": False, "maximum": None, "minimum": None},
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": item["price_data"]["product_data"]["name"],
        "metadata": item.get("metadata", {}),
        "price": price,
        "quantity": item["quantity"],
    }


def _check_item(item: Json, param: str) -> None:
    if "price" in item:
        raise errors.missing_object("price", item["price"], param=f"{param}[price]", status=400)
    if "price_data" not in item:
        raise errors.missing_parameter(f"{param}[price_data]")
    for name in ("product_data", "unit_amount"):
        if name not in item["price_data"]:
            raise errors.missing_parameter(f"{param}[price_data][{name}]")
    if "quantity" not in item:
        raise errors.missing_parameter(f"{param}[quantity]")


def _price(work: UnitOfWork, data: Json, param: str) -> Json:
    """A price made on the fly is never active again."""
    if data["unit_amount"] % currencies.step(data["currency"]):
        raise StripeError(
            f"Invalid amount. The amount in {data['currency']} must be divisible by "
            f"{currencies.step(data['currency'])}.",
            code="parameter_invalid_integer",
            param=f"{param}[price_data][unit_amount]",
        )
    return {
        "id": ids.new("price"),
        "object": "price",
        "active": False,
        "billing_scheme": "per_unit",
        "created": work.now,
        "currency": data["currency"],
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": _product(work, data["product_data"])["id"],
        "recurring": None,
        "tax_behavior": data.get("tax_behavior", "unspecified"),
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "one_time",
        "unit_amount": data["unit_amount"],
        "unit_amount_decimal": str(data["unit_amount"]),
    }


def _product(work: UnitOfWork, data: Json) -> Json:
    return work.add(
        "product",
        "prod",
        {
            "active": False,
            "default_price": None,
            "description": data.get("description"),
            "images": data.get("images", []),
            "livemode": False,
            "marketing_features": [],
            "metadata": data.get("metadata", {}),
            "name": data["name"],
            "package_dimensions": None,
            "shippable": None,
            "tax_code": data.get("tax_code"),
            "unit_label": data.get("unit_label"),
            "updated": work.now,
            "url": None,
        },
    )


def _check_total(total: int, currency: str) -> None:
    least = currencies.minimum(currency)
    if total < least:
        raise StripeError(
            "The Checkout Session's total amount due must add up to at least "
            + currencies.with_code(least, currency),
            code="amount_too_small",
        )
    if total > currencies.MAXIMUM:
        raise StripeError(
            "The Checkout Session's total amount due must be no more than "
            + currencies.with_code(currencies.MAXIMUM, currency),
            code="amount_too_large",
        )


def _expiry(work: UnitOfWork, args: Json) -> int:
    expires_at = int(args.get("expires_at", work.now + LATEST))
    if expires_at < work.now + SOONEST:
        raise _bad_expiry("at least 30 minutes")
    if expires_at > work.now + LATEST:
        raise _bad_expiry("less than 24 hours")
    return expires_at


def _bad_expiry(limit: str) -> StripeError:
    return StripeError(
        f"The `expires_at` timestamp must be {limit} from Checkout Session creation.", param="expires_at"
    )


def _session(work: UnitOfWork, args: Json, total: int, currency: str) -> Json:
    copied = {name: args.get(name) for name in COPIED}
    texts = {**defaults.SESSION["custom_text"], **args.get("custom_text", {})}
    return {
        **defaults.SESSION,
        **copied,
        "amount_subtotal": total,
        "amount_total": total,
        "billing_address_collection": args.get("billing_address_collection"),
        "currency": currency,
        "custom_text": texts,
        "customer_creation": args.get("customer_creation", "if_required"),
        "customer_details": _details(args.get("customer_email")),
        "expires_at": _expiry(work, args),
        "metadata": args.get("metadata", {}),
        "mode": "payment",
        "payment_intent": None,
        "payment_method_types": args.get("payment_method_types") or debits.methods(currency),
        "payment_status": "unpaid",
        "phone_number_collection": args.get("phone_number_collection", {"enabled": False}),
        "redirect_on_completion": "always",
        "status": "open",
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
    }


def _details(email: str | None) -> Json | None:
    return None if email is None else customer_details(email=email, name=None)


def customer_details(*, email: str, name: str | None) -> Json:
    return {
        "address": None if name is None else defaults.ADDRESS,
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": name,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": None if name is None else [],
    }


def retrieve(work: UnitOfWork, session_id: str) -> Json:
    return work.read(session_id, "checkout.session", param="session")


def search(work: UnitOfWork, args: dict[str, Any]) -> Json:
    filters = {**args, "email": args.get("customer_details", {}).get("email")}
    if filters["email"] is None:
        del filters["email"]
    fields = {"payment_intent": "payment_intent", "status": "status", "email": "customer_details.email"}
    return listing.page(work, "checkout.session", filters, url=COLLECTION_URL, fields=fields)


def line_items(work: UnitOfWork, session_id: str, args: dict[str, Any]) -> Json:
    retrieve(work, session_id)
    items = work.internal(session_id)["line_items"]
    return listing.cut(items, args, url=f"{COLLECTION_URL}/{session_id}/line_items")


def expire(work: UnitOfWork, session_id: str) -> Json:
    session = retrieve(work, session_id)
    if session["status"] != "open":
        raise StripeError(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status '
            f"of `{session['status']}`.",
            kept=True,
        )
    return close(work, session)


def expire_when_due(work: UnitOfWork, session_id: str) -> None:
    session = retrieve(work, session_id)
    if session["status"] == "open":
        close(work, session)


def close(work: UnitOfWork, session: Json) -> Json:
    """The intent of an earlier, failed attempt ends with its session."""
    expired = {**session, "status": "expired", "url": None}
    work.save(expired)
    intent_id = work.internal(session["id"])["intent"]
    if intent_id is not None:
        _cancel_intent(work, intent_id)
    emit(work, "checkout.session.expired", expired)
    return expired


def _cancel_intent(work: UnitOfWork, intent_id: str) -> None:
    intent = work.read(intent_id, "payment_intent")
    cancelled = {
        **intent,
        "canceled_at": work.now,
        "cancellation_reason": "automatic",
        "next_action": None,
        "status": "canceled",
    }
    work.save(cancelled)
    emit(work, "payment_intent.canceled", cancelled)
