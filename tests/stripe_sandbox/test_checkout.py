"""Checkout Sessions: what they look like, and how they end."""

from typing import Any

import pytest
import stripe

from tests.sandbox_client import pay
from tests.stripe_sandbox.shop import CANCEL, START, SUCCESS, Shop, checkout

HALF_HOUR, DAY = 1800, 86400


def test_a_new_session_is_open_and_has_a_page(shop: Shop) -> None:
    session = shop.open_checkout(
        client_reference_id="7",
        customer_email="sam@example.com",
        metadata={"payment": "7"},
        expires_at=START + 2100,
        submit_type="book",
    )

    assert session.id.startswith("cs_test_")
    assert session.url == f"http://localhost:12111/c/pay/{session.id}"
    assert (session.status, session.payment_status, session.payment_intent) == ("open", "unpaid", None)
    assert (session.amount_total, session.currency) == (12000, "usd")
    assert (session.client_reference_id, session.customer_email) == ("7", "sam@example.com")
    assert (session.success_url, session.cancel_url) == (SUCCESS, CANCEL)
    assert (session.created, session.expires_at) == (START, START + 2100)
    assert session.metadata is not None
    assert session.metadata.to_dict() == {"payment": "7"}
    assert session.livemode is False


def test_a_session_lives_for_a_day_unless_told(shop: Shop) -> None:
    assert shop.open_checkout().expires_at == START + DAY


def test_paying_completes_the_session(shop: Shop) -> None:
    session = shop.open_checkout(payment_intent_data={"metadata": {"payment": "7"}})
    page = pay(shop.sandbox, session.id)
    read = shop.client.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent.latest_charge.balance_transaction", "line_items"]}
    ).to_dict()
    intent, charge = read["payment_intent"], read["payment_intent"]["latest_charge"]

    assert page.headers["Location"] == SUCCESS.replace("{CHECKOUT_SESSION_ID}", session.id)
    assert (read["status"], read["payment_status"], read["url"]) == ("complete", "paid", None)
    assert read["customer_details"]["email"] == "sam@example.com"
    assert (intent["status"], intent["amount_received"]) == ("succeeded", 12000)
    assert intent["metadata"] == charge["metadata"] == {"payment": "7"}
    assert (charge["status"], charge["paid"], charge["amount_refunded"]) == ("succeeded", True, 0)
    assert charge["payment_method_details"]["card"]["last4"] == "4242"
    assert (charge["balance_transaction"]["amount"], charge["balance_transaction"]["fee"]) == (12000, 378)
    assert [item["amount_total"] for item in read["line_items"]["data"]] == [12000]
    assert read["metadata"] == {}


def test_line_items_have_an_endpoint_of_their_own(shop: Shop) -> None:
    session = shop.open_checkout(
        line_items=[
            {"price_data": checkout()["line_items"][0]["price_data"], "quantity": n} for n in (1, 2, 3)
        ]
    )
    first = shop.client.v1.checkout.sessions.line_items.list(session.id, {"limit": 2})
    rest = shop.client.v1.checkout.sessions.line_items.list(session.id, {"starting_after": first.data[-1].id})

    assert session.amount_total == 72000
    assert [item.amount_total for item in first.data] == [12000, 24000]
    assert first.has_more
    assert [item.amount_total for item in rest.data] == [36000]
    assert not rest.has_more


def test_an_open_session_can_be_expired_once(shop: Shop) -> None:
    session = shop.open_checkout()
    expired = shop.client.v1.checkout.sessions.expire(session.id)

    assert (expired.status, expired.url) == ("expired", None)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        shop.client.v1.checkout.sessions.expire(session.id)
    assert refusal.value.user_message == (
        'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
        "`expired`."
    )
    assert shop.event_types() == ["checkout.session.expired"]


def test_a_paid_session_cannot_be_expired(shop: Shop) -> None:
    session = shop.paid_checkout()

    with pytest.raises(stripe.InvalidRequestError, match="has a status of `complete`"):
        shop.client.v1.checkout.sessions.expire(session.id)


def test_a_session_expires_by_itself_at_its_time(shop: Shop) -> None:
    session = shop.open_checkout(expires_at=START + HALF_HOUR)
    shop.sandbox.advance(HALF_HOUR - 1)
    before = shop.client.v1.checkout.sessions.retrieve(session.id)
    shop.sandbox.advance(DAY)
    after = shop.client.v1.checkout.sessions.retrieve(session.id)
    event = shop.client.v1.events.list().data[0]

    assert (before.status, after.status) == ("open", "expired")
    assert (event.type, event.created) == ("checkout.session.expired", START + HALF_HOUR)
    assert event.request is not None
    assert event.request.id is None


def test_sessions_are_listed_newest_first_and_by_status(shop: Shop) -> None:
    opened, paid = shop.open_checkout(), shop.paid_checkout()
    sessions = shop.client.v1.checkout.sessions

    assert [session.id for session in sessions.list().data] == [paid.id, opened.id]
    assert [session.id for session in sessions.list({"status": "open"}).data] == [opened.id]
    assert [session.id for session in sessions.list({"payment_intent": str(paid.payment_intent)}).data] == [
        paid.id
    ]
    assert [
        session.id for session in sessions.list({"customer_details": {"email": "sam@example.com"}}).data
    ] == [paid.id]
    assert sessions.list({"created": {"gt": START}}).data == []


LINE = checkout()["line_items"][0]
PRICE = LINE["price_data"]


@pytest.mark.parametrize(
    ("changes", "message", "code", "param"),
    [
        ({"mode": None}, "Missing required param: mode.", "parameter_missing", "mode"),
        ({"line_items": None}, "Missing required param: line_items.", "parameter_missing", "line_items"),
        ({"success_url": None}, "Missing required param: success_url.", "parameter_missing", "success_url"),
        (
            {"line_items": [{"price_data": PRICE}]},
            "Missing required param: line_items[0][quantity].",
            "parameter_missing",
            "line_items[0][quantity]",
        ),
        ({"success_url": "success"}, "Not a valid URL", "url_invalid", "success_url"),
        ({"cancel_url": "javascript:alert(1)"}, "Not a valid URL", "url_invalid", "cancel_url"),
        (
            {"customer_email": "sam"},
            "Invalid email address: sam",
            "email_invalid",
            "customer_email",
        ),
        (
            {"amount": 49},
            "The Checkout Session's total amount due must add up to at least $0.50 usd",
            "amount_too_small",
            None,
        ),
        (
            {"amount": 17499, "currency": "huf"},
            "The Checkout Session's total amount due must add up to at least 175.00 huf",
            "amount_too_small",
            None,
        ),
        (
            {"amount": 100_000_000},
            "The Checkout Session's total amount due must be no more than $999,999.99 usd",
            "amount_too_large",
            None,
        ),
        (
            {"expires_at": START + HALF_HOUR - 1},
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.",
            None,
            "expires_at",
        ),
        (
            {"expires_at": START + DAY + 1},
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
            None,
            "expires_at",
        ),
        (
            {"amount": 1005, "currency": "kwd"},
            "Invalid amount. The amount in kwd must be divisible by 10.",
            "parameter_invalid_integer",
            "line_items[0][price_data][unit_amount]",
        ),
    ],
)
def test_a_session_is_refused_in_stripes_words(
    shop: Shop, changes: dict[str, Any], message: str, code: str | None, param: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        shop.open_checkout(**changes)

    assert refusal.value.http_status == 400
    assert (refusal.value.user_message, refusal.value.code, refusal.value.param) == (message, code, param)
    assert shop.client.v1.checkout.sessions.list().data == []


@pytest.mark.parametrize("offset", [HALF_HOUR, DAY])
def test_the_limits_of_expiry_themselves_are_allowed(shop: Shop, offset: int) -> None:
    assert shop.open_checkout(expires_at=START + offset).expires_at == START + offset


def test_a_session_that_is_not_there_is_named(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        shop.client.v1.checkout.sessions.retrieve("cs_test_nothing")

    assert refusal.value.http_status == 404
    assert refusal.value.user_message == "No such checkout session: 'cs_test_nothing'"
    assert (refusal.value.code, refusal.value.param) == ("resource_missing", "session")


def test_other_modes_are_refused_openly(shop: Shop) -> None:
    with pytest.raises(
        stripe.InvalidRequestError, match="The sandbox does not support the parameter: mode=setup"
    ):
        shop.open_checkout(mode="setup")
