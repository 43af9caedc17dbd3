"""A shop that sells hours through the sandbox: the one caller of these tests."""

import json
from dataclasses import dataclass, field
from typing import Any

import stripe

from stripe_sandbox.app import Sandbox, create_app
from stripe_sandbox.clock import Clock
from stripe_sandbox.config import Config
from stripe_sandbox.webhooks import Endpoint
from tests.sandbox_client import in_process_client, pay
from tests.stripe_contract import judge_object

KEY = "sk_test_51SandboxOfTheTests"
SECRET = "whsec_of_the_tests"
START = 1_795_424_400
"""Monday 23 November 2026, 9:00 UTC."""

SUCCESS = "https://shop.example/sessions/success?session_id={CHECKOUT_SESSION_ID}"
CANCEL = "https://shop.example/checkout/back"


@dataclass
class Mailbag:
    """The shop's webhook endpoint. `answers` are given in turn, then 200."""

    answers: list[int] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def take(self, _url: str, headers: dict[str, str], body: bytes) -> int:
        signature = headers["Stripe-Signature"]
        stripe.WebhookSignature.verify_header(body.decode(), signature, SECRET, tolerance=None)
        event = json.loads(body)
        judge_object("event", event)
        judge_object(event["data"]["object"]["object"], event["data"]["object"])
        status = self.answers.pop(0) if self.answers else 200
        if status == 0:
            raise ConnectionRefusedError("nobody listens")
        (self.events if status == 200 else self.refused).append(event)
        return status

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]


@dataclass
class Shop:
    sandbox: Sandbox
    mailbag: Mailbag
    client: stripe.StripeClient

    def open_checkout(self, **changes: Any) -> stripe.checkout.Session:
        return self.client.v1.checkout.sessions.create(checkout(**changes))  # type: ignore[arg-type]

    def paid_checkout(self, card: str = "4242424242424242", **changes: Any) -> stripe.checkout.Session:
        opened = self.open_checkout(**changes)
        assert pay(self.sandbox, opened.id, card).status_code == 303
        return self.client.v1.checkout.sessions.retrieve(opened.id)

    def intent_of(self, card: str = "4242424242424242") -> str:
        """A PaymentIntent that has just been paid for with `card`."""
        return str(self.paid_checkout(card).payment_intent)

    def event_types(self) -> list[str]:
        """What Stripe would tell, oldest first."""
        found = self.client.v1.events.list({"limit": 100}).data
        return [event.type for event in reversed(found)]


def open_shop(data: str = ":memory:", **switches: Any) -> Shop:
    mailbag = Mailbag()
    config = Config(KEY, data=data, webhook=Endpoint("https://shop.example/webhook", SECRET))
    sandbox = create_app(config, clock=Clock(real=lambda: START), deliver=mailbag.take)
    return Shop(sandbox, mailbag, in_process_client(sandbox, **switches))


def checkout(*, amount: int = 12000, currency: str = "usd", **changes: Any) -> dict[str, Any]:
    """The parameters of a checkout for one hour; a change to None leaves a parameter out."""
    price = {"currency": currency, "unit_amount": amount, "product_data": {"name": "An hour with Maya"}}
    usual = {
        "mode": "payment",
        "success_url": SUCCESS,
        "cancel_url": CANCEL,
        "line_items": [{"price_data": price, "quantity": 1}],
    }
    return {name: value for name, value in (usual | changes).items() if value is not None}
