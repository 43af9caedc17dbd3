"""Paying on the hosted page: cards that are declined, that ask back, and debits that settle later."""

from typing import Any

import pytest
import stripe

from stripe_sandbox import cards
from tests.sandbox_client import authenticate, pay, pay_by_debit
from tests.stripe_sandbox.shop import START, SUCCESS, Shop

pytestmark = pytest.mark.long

DECLINED = {
    "4000000000000002": ("card_declined", "generic_decline", "Your card was declined."),
    "4000000000009995": ("card_declined", "insufficient_funds", "Your card has insufficient funds."),
    "4000000000009987": ("card_declined", "lost_card", "Your card was declined."),
    "4000000000009979": ("card_declined", "stolen_card", "Your card was declined."),
    "4000000000000069": ("expired_card", "expired_card", "Your card has expired."),
    "4000000000000127": ("incorrect_cvc", "incorrect_cvc", "Your card&#39;s security code is incorrect."),
    "4000000000000119": (
        "processing_error",
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
    ),
    "4000000000006975": (
        "card_declined",
        "card_velocity_exceeded",
        "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
    ),
    "4000000000000341": ("card_declined", "generic_decline", "Your card was declined."),
    "4111111111111111": ("card_declined", "test_mode_live_card", "but used a non test card."),
}


def the_intent(shop: Shop) -> stripe.PaymentIntent:
    return shop.client.v1.payment_intents.list({"expand": ["data.latest_charge"]}).data[0]


@pytest.mark.parametrize("card", DECLINED)
def test_a_declined_card_leaves_the_session_open(shop: Shop, card: str) -> None:
    code, decline_code, message = DECLINED[card]
    session = shop.open_checkout()
    page = pay(shop.sandbox, session.id, card)
    read = shop.client.v1.checkout.sessions.retrieve(session.id)
    intent = the_intent(shop).to_dict()

    assert page.status_code == 200
    assert message in page.get_data(as_text=True)
    assert (read.status, read.payment_status, read.payment_intent) == ("open", "unpaid", None)
    assert intent["status"] == "requires_payment_method"
    assert (intent["last_payment_error"]["code"], intent["last_payment_error"]["decline_code"]) == (
        code,
        decline_code,
    )
    assert (intent["latest_charge"]["status"], intent["latest_charge"]["failure_code"]) == ("failed", code)
    assert shop.event_types() == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]


def test_after_a_decline_another_card_pays(shop: Shop) -> None:
    session = shop.open_checkout()
    pay(shop.sandbox, session.id, "4000000000000002")
    failed = the_intent(shop).id
    pay(shop.sandbox, session.id, "5555555555554444")
    read = shop.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]}).to_dict()

    assert (read["payment_intent"]["id"], read["payment_status"]) == (failed, "paid")
    assert read["payment_intent"]["last_payment_error"] is None


@pytest.mark.parametrize("card", ["4242424242424242", "5555555555554444", "378282246310005"])
def test_good_cards_pay(shop: Shop, card: str) -> None:
    session = shop.paid_checkout(card)

    assert session.payment_status == "paid"
    assert shop.event_types() == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]


@pytest.mark.parametrize("card", ["4000002500003155", "4000002760003184", "4000000000003220"])
def test_some_cards_ask_for_authentication(shop: Shop, card: str) -> None:
    session = shop.open_checkout()
    page = pay(shop.sandbox, session.id, card)
    waiting = the_intent(shop).status
    done = authenticate(shop.sandbox, session.id, passes=True)
    intent = the_intent(shop).to_dict()

    assert page.headers["Location"] == f"http://localhost:12111/c/3ds/{session.id}"
    assert waiting == "requires_action"
    assert done.headers["Location"] == SUCCESS.replace("{CHECKOUT_SESSION_ID}", session.id)
    assert intent["status"] == "succeeded"
    assert (
        intent["latest_charge"]["payment_method_details"]["card"]["three_d_secure"]["result"]
        == "authenticated"
    )


def test_failed_authentication_leaves_the_session_open(shop: Shop) -> None:
    session = shop.open_checkout()
    pay(shop.sandbox, session.id, "4000002760003184")
    back = authenticate(shop.sandbox, session.id, passes=False)
    error = the_intent(shop).to_dict()["last_payment_error"]

    assert back.headers["Location"] == session.url
    assert error["code"] == "payment_intent_authentication_failure"
    assert shop.client.v1.checkout.sessions.retrieve(session.id).status == "open"
    assert shop.event_types()[-1] == "payment_intent.payment_failed"


def test_a_card_may_be_declined_after_authentication(shop: Shop) -> None:
    session = shop.open_checkout()
    pay(shop.sandbox, session.id, "4000008400001629")
    back = authenticate(shop.sandbox, session.id, passes=True)

    assert back.headers["Location"] == session.url
    assert the_intent(shop).status == "requires_payment_method"


def test_authentication_is_answered_once(shop: Shop) -> None:
    session = shop.open_checkout()
    pay(shop.sandbox, session.id, "4000002760003184")
    authenticate(shop.sandbox, session.id, passes=False)
    again = authenticate(shop.sandbox, session.id, passes=True)

    assert again.headers["Location"] == session.url
    assert the_intent(shop).status == "requires_payment_method"


def test_an_expired_session_ends_its_intent(shop: Shop) -> None:
    session = shop.open_checkout()
    pay(shop.sandbox, session.id, "4000002760003184")
    shop.client.v1.checkout.sessions.expire(session.id)
    late = authenticate(shop.sandbox, session.id, passes=True)

    assert "This payment page has expired" in late.get_data(as_text=True)
    assert the_intent(shop).status == "canceled"
    assert shop.event_types()[-2:] == ["payment_intent.canceled", "checkout.session.expired"]


def test_a_session_is_paid_once(shop: Shop) -> None:
    session = shop.paid_checkout()
    again = pay(shop.sandbox, session.id)

    assert "This payment is complete" in again.get_data(as_text=True)
    assert len(shop.client.v1.charges.list({"payment_intent": str(session.payment_intent)}).data) == 1


def test_an_expired_session_cannot_be_paid(shop: Shop) -> None:
    session = shop.open_checkout(expires_at=START + 1800)
    shop.sandbox.advance(1800)
    late = pay(shop.sandbox, session.id)

    assert "This payment page has expired" in late.get_data(as_text=True)
    assert shop.client.v1.payment_intents.list().data == []


@pytest.mark.parametrize(
    ("currency", "account"),
    [("usd", "000123456789"), ("eur", "AT611904300234573201"), ("gbp", "00012345")],
)
def test_a_bank_debit_completes_unpaid_and_arrives_later(shop: Shop, currency: str, account: str) -> None:
    session = shop.open_checkout(currency=currency)
    page = pay_by_debit(shop.sandbox, session.id, account)
    read = shop.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]}).to_dict()
    shop.sandbox.advance(60)
    later = shop.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]}).to_dict()

    assert page.status_code == 303
    assert (read["status"], read["payment_status"]) == ("complete", "unpaid")
    assert read["payment_intent"]["status"] == "processing"
    assert (later["status"], later["payment_status"]) == ("complete", "paid")
    assert later["payment_intent"]["latest_charge"].startswith("py_")
    assert shop.event_types()[-4:] == [
        "checkout.session.completed",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.async_payment_succeeded",
    ]
    assert [entry.type for entry in shop.client.v1.balance_transactions.list().data] == ["payment"]


def test_a_bank_debit_may_fail_later(shop: Shop) -> None:
    session = shop.open_checkout()
    pay_by_debit(shop.sandbox, session.id, "000111111116")
    shop.sandbox.advance(60)
    read = shop.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]}).to_dict()

    assert (read["status"], read["payment_status"]) == ("complete", "unpaid")
    assert read["payment_intent"]["status"] == "requires_payment_method"
    assert shop.event_types()[-3:] == [
        "charge.failed",
        "payment_intent.payment_failed",
        "checkout.session.async_payment_failed",
    ]


def entries(shop: Shop, **asked: Any) -> list[tuple[str, int, str]]:
    """Type, amount and status of each, oldest first."""
    listed = shop.client.v1.balance_transactions.list(asked).data  # type: ignore[arg-type]
    return [(entry.type, entry.amount, entry.status) for entry in reversed(listed)]


@pytest.mark.parametrize(
    ("account", "in_the_end"),
    [
        ("000123456789", [("payment", 12000, "available")]),
        ("000111111116", [("payment", 12000, "available"), ("payment_failure_refund", -12000, "available")]),
    ],
)
def test_a_debit_is_on_the_balance_from_when_the_bank_is_asked(
    shop: Shop, account: str, in_the_end: list[tuple[str, int, str]]
) -> None:
    session = shop.open_checkout()
    pay_by_debit(shop.sandbox, session.id, account)
    assert entries(shop) == [("payment", 12000, "pending")]
    assert entries(shop, type="charge") == []
    shop.sandbox.advance(60)
    intent = shop.client.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent.latest_charge"]}
    ).to_dict()["payment_intent"]
    charge, listed = intent["latest_charge"], shop.client.v1.balance_transactions.list().data
    known = [charge["balance_transaction"], charge["failure_balance_transaction"]]
    assert [entry.id for entry in reversed(listed)] == [entry for entry in known if entry]
    assert (sum(entry.net for entry in listed) == 0) == (charge["status"] == "failed")
    shop.sandbox.advance(3 * 24 * 3600)
    assert entries(shop) == in_the_end


@pytest.mark.parametrize(("succeeds", "event"), [(True, "succeeded"), (False, "failed")])
def test_a_debit_can_be_settled_by_hand_once(shop: Shop, succeeds: bool, event: str) -> None:
    session = shop.open_checkout()
    pay_by_debit(shop.sandbox, session.id, "000123456789")
    shop.sandbox.settle(session.id, succeeds=succeeds)
    shop.sandbox.advance(120)

    assert shop.event_types()[-1] == f"checkout.session.async_payment_{event}"
    assert len([each for each in shop.event_types() if "async" in each]) == 1


def test_a_refund_of_a_debit_takes_its_time(shop: Shop) -> None:
    session = shop.open_checkout()
    pay_by_debit(shop.sandbox, session.id)
    shop.sandbox.settle(session.id)
    intent = str(shop.client.v1.checkout.sessions.retrieve(session.id).payment_intent)
    refund = shop.client.v1.refunds.create({"payment_intent": intent})
    shop.sandbox.advance(10)

    assert (refund.status, refund.id[:4]) == ("pending", "pyr_")
    assert [kind for kind, _, _ in entries(shop)] == ["payment", "payment_refund"]
    assert shop.client.v1.refunds.retrieve(refund.id).status == "succeeded"


def test_a_payment_under_way_cannot_be_refunded(shop: Shop) -> None:
    session = shop.open_checkout()
    pay_by_debit(shop.sandbox, session.id)
    intent = str(shop.client.v1.checkout.sessions.retrieve(session.id).payment_intent)

    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge to refund"):
        shop.client.v1.refunds.create({"payment_intent": intent})


def test_every_test_card_is_well_formed() -> None:
    assert all(cards.passes_luhn(number) for number in cards.CARDS)
    assert not cards.passes_luhn("4242424242424241")
    assert cards.CARDS["378282246310005"].spaced == "3782 822463 10005"
    assert cards.CARDS["4242424242424242"].spaced == "4242 4242 4242 4242"
    assert [cards.brand(number) for number in ("4242", "5555", "2223", "3782", "6011", "9")] == [
        "visa",
        "mastercard",
        "mastercard",
        "amex",
        "discover",
        "unknown",
    ]
