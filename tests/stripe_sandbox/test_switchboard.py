"""The switches over HTTP, and what a restart keeps."""

from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from tests.sandbox_client import pay_by_debit
from tests.stripe_sandbox.shop import START, Shop, open_shop


def turn(shop: Shop, name: str, **arguments: Any) -> TestResponse:
    return Client(shop.sandbox).post(f"/_sandbox/{name}", json=arguments)


def test_the_state_can_be_read(shop: Shop) -> None:
    turn(shop, "webhooks", mode="late", delay=5)
    turn(shop, "fault", kind="rate_limit", method="POST", path="/v1/refunds", times=2)

    assert Client(shop.sandbox).get("/_sandbox/").json == {
        "now": START,
        "offset": 0,
        "webhooks": {"mode": "late", "delay": 5},
        "waiting": 0,
        "faults": [{"kind": "rate_limit", "method": "POST", "path": "/v1/refunds", "times": 2}],
    }


def test_the_clock_is_moved_forward_alone(shop: Shop) -> None:
    answer = turn(shop, "advance", seconds=3600)

    assert answer.json is not None
    assert answer.json["now"] == START + 3600
    for seconds in (-1, 10**12, float("inf"), float("nan"), "1"):
        assert turn(shop, "advance", seconds=seconds).status_code == 400
    assert shop.open_checkout().created == START + 3600


@pytest.mark.parametrize("body", ["", "[]", "{", '{"a":' * 20_000])
def test_what_is_no_object_turns_nothing(shop: Shop, body: str) -> None:
    sent = Client(shop.sandbox).post("/_sandbox/advance", data=body, content_type="application/json")
    assert sent.status_code == 400


def test_a_delayed_payment_is_settled(shop: Shop) -> None:
    session = shop.open_checkout()
    pay_by_debit(shop.sandbox, session.id)
    answer = turn(shop, "settle", checkout_id=session.id, succeeds=False)

    assert answer.status_code == 200
    assert shop.event_types()[-1] == "checkout.session.async_payment_failed"
    assert turn(shop, "settle", checkout_id=session.id).status_code == 400


def test_refunds_and_disputes_come_from_outside(shop: Shop) -> None:
    intent = shop.intent_of()
    refund = turn(shop, "refund", payment_intent=intent, amount=500).json
    dispute = turn(shop, "dispute", payment=intent, reason="product_not_received").json

    assert refund is not None
    assert (refund["object"], refund["amount"]) == ("refund", 500)
    assert dispute is not None
    assert (dispute["object"], dispute["payment_intent"]) == ("dispute", intent)
    assert turn(shop, "dispute", payment=intent).status_code == 400
    assert turn(shop, "refund", payment_intent="pi_1").status_code == 404


def test_webhooks_are_sent_on_demand(shop: Shop) -> None:
    shop.paid_checkout()
    turn(shop, "deliver")

    assert len(shop.mailbag.events) == 4


def test_a_reset_forgets_everything(shop: Shop) -> None:
    shop.paid_checkout()
    turn(shop, "advance", seconds=60)
    turn(shop, "fault", kind="rate_limit")
    answer = turn(shop, "reset")

    assert answer.json == {
        "now": START,
        "offset": 0,
        "webhooks": {"mode": "normal", "delay": 0},
        "waiting": 0,
        "faults": [],
    }
    assert shop.client.v1.checkout.sessions.list().data == []


@pytest.mark.parametrize(
    ("name", "arguments", "status"),
    [
        ("webhooks", {"mode": "sometimes"}, 400),
        ("webhooks", {"manner": "late"}, 400),
        ("advance", {"seconds": "soon"}, 400),
        ("fault", {"kind": "flood"}, 400),
        ("flood", {}, 404),
        ("", {}, 404),
    ],
)
def test_other_switches_are_refused(shop: Shop, name: str, arguments: dict[str, Any], status: int) -> None:
    assert turn(shop, name, **arguments).status_code == status


def test_switches_are_turned_from_this_machine_alone(shop: Shop) -> None:
    there = Client(shop.sandbox).post("/_sandbox/reset", json={}, environ_base={"REMOTE_ADDR": "192.0.2.7"})
    here = Client(shop.sandbox).post("/_sandbox/reset", json={}, environ_base={"REMOTE_ADDR": "::1"})

    assert (there.status_code, here.status_code) == (403, 200)


def test_switches_want_json(shop: Shop) -> None:
    form = Client(shop.sandbox).post("/_sandbox/reset", data={"a": "b"})
    array = Client(shop.sandbox).post("/_sandbox/reset", json=[])

    assert (form.status_code, array.status_code) == (415, 400)


def test_a_restart_keeps_everything(tmp_path: Path) -> None:
    file = str(tmp_path / "folder" / "sandbox.sqlite3")
    first = open_shop(file)
    session = first.open_checkout()
    first.sandbox.advance(60)
    first.sandbox.set_webhooks("twice")
    first.sandbox.close()
    second = open_shop(file)

    assert second.client.v1.checkout.sessions.retrieve(session.id).status == "open"
    assert (second.sandbox.clock.now(), second.sandbox.state()["webhooks"]["mode"]) == (START + 60, "twice")
    second.sandbox.advance(86400)
    assert second.sandbox.deliver_due() == 2
    second.sandbox.close()
