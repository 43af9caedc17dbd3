"""Webhooks: signed, in order, tried again; and late, twice, shuffled or never on request."""

import hashlib
import hmac

import pytest
import stripe

from stripe_sandbox import webhooks
from stripe_sandbox.app import create_app
from stripe_sandbox.config import Config
from tests.sandbox_client import in_process_client, pay
from tests.stripe_sandbox.shop import KEY, SECRET, START, Shop, checkout

pytestmark = pytest.mark.long

PAID = [
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "checkout.session.completed",
]


def test_events_come_in_the_order_of_creation(shop: Shop) -> None:
    shop.paid_checkout()

    assert shop.sandbox.deliver_due() == 4
    assert shop.mailbag.types == PAID
    assert shop.sandbox.deliver_due() == 0


def test_the_events_are_those_of_the_list(shop: Shop) -> None:
    shop.paid_checkout()
    shop.sandbox.deliver_due()
    listed = [event.to_dict() for event in shop.client.v1.events.list().data][::-1]

    assert [{**event, "pending_webhooks": 0} for event in shop.mailbag.events] == listed
    assert {event["pending_webhooks"] for event in shop.mailbag.events} == {1}


def test_an_event_holds_the_object_as_it_was(shop: Shop) -> None:
    session = shop.open_checkout()
    pay(shop.sandbox, session.id, "4000000000000002")
    pay(shop.sandbox, session.id)
    intents = shop.client.v1.events.list({"types": ["payment_intent.created", "payment_intent.succeeded"]})

    assert [event.to_dict()["data"]["object"]["status"] for event in intents.data] == [
        "succeeded",
        "requires_payment_method",
    ]


def test_the_signature_is_stripes(shop: Shop) -> None:
    header = webhooks.sign(b'{"a": 1}', secret=SECRET, sent_at=START)
    digest = hmac.new(SECRET.encode(), f'{START}.{{"a": 1}}'.encode(), hashlib.sha256).hexdigest()

    assert header == f"t={START},v1={digest}"
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header('{"a": 2}', header, SECRET, tolerance=None)


def test_the_signature_bears_real_time_whatever_the_clock_says(shop: Shop) -> None:
    seen: list[str] = []
    shop.sandbox.deliver = lambda _url, headers, _body: seen.append(headers["Stripe-Signature"]) or 200  # type: ignore[func-returns-value]
    shop.sandbox.advance(86400)
    shop.paid_checkout()
    shop.sandbox.deliver_due()

    assert seen[0].startswith(f"t={START},v1=")


@pytest.mark.parametrize("status", [0, 302, 400, 500])
def test_what_is_not_taken_comes_again(shop: Shop, status: int) -> None:
    shop.mailbag.answers = [status] * 3
    shop.open_checkout()
    session = shop.open_checkout()
    shop.client.v1.checkout.sessions.expire(session.id)
    tries = []
    for seconds in (0, 1, 1, 1, 4):
        shop.sandbox.advance(seconds)
        tries.append(shop.sandbox.deliver_due())

    assert tries == [1, 1, 0, 1, 1]
    assert shop.mailbag.types == ["checkout.session.expired"]


def test_one_that_fails_holds_up_no_other(shop: Shop) -> None:
    shop.mailbag.answers = [500]
    shop.paid_checkout()
    shop.sandbox.deliver_due()
    shop.sandbox.advance(1)
    shop.sandbox.deliver_due()

    assert shop.mailbag.types == [*PAID[1:], PAID[0]]


def test_waits_double_up_to_an_hour() -> None:
    assert [webhooks.wait_after(attempts) for attempts in (1, 2, 3, 12, 13, 99)] == [
        1,
        2,
        4,
        2048,
        3600,
        3600,
    ]


def test_after_many_tries_it_gives_up(shop: Shop) -> None:
    shop.mailbag.answers = [500] * 99
    shop.client.v1.checkout.sessions.expire(shop.open_checkout().id)
    tries = 0
    for _ in range(webhooks.TRIES + 5):
        tries += shop.sandbox.deliver_due()
        shop.sandbox.advance(3600)

    assert tries == webhooks.TRIES
    assert shop.sandbox.state()["waiting"] == 0


def test_twice_means_twice(shop: Shop) -> None:
    shop.sandbox.set_webhooks("twice")
    shop.paid_checkout()
    shop.sandbox.deliver_due()

    assert shop.mailbag.types == [name for name in PAID for _ in range(2)]
    assert len({event["id"] for event in shop.mailbag.events}) == 4


def test_never_means_lost(shop: Shop) -> None:
    shop.sandbox.set_webhooks("never")
    shop.paid_checkout()
    shop.sandbox.set_webhooks("normal")

    assert shop.sandbox.deliver_due() == 0
    assert shop.event_types() == PAID


@pytest.mark.parametrize(("delay", "seconds"), [(None, 30), (300, 300)])
def test_late_means_later(shop: Shop, delay: int | None, seconds: int) -> None:
    shop.sandbox.set_webhooks("late", delay=delay)
    shop.paid_checkout()
    shop.sandbox.advance(seconds - 1)
    assert shop.sandbox.deliver_due() == 0
    shop.sandbox.advance(1)
    assert shop.sandbox.deliver_due() == 4


def test_shuffled_is_never_in_order(shop: Shop) -> None:
    shop.sandbox.set_webhooks("shuffled")
    for _ in range(5):
        shop.paid_checkout()
        shop.sandbox.deliver_due()
        assert sorted(shop.mailbag.types) == sorted(PAID)
        assert shop.mailbag.types != PAID
        shop.mailbag.events.clear()


def test_there_are_no_other_modes(shop: Shop) -> None:
    with pytest.raises(ValueError, match="No such mode: sometimes"):
        shop.sandbox.set_webhooks("sometimes")


def test_events_are_found_by_type_and_time(shop: Shop) -> None:
    shop.paid_checkout()
    shop.sandbox.advance(60)
    expired = shop.open_checkout()
    shop.client.v1.checkout.sessions.expire(expired.id)
    events = shop.client.v1.events

    assert [event.type for event in events.list({"created": {"gte": START + 60}}).data] == [
        "checkout.session.expired"
    ]
    assert [event.type for event in events.list({"type": "charge.succeeded"}).data] == ["charge.succeeded"]
    assert [
        event.type
        for event in events.list({"types": ["checkout.session.completed", "charge.succeeded"]}).data
    ] == ["checkout.session.completed", "charge.succeeded"]
    assert events.retrieve(events.list().data[0].id).type == "checkout.session.expired"


def test_without_an_endpoint_events_wait_for_nobody() -> None:
    sandbox = create_app(Config(KEY))
    client = in_process_client(sandbox)
    session = client.v1.checkout.sessions.create(checkout())  # type: ignore[arg-type]
    client.v1.checkout.sessions.expire(session.id)

    assert client.v1.events.list().data[0].pending_webhooks == 0
    assert sandbox.deliver_due() == 0
    sandbox.close()
