"""Drives the sandbox without sockets, through the official SDK, with Stripe's contract as a judge of every exchange."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import stripe
from werkzeug.test import Client, TestResponse

from stripe_sandbox.app import Sandbox
from stripe_sandbox.faults import NoAnswer
from tests.stripe_contract import judge_answer, judge_request

VERSION = "2026-05-27.dahlia"


class InProcessHTTPClient(stripe.HTTPClient):
    """The SDK's transport, with a WSGI call in place of the network. It waits for nothing between retries."""

    name = "in-process"

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__()
        self.sandbox = sandbox
        self.requests: list[tuple[str, str]] = []

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        parts = urlsplit(url)
        sent = post_data if method == "post" else parts.query
        judge_request(method.upper(), parts.path, parse_qsl(sent or "", keep_blank_values=True))
        self.requests.append((method.upper(), parts.path))
        answer = self._send(method.upper(), url, dict(headers or {}), post_data)
        judge_answer(method.upper(), parts.path, answer.status_code, answer.get_data())
        return answer.get_data(as_text=True), answer.status_code, dict(answer.headers)

    def _send(self, method: str, url: str, headers: Mapping[str, str], body: Any) -> TestResponse:
        try:
            return Client(self.sandbox).open(url, method=method, headers=headers, data=body)
        except NoAnswer as fault:
            refusal = stripe.APIConnectionError(f"No answer: {fault}", should_retry=True)  # type: ignore[no-untyped-call]
            raise refusal from fault

    def _sleep_time_seconds(self, num_retries: int) -> float:
        return 0.0 * num_retries

    def close(self) -> None:
        """Nothing is open."""


def in_process_client(sandbox: Sandbox, *, retries: int = 2) -> stripe.StripeClient:
    return stripe.StripeClient(
        sandbox.config.api_key,
        stripe_version=VERSION,
        http_client=InProcessHTTPClient(sandbox),
        max_network_retries=retries,
    )


def pay(sandbox: Sandbox, checkout: str, card: str = "4242424242424242", **fields: str) -> TestResponse:
    """Post the hosted page's form. `checkout`: a Checkout Session's id, or its URL."""
    filled = {
        "email": "sam@example.com",
        "card_number": card,
        "expiry": "12 / 34",
        "cvc": "1234" if card.startswith("37") else "123",
        "name": "Sam Student",
    }
    return Client(sandbox).post(f"/c/pay/{_checkout_id(checkout)}", data=filled | fields)


def pay_by_debit(sandbox: Sandbox, checkout: str, account: str = "000123456789") -> TestResponse:
    """Post the hosted page's other form: the session completes unpaid, and settles later."""
    filled = {"email": "sam@example.com", "account": account, "name": "Sam Student"}
    return Client(sandbox).post(f"/c/debit/{_checkout_id(checkout)}", data=filled)


def authenticate(sandbox: Sandbox, checkout: str, *, passes: bool) -> TestResponse:
    """Answer the 3-D Secure page."""
    answer = "complete" if passes else "fail"
    return Client(sandbox).post(f"/c/3ds/{_checkout_id(checkout)}", data={"answer": answer})


def _checkout_id(checkout: str) -> str:
    return urlsplit(checkout).path.rpartition("/")[2]
