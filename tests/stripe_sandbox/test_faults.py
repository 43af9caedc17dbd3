"""Trouble on request."""

import pytest
import stripe

from tests.sandbox_client import InProcessHTTPClient, in_process_client
from tests.stripe_sandbox.shop import Shop, checkout


def count(shop: Shop) -> int:
    return len(shop.client.v1.checkout.sessions.list().data)


@pytest.mark.parametrize(
    "kind", ["rate_limit", "unavailable", "server_error", "timeout_before", "reset_before"]
)
def test_trouble_before_the_effect_leaves_nothing(shop: Shop, kind: str) -> None:
    shop.sandbox.add_fault(kind, method="POST", path="/v1/checkout/sessions")
    client = in_process_client(shop.sandbox, retries=0)

    with pytest.raises(stripe.StripeError):
        client.v1.checkout.sessions.create(checkout())  # type: ignore[arg-type]
    assert count(shop) == 0


@pytest.mark.parametrize("kind", ["timeout_after", "reset_after"])
def test_trouble_after_the_effect_leaves_it(shop: Shop, kind: str) -> None:
    shop.sandbox.add_fault(kind, method="POST", path="/v1/checkout/sessions")
    client = in_process_client(shop.sandbox, retries=0)

    with pytest.raises(stripe.APIConnectionError):
        client.v1.checkout.sessions.create(checkout())  # type: ignore[arg-type]
    assert count(shop) == 1


@pytest.mark.parametrize(
    "kind", ["unavailable", "timeout_before", "timeout_after", "reset_before", "reset_after"]
)
def test_a_second_try_with_the_same_key_has_one_effect(shop: Shop, kind: str) -> None:
    shop.sandbox.add_fault(kind, method="POST")

    assert shop.open_checkout().status == "open"
    assert count(shop) == 1


def test_a_refusal_may_get_lost_too(shop: Shop) -> None:
    shop.sandbox.add_fault("reset_after", times=3)

    with pytest.raises(stripe.APIConnectionError):
        shop.client.v1.checkout.sessions.retrieve("cs_test_nothing")


def test_the_rate_limit_reads_like_stripes(shop: Shop) -> None:
    shop.sandbox.add_fault("rate_limit")

    with pytest.raises(stripe.RateLimitError) as error:
        shop.client.v1.events.list()
    assert error.value.http_status == 429


def test_a_fault_strikes_where_and_as_often_as_planned(shop: Shop) -> None:
    shop.sandbox.add_fault("rate_limit", method="GET", path="/v1/refunds*", times=2)

    assert shop.client.v1.events.list().data == []
    for _ in range(2):
        with pytest.raises(stripe.RateLimitError):
            shop.client.v1.refunds.list()
    assert shop.client.v1.refunds.list().data == []


def test_faults_can_be_called_off(shop: Shop) -> None:
    shop.sandbox.add_fault("rate_limit", times=5)
    shop.sandbox.clear_faults()

    assert shop.client.v1.events.list().data == []


def test_there_are_no_other_faults(shop: Shop) -> None:
    with pytest.raises(ValueError, match="No such fault: flood"):
        shop.sandbox.add_fault("flood")


def test_the_client_tries_as_often_as_it_is_told(shop: Shop) -> None:
    transport = InProcessHTTPClient(shop.sandbox)
    client = stripe.StripeClient(
        shop.sandbox.config.api_key,
        http_client=transport,
        stripe_version="2026-05-27.dahlia",
        max_network_retries=2,
    )
    shop.sandbox.add_fault("timeout_before", times=3)

    with pytest.raises(stripe.APIConnectionError):
        client.v1.events.list()
    assert transport.requests == [("GET", "/v1/events")] * 3
