"""Who may ask, in which version, for what."""

import json

import pytest
import stripe
from werkzeug.test import Client, TestResponse

from tests.sandbox_client import VERSION
from tests.stripe_sandbox.shop import KEY, Shop


def get(shop: Shop, path: str, **headers: str) -> TestResponse:
    return Client(shop.sandbox).get(path, headers=headers)


def message(answer: TestResponse) -> str:
    return str(json.loads(answer.get_data())["error"]["message"])


def test_the_key_is_taken_as_bearer_or_as_user_name(shop: Shop) -> None:
    bearer = get(shop, "/v1/events", Authorization=f"Bearer {KEY}")
    basic = Client(shop.sandbox).get("/v1/events", auth=(KEY, ""))

    assert (bearer.status_code, basic.status_code) == (200, 200)
    assert bearer.json == {"object": "list", "data": [], "has_more": False, "url": "/v1/events"}


def test_without_a_key_nobody_is_served(shop: Shop) -> None:
    for headers in ({}, {"Authorization": "Basic \xff"}):
        answer = get(shop, "/v1/events", **headers)

        assert answer.status_code == 401
        assert message(answer).startswith("You did not provide an API key.")


def test_another_key_is_refused_without_repeating_it(shop: Shop) -> None:
    answer = get(shop, "/v1/events", Authorization="Bearer sk_test_somebody_else")

    assert answer.status_code == 401
    assert message(answer) == "Invalid API Key provided: sk_test_*********else"
    assert answer.headers["Request-Id"].startswith("req_")


def test_another_version_is_refused(shop: Shop) -> None:
    answer = get(
        shop, "/v1/events", **{"Authorization": f"Bearer {KEY}", "Stripe-Version": "2026-10-28.endive"}
    )

    assert answer.status_code == 400
    assert message(answer) == (
        f"Invalid Stripe API version: 2026-10-28.endive. The sandbox speaks {VERSION} alone."
    )


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/nothing"), ("POST", "/v1/events"), ("DELETE", "/v1/refunds")]
)
def test_unknown_addresses_and_methods_are_named(shop: Shop, method: str, path: str) -> None:
    answer = Client(shop.sandbox).open(path, method=method, headers={"Authorization": f"Bearer {KEY}"})

    assert answer.status_code == 404
    assert message(answer).startswith(f"Unrecognized request URL ({method}: {path}).")


def test_every_answer_has_a_request_id_and_the_version(shop: Shop) -> None:
    ids = {get(shop, "/v1/events", Authorization=f"Bearer {KEY}").headers["Request-Id"] for _ in range(3)}
    answer = get(shop, "/v1/events", Authorization=f"Bearer {KEY}")

    assert len(ids) == 3
    assert answer.headers["Stripe-Version"] == VERSION
    assert answer.mimetype == "application/json"


def test_an_unknown_parameter_is_an_error(shop: Shop) -> None:
    answer = get(shop, "/v1/events?foo=1", Authorization=f"Bearer {KEY}")

    assert answer.json == {
        "error": {
            "code": "parameter_unknown",
            "doc_url": "https://stripe.com/docs/error-codes/parameter-unknown",
            "message": "Received unknown parameter: foo",
            "param": "foo",
            "type": "invalid_request_error",
        }
    }


def test_a_request_beyond_a_megabyte_is_refused(shop: Shop) -> None:
    answer = Client(shop.sandbox).post(
        "/v1/refunds", headers={"Authorization": f"Bearer {KEY}"}, data={"reason": "x" * 1_000_001}
    )

    assert answer.status_code == 413


def test_the_account_can_be_read(shop: Shop) -> None:
    assert shop.client.v1.accounts.retrieve_current().charges_enabled


@pytest.mark.parametrize(
    ("kind", "name", "param"),
    [
        ("payment_intents", "payment_intent", "intent"),
        ("charges", "charge", "id"),
        ("refunds", "refund", "refund"),
        ("disputes", "dispute", "dispute"),
        ("events", "event", "id"),
        ("balance_transactions", "balance transaction", "id"),
    ],
)
def test_what_is_not_there_is_named(shop: Shop, kind: str, name: str, param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        getattr(shop.client.v1, kind).retrieve("xy_1")

    assert refusal.value.http_status == 404
    assert (refusal.value.user_message, refusal.value.code) == (f"No such {name}: 'xy_1'", "resource_missing")
    assert refusal.value.param == param


def test_an_object_of_another_kind_is_not_found(shop: Shop) -> None:
    intent = shop.intent_of()

    with pytest.raises(stripe.InvalidRequestError, match="No such charge"):
        shop.client.v1.charges.retrieve(intent)
