"""The part of Stripe's API that the sandbox speaks: one row an operation."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from werkzeug.routing import Map, Rule

from stripe_sandbox import account, checkout, checkout_params, listing, refunds
from stripe_sandbox.params import EXPAND, PAGING, Currency, Many, Range, Record, String
from stripe_sandbox.unit_of_work import Json, UnitOfWork

RETRIEVE = Record({"expand": EXPAND})
LIST_INTENTS = Record({**PAGING, "created": Range()}, unsupported=frozenset({"customer", "customer_account"}))
LIST_CHARGES = Record(
    {**PAGING, "created": Range(), "payment_intent": String()},
    unsupported=frozenset({"customer", "transfer_group"}),
)
LIST_DISPUTES = Record({**PAGING, "charge": String(), "created": Range(), "payment_intent": String()})
LIST_ENTRIES = Record(
    {**PAGING, "created": Range(), "currency": Currency(), "source": String(), "type": String()},
    unsupported=frozenset({"payout"}),
)
LIST_EVENTS = Record(
    {**PAGING, "created": Range(), "type": String(), "types": Many(String(), most=20)},
    unsupported=frozenset({"delivery_success"}),
)
LIST_WARNINGS = Record({**PAGING, "charge": String(), "created": Range(), "payment_intent": String()})


@dataclass(frozen=True)
class Call:
    """One request, read and checked. `object_id` is empty where the path names no object."""

    work: UnitOfWork
    args: dict[str, Any]
    object_id: str
    public_url: str


@dataclass(frozen=True, eq=False)
class Operation:
    """`answers` is the kind of object that comes back, as `expand` needs to know it."""

    method: str
    path: str
    accepts: Record
    answers: str
    run: Callable[[Call], Json]


def _retrieve(path: str, kind: str, param: str) -> Operation:
    return Operation(
        "GET", path, RETRIEVE, kind, lambda call: call.work.read(call.object_id, kind, param=param)
    )


def _list(path: str, kind: str, accepts: Record, *fields: str) -> Operation:
    def run(call: Call) -> Json:
        return listing.page(call.work, kind, call.args, url=path, fields={name: name for name in fields})

    return Operation("GET", path, accepts, f"list of {kind}", run)


def _events(call: Call) -> Json:
    return listing.page(
        call.work, "event", call.args, url="/v1/events", fields={"type": "type", "types": "type"}
    )


OPERATIONS = (
    Operation(
        "POST",
        "/v1/checkout/sessions",
        checkout_params.CREATE,
        "checkout.session",
        lambda call: checkout.create(call.work, call.args, public_url=call.public_url),
    ),
    Operation(
        "GET",
        "/v1/checkout/sessions",
        checkout_params.LIST,
        "list of checkout.session",
        lambda call: checkout.search(call.work, call.args),
    ),
    _retrieve("/v1/checkout/sessions/<object_id>", "checkout.session", "session"),
    Operation(
        "POST",
        "/v1/checkout/sessions/<object_id>/expire",
        RETRIEVE,
        "checkout.session",
        lambda call: checkout.expire(call.work, call.object_id),
    ),
    Operation(
        "GET",
        "/v1/checkout/sessions/<object_id>/line_items",
        Record(PAGING),
        "list of item",
        lambda call: checkout.line_items(call.work, call.object_id, call.args),
    ),
    _list("/v1/payment_intents", "payment_intent", LIST_INTENTS),
    _retrieve("/v1/payment_intents/<object_id>", "payment_intent", "intent"),
    _list("/v1/charges", "charge", LIST_CHARGES, "payment_intent"),
    _retrieve("/v1/charges/<object_id>", "charge", "id"),
    Operation(
        "POST", "/v1/refunds", refunds.CREATE, "refund", lambda call: refunds.create(call.work, call.args)
    ),
    Operation(
        "GET",
        "/v1/refunds",
        refunds.LIST,
        "list of refund",
        lambda call: refunds.search(call.work, call.args),
    ),
    _retrieve("/v1/refunds/<object_id>", "refund", "refund"),
    _list("/v1/disputes", "dispute", LIST_DISPUTES, "charge", "payment_intent"),
    _retrieve("/v1/disputes/<object_id>", "dispute", "dispute"),
    _list("/v1/balance_transactions", "balance_transaction", LIST_ENTRIES, "currency", "source", "type"),
    _retrieve("/v1/balance_transactions/<object_id>", "balance_transaction", "id"),
    _list(
        "/v1/radar/early_fraud_warnings",
        "radar.early_fraud_warning",
        LIST_WARNINGS,
        "charge",
        "payment_intent",
    ),
    _retrieve(
        "/v1/radar/early_fraud_warnings/<object_id>", "radar.early_fraud_warning", "early_fraud_warning"
    ),
    Operation("GET", "/v1/events", LIST_EVENTS, "list of event", _events),
    _retrieve("/v1/events/<object_id>", "event", "id"),
    Operation("GET", "/v1/account", RETRIEVE, "account", lambda call: account.describe(call.public_url)),
)
ROUTES = Map(
    [Rule(operation.path, methods=[operation.method], endpoint=operation) for operation in OPERATIONS],
    strict_slashes=False,
)
