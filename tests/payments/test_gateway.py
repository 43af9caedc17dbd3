"""Answers that do not come from Stripe decide nothing: neither that something was done, nor that it was not."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import stripe as sdk
from requests.adapters import BaseAdapter

from mentormap.payments import gateway
from mentormap.payments.gateway import GatewayError, StripeMissing, StripeRefused, StripeUnavailable

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FROM_STRIPE = {"Request-Id": "req_1", "Content-Type": "application/json"}
NO_SUCH = {"error": {"type": "invalid_request_error", "code": "resource_missing", "message": "No such thing"}}
REFUSED = {"error": {"type": "invalid_request_error", "param": "amount", "message": "No."}}

CALLS: dict[str, Callable[[], object]] = {
    "create checkout": lambda: gateway.create_checkout({"mode": "payment"}, idempotency_key="a"),
    "fetch checkout": lambda: gateway.fetch_checkout("cs_1"),
    "expire": lambda: gateway.expire_checkout("cs_1"),
    "find checkout": lambda: gateway.find_checkout("a", created_after=AT, created_before=AT),
    "refund": lambda: gateway.create_refund(
        intent_id="pi_1", amount_minor=500, our_id="a", reference="b", idempotency_key="c"
    ),
    "list refunds": lambda: gateway.list_refunds("pi_1"),
    "list charges": lambda: list(gateway.recent_charges(created_from=AT, delayed_from=AT)),
    "fetch charge": lambda: gateway.fetch_charge("ch_1"),
    "fetch reference": lambda: gateway.fetch_reference("pi_1"),
    "list events": lambda: gateway.list_events(created_from=AT),
}

NOT_STRIPES: dict[str, str] = {
    "a proxy's page": "<html><h1>403 Forbidden</h1></html>",
    "nothing": "",
    "a word": '"denied"',
    "a list": "[]",
    "another shape": '{"message": "Forbidden"}',
    "an error in a word": '{"error": "Forbidden"}',
    "an error of OAuth": '{"error": "invalid_request", "error_description": "No."}',
    "an error that is null": '{"error": null}',
    "an error without a type": '{"error": {"message": "No such thing", "code": "resource_missing"}}',
    "an error of another type": '{"error": {"type": "forbidden", "message": "No."}}',
}


class Canned(BaseAdapter):
    """Gives the same answer to every request, in place of the network."""

    def __init__(self, status: int, body: str, headers: Mapping[str, str]) -> None:
        super().__init__()
        self.status, self.body, self.headers = status, body, headers

    def send(self, request: requests.PreparedRequest, *_rest: Any, **_more: Any) -> requests.Response:
        answer = requests.Response()
        answer.status_code, answer._content, answer.request = self.status, self.body.encode(), request
        answer.headers.update(self.headers)
        return answer

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """The official SDK with its own transport gets this answer."""

    def will_be(status: int, body: str, headers: Mapping[str, str] = FROM_STRIPE) -> None:
        session = requests.Session()
        session.mount("https://", Canned(status, body, headers))
        client = sdk.StripeClient(
            "sk_test_1", max_network_retries=0, http_client=sdk.RequestsClient(session=session)
        )
        monkeypatch.setattr(gateway, "client", lambda: client)

    return will_be


def error_of(call: str) -> GatewayError:
    with pytest.raises(GatewayError) as raised:
        CALLS[call]()
    return raised.value


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 407, 422, 502])
def test_an_answer_that_is_not_stripes_decides_nothing(
    answers: Callable[..., None], call: str, status: int
) -> None:
    for body in NOT_STRIPES.values():
        for headers in ({"Content-Type": "text/html"}, FROM_STRIPE):
            answers(status, body, headers)
            error = error_of(call)
            assert isinstance(error, StripeUnavailable)
            assert not error.is_kept


@pytest.mark.parametrize("call", CALLS)
def test_stripes_words_without_the_name_of_a_request_decide_nothing(
    answers: Callable[..., None], call: str
) -> None:
    """Other services' errors have the same shape."""
    answers(404, json.dumps(NO_SUCH), {"Content-Type": "application/json"})
    assert isinstance(error_of(call), StripeUnavailable)


@pytest.mark.parametrize("call", sorted(CALLS.keys() - {"expire"}))
@pytest.mark.parametrize("body", ["<html>Log in to this network.</html>", "", "[]", '{"ok": true}', '"yes"'])
def test_a_page_of_a_captive_portal_is_no_success(answers: Callable[..., None], call: str, body: str) -> None:
    answers(200, body, {"Content-Type": "text/html"})
    assert isinstance(error_of(call), StripeUnavailable)


def test_stripes_own_refusal_is_definite(answers: Callable[..., None]) -> None:
    answers(400, json.dumps(REFUSED))
    refusal = error_of("refund")
    assert isinstance(refusal, StripeRefused)
    assert (refusal.kind, refusal.param, refusal.status) == ("invalid_request_error", "amount", 400)
    answers(404, json.dumps(NO_SUCH))
    assert isinstance(error_of("fetch checkout"), StripeMissing)


def test_only_stripes_own_500_is_kept(answers: Callable[..., None]) -> None:
    """Stripe repeats it for the same key; after a proxy's 504 the request may still be under way."""
    answers(500, json.dumps({"error": {"type": "api_error", "message": "Sorry."}}))
    error = error_of("refund")
    assert isinstance(error, StripeUnavailable)
    assert error.is_kept
