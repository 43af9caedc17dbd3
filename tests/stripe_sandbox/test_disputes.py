"""Disputes and early fraud warnings: what the bank decides, what becomes of the money, and what is told."""

from typing import Any

import pytest

from stripe_sandbox.errors import StripeError
from tests.stripe_sandbox.shop import Shop


def dispute_of(shop: Shop, intent: str) -> dict[str, Any]:
    return shop.client.v1.disputes.list({"payment_intent": intent}).data[0].to_dict()


def moved(dispute: dict[str, Any]) -> list[int]:
    return [entry["amount"] for entry in dispute["balance_transactions"]]


def newest_events(shop: Shop, last: int) -> list[str]:
    return shop.event_types()[-last:]


def test_a_dispute_that_is_won_gives_the_money_back_a_little_later(shop: Shop) -> None:
    intent = shop.intent_of("4000000000000259")
    shop.sandbox.move_dispute(intent, status="under_review")
    assert newest_events(shop, 1) == ["charge.dispute.updated"]
    shop.sandbox.move_dispute(intent, status="won")
    closed = dispute_of(shop, intent)
    assert (closed["status"], closed["is_charge_refundable"], moved(closed)) == ("won", True, [-12000])
    shop.sandbox.advance(10)
    assert moved(dispute_of(shop, intent)) == [-12000, 12000]
    assert newest_events(shop, 2) == ["charge.dispute.closed", "charge.dispute.funds_reinstated"]
    assert shop.client.v1.refunds.create({"payment_intent": intent}).status == "succeeded"
    assert shop.sandbox.deliver_due() > 0  # each object is judged by the contract


def test_a_dispute_that_is_lost_keeps_it(shop: Shop) -> None:
    intent = shop.intent_of("4000000000000259")
    shop.sandbox.move_dispute(intent, status="lost")
    shop.sandbox.advance(3600)
    lost = dispute_of(shop, intent)
    assert (lost["status"], lost["is_charge_refundable"], moved(lost)) == ("lost", False, [-12000])
    assert newest_events(shop, 1) == ["charge.dispute.closed"]


def test_an_inquiry_may_be_closed_or_become_a_dispute(shop: Shop) -> None:
    closed, escalated = shop.intent_of("4000000000001976"), shop.intent_of("4000000000001976")
    shop.sandbox.move_dispute(closed, status="warning_closed")
    assert moved(dispute_of(shop, closed)) == []
    shop.sandbox.move_dispute(escalated, status="needs_response")
    assert moved(dispute_of(shop, escalated)) == [-12000]
    assert newest_events(shop, 2) == ["charge.dispute.updated", "charge.dispute.funds_withdrawn"]


@pytest.mark.parametrize(("card", "status"), [("4000000000000259", "warning_closed"), ("4000000000001976", "won")])  # fmt: skip
def test_not_every_dispute_may_become_anything(shop: Shop, card: str, status: str) -> None:
    with pytest.raises(StripeError, match="cannot become"):
        shop.sandbox.move_dispute(shop.intent_of(card), status=status)


def test_a_warning_is_actionable_until_the_charge_is_refunded_or_disputed(shop: Shop) -> None:
    refunded, disputed = shop.intent_of("4000000000005423"), shop.intent_of()
    shop.sandbox.warn(disputed)
    shop.client.v1.refunds.create({"payment_intent": refunded, "amount": 100})
    warnings = shop.client.v1.radar.early_fraud_warnings
    assert [warning.actionable for warning in warnings.list().data] == [True, True]
    shop.client.v1.refunds.create({"payment_intent": refunded})
    assert newest_events(shop, 1) == ["radar.early_fraud_warning.updated"]
    shop.sandbox.dispute(disputed)
    assert [warnings.retrieve(each.id).actionable for each in warnings.list().data] == [False, False]
    assert shop.sandbox.deliver_due() > 0


@pytest.mark.parametrize("status", ["succeeded", "failed", "canceled"])
def test_a_refund_may_wait_for_the_customer_and_end_in_any_way(shop: Shop, status: str) -> None:
    intent = shop.intent_of("4000000000007726")
    refund = shop.client.v1.refunds.create({"payment_intent": intent}).id
    assert shop.sandbox.move_refund(refund, status="requires_action")["status"] == "requires_action"
    assert shop.sandbox.move_refund(refund, status=status)["status"] == status
    shop.sandbox.advance(60)
    found = shop.client.v1.refunds.retrieve(refund, {"expand": ["charge"]}).to_dict()
    left = found["charge"]["amount_refunded"]
    assert (found["status"], left) == (status, 12000 if status == "succeeded" else 0)
    assert shop.sandbox.deliver_due() > 0
    with pytest.raises(StripeError, match="stays so"):
        shop.sandbox.move_refund(refund, status="canceled")


def test_a_refund_becomes_nothing_unheard_of(shop: Shop) -> None:
    refund = shop.client.v1.refunds.create({"payment_intent": shop.intent_of("4000000000007726")}).id
    with pytest.raises(StripeError, match="No refund becomes lost"):
        shop.sandbox.move_refund(refund, status="lost")
