"""Idempotency keys."""

from functools import partial
from typing import Any

import pytest
import stripe
from werkzeug.test import Client, TestResponse

from stripe_sandbox import idempotency
from stripe_sandbox.errors import StripeError
from tests.racing import all_at_once
from tests.sandbox_client import in_process_client
from tests.stripe_sandbox.shop import KEY, START, Shop, checkout

DAY = 86400


def create(shop: Shop, key: str, **changes: Any) -> stripe.checkout.Session:
    return shop.client.v1.checkout.sessions.create(checkout(**changes), {"idempotency_key": key})  # type: ignore[arg-type]


def refund(shop: Shop, key: str, **form: str) -> TestResponse:
    headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": key}
    return Client(shop.sandbox).post("/v1/refunds", data=form, headers=headers)


def test_the_same_request_gets_the_same_answer(shop: Shop) -> None:
    first, second = create(shop, "key"), create(shop, "key")

    assert first.to_dict() == second.to_dict()
    assert len(shop.client.v1.checkout.sessions.list().data) == 1


def test_a_replay_says_so(shop: Shop) -> None:
    intent = shop.intent_of()
    first, second = (refund(shop, "key", payment_intent=intent) for _ in range(2))

    assert first.get_data() == second.get_data()
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.headers["Original-Request"] == first.headers["Request-Id"]
    assert second.headers["Idempotency-Key"] == "key"


def test_the_order_of_parameters_does_not_matter(shop: Shop) -> None:
    intent = shop.intent_of()
    first = refund(shop, "key", payment_intent=intent, amount="100")
    second = refund(shop, "key", amount="100", payment_intent=intent)

    assert first.get_data() == second.get_data()


def test_other_parameters_are_an_error(shop: Shop) -> None:
    create(shop, "key")

    with pytest.raises(stripe.IdempotencyError) as refusal:
        create(shop, "key", amount=9000)
    assert refusal.value.http_status == 400
    assert refusal.value.user_message == (
        "Keys for idempotent requests can only be used with the same parameters they were first used with. Try "
        "using a key other than 'key' if you meant to execute a different request."
    )


def test_another_endpoint_is_an_error(shop: Shop) -> None:
    session = create(shop, "key")

    with pytest.raises(stripe.IdempotencyError, match="for the same endpoint they were first used for"):
        shop.client.v1.checkout.sessions.expire(session.id, {}, {"idempotency_key": "key"})


def test_a_refusal_of_parameters_is_not_kept(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="at least 30 minutes"):
        create(shop, "key", expires_at=START + 60)

    assert create(shop, "key", expires_at=START + 3600).status == "open"


def test_a_refusal_by_the_work_itself_is_kept(shop: Shop) -> None:
    intent = shop.intent_of()
    refund(shop, "all", payment_intent=intent)
    first, second = (refund(shop, "more", payment_intent=intent) for _ in range(2))

    assert (first.status_code, first.get_data()) == (400, second.get_data())
    assert second.headers["Idempotent-Replayed"] == "true"


def test_a_server_error_is_kept(shop: Shop) -> None:
    shop.sandbox.add_fault("server_error", path="/v1/checkout/sessions")

    for _ in range(2):
        with pytest.raises(stripe.APIError) as error:
            create(shop, "key")
        assert error.value.http_status == 500
    assert create(shop, "another key").status == "open"


def test_a_key_is_forgotten_after_a_day(shop: Shop) -> None:
    first = create(shop, "key")
    shop.sandbox.advance(DAY - 1)
    assert create(shop, "key").id == first.id
    shop.sandbox.advance(1)
    assert create(shop, "key").id != first.id


def test_a_key_may_have_255_characters(shop: Shop) -> None:
    assert create(shop, "k" * 255).status == "open"
    with pytest.raises(stripe.IdempotencyError, match="at most 255 characters"):
        create(shop, "k" * 256)


def test_reading_needs_no_key(shop: Shop) -> None:
    session = create(shop, "key")
    read = shop.client.v1.checkout.sessions.retrieve(session.id, {}, {"idempotency_key": "key"})

    assert read.id == session.id


def test_a_key_in_use_is_refused() -> None:
    keys = idempotency.KeysInUse()

    with keys.hold("key"), pytest.raises(StripeError) as refusal, keys.hold("key"):
        pass
    assert (refusal.value.status, refusal.value.code) == (409, "idempotency_key_in_use")
    with keys.hold("key"):
        pass


def test_two_at_once_make_one(shop: Shop) -> None:
    """Whoever comes second is told 409 and, as the SDK tries again, gets the first one's answer."""
    clients = [in_process_client(shop.sandbox, retries=20) for _ in range(8)]

    def work(client: stripe.StripeClient) -> str:
        return client.v1.checkout.sessions.create(checkout(), {"idempotency_key": "key"}).id  # type: ignore[arg-type]

    made = all_at_once([partial(work, client) for client in clients])
    assert len(made) == 8
    assert len(set(made)) == 1
    assert len(shop.client.v1.checkout.sessions.list().data) == 1
