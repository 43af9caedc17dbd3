"""`expand`: an id in an answer replaced by its object, up to four levels deep (https://docs.stripe.com/api/expanding_objects)."""

from collections.abc import Sequence

from stripe_sandbox import listing
from stripe_sandbox.errors import StripeError
from stripe_sandbox.unit_of_work import Json, UnitOfWork

DEEPEST = 4
NOTHING = ""  # Stripe has the field, the sandbox never fills it

# kind -> field -> kind of what stands there once expanded
EXPANDABLE: dict[str, dict[str, str]] = {
    "checkout.session": {
        "payment_intent": "payment_intent",
        "line_items": "list of item",
        **dict.fromkeys(("customer", "invoice", "payment_link", "setup_intent", "subscription"), NOTHING),
    },
    "item": {"price": "price", "discounts": NOTHING, "taxes": NOTHING},
    "price": {"product": "product"},
    "payment_intent": {
        "latest_charge": "charge",
        "payment_method": "payment_method",
        **dict.fromkeys(("application", "customer", "on_behalf_of", "review"), NOTHING),
    },
    "charge": {
        "balance_transaction": "balance_transaction",
        "failure_balance_transaction": "balance_transaction",
        "payment_intent": "payment_intent",
        "refunds": "list of refund",
        **dict.fromkeys(
            (
                "application",
                "application_fee",
                "customer",
                "on_behalf_of",
                "review",
                "source_transfer",
                "transfer",
            ),
            NOTHING,
        ),
    },
    "refund": {
        "balance_transaction": "balance_transaction",
        "charge": "charge",
        "failure_balance_transaction": "balance_transaction",
        "payment_intent": "payment_intent",
        **dict.fromkeys(("source_transfer_reversal", "transfer_reversal"), NOTHING),
    },
    "dispute": {"charge": "charge", "payment_intent": "payment_intent"},
    "balance_transaction": {"source": "any"},
}


def check(kind: str, paths: Sequence[str]) -> None:
    """Refuse what cannot be expanded before anything is done."""
    for path in paths:
        names = path.split(".")
        if len(names) > DEEPEST + (names[0] == "data"):
            raise StripeError(
                f"You cannot expand more than {DEEPEST} levels of a property. Property: {path}",
                param="expand",
            )
        _check_path(kind, names, path)


def _check_path(kind: str, names: list[str], path: str) -> None:
    for name in names:
        if kind == "any":
            return
        if kind.startswith("list of ") and name == "data":
            kind = kind.removeprefix("list of ")
            continue
        known = EXPANDABLE.get(kind, {})
        if name not in known:
            raise StripeError(f"This property cannot be expanded ({path}).{_hint(kind, path)}")
        kind = known[name]


def _hint(kind: str, path: str) -> str:
    return f" You may want to try expanding 'data.{path}' instead." if kind.startswith("list of ") else ""


def expand(work: UnitOfWork, body: Json, paths: Sequence[str]) -> Json:
    for path in paths:
        _open(work, body, path.split("."))
    return body


def _open(work: UnitOfWork, body: Json, names: list[str]) -> None:
    name, *rest = names
    below = _include(work, body, name)
    if isinstance(below, str):
        below = body[name] = work.find(below) or below
    for item in below if isinstance(below, list) else [below]:
        if rest and isinstance(item, dict):
            _open(work, item, rest)


def _include(work: UnitOfWork, body: Json, name: str) -> object:
    """Two fields are left out, not given as ids, until asked for."""
    if name == "line_items" and "line_items" not in body:
        items = work.internal(body["id"])["line_items"]
        body[name] = listing.cut(items, {}, url=f"/v1/checkout/sessions/{body['id']}/line_items")
    if name == "refunds" and "refunds" not in body:
        body[name] = listing.page(
            work,
            "refund",
            {"charge": body["id"]},
            url=f"/v1/charges/{body['id']}/refunds",
            fields={"charge": "charge"},
        )
    return body.get(name)
