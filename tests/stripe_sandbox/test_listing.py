"""Pages of lists."""

import pytest
import stripe

from tests.stripe_sandbox.shop import START, Shop


def ids(shop: Shop, **params: object) -> list[str]:
    found = shop.client.v1.checkout.sessions.list(params)  # type: ignore[arg-type]
    return [session.id for session in found.data]


def test_lists_are_cut_into_pages_of_ten(shop: Shop) -> None:
    opened = [shop.open_checkout().id for _ in range(12)][::-1]
    first = shop.client.v1.checkout.sessions.list()

    assert [session.id for session in first.data] == opened[:10]
    assert first.has_more
    assert ids(shop, starting_after=opened[9]) == opened[10:]
    assert ids(shop, limit=3) == opened[:3]
    assert ids(shop, ending_before=opened[9], limit=2) == opened[7:9]
    assert [session.id for session in first.auto_paging_iter()] == opened


def test_the_last_page_says_that_it_is_the_last(shop: Shop) -> None:
    for _ in range(3):
        shop.open_checkout()

    assert [shop.client.v1.checkout.sessions.list({"limit": n}).has_more for n in (2, 3, 4)] == [
        True,
        False,
        False,
    ]


def test_lists_are_cut_by_time_of_creation(shop: Shop) -> None:
    early = shop.open_checkout().id
    shop.sandbox.advance(10)
    late = shop.open_checkout().id

    assert ids(shop, created={"gte": START + 10}) == [late]
    assert ids(shop, created={"lt": START + 10}) == [early]
    assert ids(shop, created={"gt": START, "lte": START + 10}) == [late]
    assert ids(shop, created=START) == [early]


@pytest.mark.parametrize("limit", [0, 101])
def test_the_limit_has_limits(shop: Shop, limit: int) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        ids(shop, limit=limit)

    assert refusal.value.param == "limit"


def test_a_cursor_must_exist(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="No such session: 'cs_1'") as refusal:
        ids(shop, starting_after="cs_1")

    assert (refusal.value.param, refusal.value.http_status) == ("starting_after", 400)


def test_one_cursor_is_enough(shop: Shop) -> None:
    session = shop.open_checkout().id

    with pytest.raises(
        stripe.InvalidRequestError, match="only specify one of ending_before and starting_after"
    ):
        ids(shop, starting_after=session, ending_before=session)


def test_balance_transactions_are_found_by_type_and_source(shop: Shop) -> None:
    intent = shop.intent_of()
    refund = shop.client.v1.refunds.create({"payment_intent": intent, "amount": 2000})
    entries = shop.client.v1.balance_transactions

    assert [entry.amount for entry in entries.list().data] == [-2000, 12000]
    assert [entry.amount for entry in entries.list({"type": "refund"}).data] == [-2000]
    assert [entry.type for entry in entries.list({"source": refund.id}).data] == ["refund"]
    assert entries.list({"currency": "eur"}).data == []


def test_money_becomes_available_after_two_days(shop: Shop) -> None:
    shop.intent_of()
    before = shop.client.v1.balance_transactions.list().data[0]
    shop.sandbox.advance(2 * 86400)

    assert before.status == "pending"
    assert shop.client.v1.balance_transactions.retrieve(before.id).status == "available"
