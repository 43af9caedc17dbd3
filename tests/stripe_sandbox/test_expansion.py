"""Expanding ids into objects."""

import pytest
import stripe

from tests.stripe_sandbox.shop import Shop


def test_expansion_reaches_into_lists(shop: Shop) -> None:
    session = shop.paid_checkout()
    found = shop.client.v1.checkout.sessions.list(
        {"expand": ["data.payment_intent.latest_charge", "data.line_items"]}
    )
    read = found.data[0].to_dict()

    assert read["payment_intent"]["id"] == session.payment_intent
    assert read["payment_intent"]["latest_charge"]["status"] == "succeeded"
    assert read["line_items"]["data"][0]["description"] == "An hour with Maya"


def test_what_is_empty_stays_empty(shop: Shop) -> None:
    session = shop.open_checkout()
    read = shop.client.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent.latest_charge", "customer"]}
    )

    assert (read.payment_intent, read.customer) == (None, None)


def test_a_charge_lists_its_refunds_only_when_asked(shop: Shop) -> None:
    intent = shop.intent_of()
    refund = shop.client.v1.refunds.create({"payment_intent": intent, "expand": ["charge.refunds"]}).to_dict()
    bare = shop.client.v1.charges.retrieve(refund["charge"]["id"])

    assert [each["id"] for each in refund["charge"]["refunds"]["data"]] == [refund["id"]]
    assert "refunds" not in bare


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nothing", "This property cannot be expanded (nothing)."),
        ("status", "This property cannot be expanded (status)."),
        ("payment_intent.nothing", "This property cannot be expanded (payment_intent.nothing)."),
        ("a.b.c.d.e", "You cannot expand more than 4 levels of a property. Property: a.b.c.d.e"),
    ],
)
def test_other_properties_cannot_be_expanded(shop: Shop, path: str, message: str) -> None:
    session = shop.open_checkout()

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        shop.client.v1.checkout.sessions.retrieve(session.id, {"expand": [path]})
    assert refusal.value.user_message == message


def test_in_lists_the_way_leads_through_data(shop: Shop) -> None:
    with pytest.raises(
        stripe.InvalidRequestError, match=r"You may want to try expanding 'data\.charge' instead\."
    ):
        shop.client.v1.refunds.list({"expand": ["charge"]})


def test_a_refused_expansion_leaves_nothing_done(shop: Shop) -> None:
    intent = shop.intent_of()

    with pytest.raises(stripe.InvalidRequestError):
        shop.client.v1.refunds.create({"payment_intent": intent, "expand": ["nothing"]})
    assert shop.client.v1.refunds.list({"payment_intent": intent}).data == []
