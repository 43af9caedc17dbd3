"""Refunds: partial, full, pending, failing, refused."""

import pytest
import stripe

from tests.stripe_sandbox.shop import START, Shop


def refused(shop: Shop, **params: object) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        shop.client.v1.refunds.create(params)  # type: ignore[arg-type]
    return refusal.value


def charge_of(shop: Shop, intent: str) -> stripe.Charge:
    read = shop.client.v1.payment_intents.retrieve(intent, {"expand": ["latest_charge"]})
    assert isinstance(read.latest_charge, stripe.Charge)
    return read.latest_charge


def test_a_refund_gives_back_all_that_is_left(shop: Shop) -> None:
    intent = shop.intent_of()
    refund = shop.client.v1.refunds.create(
        {"payment_intent": intent, "metadata": {"refund_id": "3"}, "reason": "requested_by_customer"}
    )
    charge = charge_of(shop, intent)

    assert (refund.amount, refund.currency, refund.status) == (12000, "usd", "succeeded")
    assert (refund.reason, refund.payment_intent, refund.charge) == (
        "requested_by_customer",
        intent,
        charge.id,
    )
    assert refund.metadata is not None
    assert refund.metadata.to_dict() == {"refund_id": "3"}
    assert (charge.refunded, charge.amount_refunded) == (True, 12000)
    assert shop.event_types()[-2:] == ["refund.created", "charge.refunded"]


def test_partial_refunds_add_up(shop: Shop) -> None:
    intent = shop.intent_of()
    shop.client.v1.refunds.create({"payment_intent": intent, "amount": 5000})
    half = charge_of(shop, intent)
    shop.client.v1.refunds.create({"charge": half.id, "amount": 7000})
    whole = charge_of(shop, intent)

    assert (half.refunded, half.amount_refunded) == (False, 5000)
    assert (whole.refunded, whole.amount_refunded) == (True, 12000)


def test_the_event_of_a_partial_refund_tells_what_was(shop: Shop) -> None:
    shop.client.v1.refunds.create({"payment_intent": shop.intent_of(), "amount": 5000})
    event = shop.client.v1.events.list({"type": "charge.refunded"}).data[0].to_dict()

    assert event["data"]["object"]["amount_refunded"] == 5000
    assert event["data"]["previous_attributes"] == {"amount_refunded": 0}
    assert event["request"]["id"].startswith("req_")
    assert event["request"]["idempotency_key"]


def test_never_more_than_was_paid(shop: Shop) -> None:
    intent = shop.intent_of()
    shop.client.v1.refunds.create({"payment_intent": intent, "amount": 11000})
    refusal = refused(shop, payment_intent=intent, amount=2000)

    assert refusal.user_message == (
        "Refund amount ($20.00) is greater than unrefunded amount on charge ($10.00)"
    )
    assert refusal.param == "amount"


def test_nothing_more_once_all_is_back(shop: Shop) -> None:
    intent = shop.intent_of()
    charge = charge_of(shop, intent).id
    shop.client.v1.refunds.create({"payment_intent": intent})
    refusal = refused(shop, payment_intent=intent)

    assert refusal.user_message == f"Charge {charge} has already been refunded."
    assert refusal.code == "charge_already_refunded"


def test_a_refund_is_of_something(shop: Shop) -> None:
    assert refused(shop).user_message == (
        "One of the following params should be provided for this request: payment_intent or charge."
    )
    assert refused(shop, payment_intent="pi_1", charge="ch_1").user_message == (
        "You may only specify one of these parameters: charge, payment_intent."
    )
    assert refused(shop, payment_intent="pi_1").user_message == "No such payment_intent: 'pi_1'"
    assert refused(shop, charge="ch_1").user_message == "No such charge: 'ch_1'"
    assert refused(shop, payment_intent="pi_1", amount=0).code == "parameter_invalid_integer"


def test_a_pending_refund_succeeds_later(shop: Shop) -> None:
    intent = shop.intent_of("4000000000007726")
    refund = shop.client.v1.refunds.create({"payment_intent": intent})
    shop.sandbox.advance(10)
    later = shop.client.v1.refunds.retrieve(refund.id)
    event = shop.client.v1.events.list().data[0].to_dict()

    assert (refund.status, refund.pending_reason) == ("pending", "processing")
    assert later.status == "succeeded"
    assert (event["type"], event["created"]) == ("refund.updated", START + 10)
    assert event["data"]["previous_attributes"] == {"status": "pending"}
    assert event["request"] == {"id": None, "idempotency_key": None}


def test_a_refund_may_succeed_and_fail_later(shop: Shop) -> None:
    intent = shop.intent_of("4000000000005126")
    refund = shop.client.v1.refunds.create({"payment_intent": intent, "amount": 2000})
    shop.sandbox.advance(10)
    later = shop.client.v1.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction"]}).to_dict()
    charge = charge_of(shop, intent)

    assert (refund.status, later["status"]) == ("succeeded", "failed")
    assert later["failure_reason"] == "expired_or_canceled_card"
    assert later["failure_balance_transaction"]["amount"] == 2000
    assert (charge.refunded, charge.amount_refunded) == (False, 0)
    assert shop.event_types()[-1] == "refund.failed"


def test_refunds_are_listed_by_what_they_refund(shop: Shop) -> None:
    one, other = shop.intent_of(), shop.intent_of()
    refunds = [shop.client.v1.refunds.create({"payment_intent": one, "amount": 100}).id for _ in range(2)]
    shop.client.v1.refunds.create({"payment_intent": other})

    assert [refund.id for refund in shop.client.v1.refunds.list({"payment_intent": one}).data] == refunds[
        ::-1
    ]
    assert [
        refund.id for refund in shop.client.v1.refunds.list({"charge": charge_of(shop, one).id}).data
    ] == refunds[::-1]


def test_a_refund_made_in_the_dashboard_comes_as_an_event(shop: Shop) -> None:
    intent = shop.intent_of()
    refund = shop.sandbox.refund(intent, amount=500)
    event = shop.client.v1.events.list({"type": "refund.created"}).data[0].to_dict()

    assert (refund["amount"], refund["metadata"]) == (500, {})
    assert event["data"]["object"]["id"] == refund["id"]
    assert event["request"] == {"id": None, "idempotency_key": None}


@pytest.mark.parametrize(
    ("card", "reason"), [("4000000000000259", "fraudulent"), ("4000000000002685", "product_not_received")]
)
def test_a_disputed_charge_cannot_be_refunded(shop: Shop, card: str, reason: str) -> None:
    intent = shop.intent_of(card)
    charge = charge_of(shop, intent)
    dispute = shop.client.v1.disputes.list({"payment_intent": intent}).data[0]
    refusal = refused(shop, payment_intent=intent)

    assert charge.disputed
    assert (dispute.reason, dispute.status, dispute.amount) == (reason, "needs_response", 12000)
    assert [entry.net for entry in dispute.balance_transactions] == [-13500]
    assert refusal.user_message == f"Charge {charge.id} has been charged back; cannot issue a refund."
    assert refusal.code == "charge_disputed"
    assert shop.event_types()[-2:] == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]


def test_a_charge_under_an_inquiry_can_be_refunded(shop: Shop) -> None:
    intent = shop.intent_of("4000000000001976")
    dispute = shop.client.v1.disputes.list().data[0]

    assert (dispute.status, dispute.balance_transactions) == ("warning_needs_response", [])
    assert shop.client.v1.refunds.create({"payment_intent": intent}).status == "succeeded"


def test_a_dispute_can_be_opened_by_hand(shop: Shop) -> None:
    intent = shop.intent_of()
    dispute = shop.sandbox.dispute(intent, reason="product_not_received")

    assert shop.client.v1.disputes.retrieve(dispute["id"]).payment_intent == intent
    assert refused(shop, payment_intent=intent).code == "charge_disputed"


def test_an_early_fraud_warning_comes_with_its_charge(shop: Shop) -> None:
    intent = shop.intent_of("4000000000005423")
    warning = shop.client.v1.radar.early_fraud_warnings.list({"payment_intent": intent}).data[0]

    assert (warning.actionable, warning.charge) == (True, charge_of(shop, intent).id)
    assert shop.event_types()[-1] == "radar.early_fraud_warning.created"
