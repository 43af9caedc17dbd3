"""The judge itself: what it lets pass, and what it does not."""

import json
from typing import Any

import pytest

from tests.stripe_contract import ContractBrokenError, judge_answer, judge_object, judge_request

REFUND: dict[str, Any] = {
    "id": "re_1",
    "object": "refund",
    "amount": 100,
    "balance_transaction": None,
    "charge": "ch_1",
    "created": 1_795_424_400,
    "currency": "usd",
    "metadata": {"a": "b"},
    "status": "succeeded",
}


def test_requests_by_the_contract_pass() -> None:
    judge_request(
        "POST", "/v1/refunds", [("payment_intent", "pi_1"), ("amount", "100"), ("metadata[a]", "b")]
    )
    judge_request(
        "GET", "/v1/events", [("created[gte]", "5"), ("types[0]", "charge.refunded"), ("limit", "3")]
    )
    judge_request("GET", "/v1/refunds/re_1", [("expand[0]", "charge")])
    judge_request("POST", "/v1/checkout/sessions", [("line_items[0][price_data][unit_amount]", "100"),
                                                    ("line_items[0][price_data][currency]", "usd"),
                                                    ("custom_text[submit][message]", "Hello")])  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "params"),
    [
        ("POST", "/v1/refunds", [("payment", "pi_1")]),
        ("POST", "/v1/refunds", [("amount", "1.5")]),
        ("POST", "/v1/refunds", [("reason", "whim")]),
        ("POST", "/v1/refunds", [("refund_application_fee", "maybe")]),
        ("POST", "/v1/checkout/sessions", [("client_reference_id", "x" * 201)]),
        ("POST", "/v1/checkout/sessions", [("line_items[0][name]", "hour")]),
        ("POST", "/v1/checkout/sessions", [("line_items[0][price_data][unit_amount]", "100")]),
        ("GET", "/v1/events", [("since", "5")]),
        ("GET", "/v1/nothing", []),
        ("PUT", "/v1/refunds", []),
    ],
)
def test_other_requests_do_not(method: str, path: str, params: list[tuple[str, str]]) -> None:
    with pytest.raises(ContractBrokenError):
        judge_request(method, path, params)


def test_answers_by_the_contract_pass() -> None:
    judge_answer("GET", "/v1/refunds/re_1", 200, json.dumps(REFUND))
    judge_answer("GET", "/v1/refunds", 200, json.dumps(a_list(REFUND)))
    judge_answer("GET", "/v1/refunds/re_1", 404, json.dumps({"error": {"type": "invalid_request_error"}}))


def a_list(*items: dict[str, Any]) -> dict[str, Any]:
    return {"object": "list", "data": list(items), "has_more": False, "url": "/v1/refunds"}


@pytest.mark.parametrize(
    "change",
    [
        {"amount": None},
        {"amount": "100"},
        {"status": 5},
        {"colour": "red"},
        {"object": "charge"},
        {"charge": {"id": "ch_1"}},
    ],
)
def test_other_answers_do_not(change: dict[str, Any]) -> None:
    with pytest.raises(ContractBrokenError):
        judge_answer("GET", "/v1/refunds/re_1", 200, json.dumps(REFUND | change))
    with pytest.raises(ContractBrokenError):
        judge_answer("GET", "/v1/refunds", 200, json.dumps(a_list(REFUND, REFUND | change)))


def test_refusals_have_their_own_shape() -> None:
    with pytest.raises(ContractBrokenError):
        judge_answer("GET", "/v1/refunds/re_1", 404, json.dumps({"error": {"message": "no type"}}))


def test_objects_are_judged_by_name() -> None:
    judge_object("refund", REFUND)
    with pytest.raises(ContractBrokenError, match="charge"):
        judge_object("charge", REFUND)
