"""Stripe's decimals, limits and ways to write an amount."""

import pytest

from stripe_sandbox import currencies


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (12000, "usd", "120.00 USD"),
        (1_234_567, "eur", "12,345.67 EUR"),
        (12000, "jpy", "12,000 JPY"),
        (12340, "kwd", "12.340 KWD"),
        (12000, "isk", "120.00 ISK"),
        (12000, "ugx", "120.00 UGX"),
    ],
)
def test_the_page_writes_amounts_with_stripes_decimals(amount: int, currency: str, text: str) -> None:
    assert currencies.plain(amount, currency) == text


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [(2000, "usd", "$20.00"), (2000, "eur", "€20.00"), (50, "jpy", "¥50"), (300, "sek", "3.00 SEK")],
)
def test_messages_write_amounts_with_a_symbol(amount: int, currency: str, text: str) -> None:
    assert currencies.with_symbol(amount, currency) == text


def test_each_currency_has_one_number_of_decimals() -> None:
    groups = (currencies.TWO_DECIMALS, currencies.NO_DECIMALS, currencies.THREE_DECIMALS)

    assert sum(len(group) for group in groups) == len(currencies.ALL)
    assert set(currencies.MINIMA) | set(currencies.STEPS) | set(currencies.PREFIXES) <= currencies.ALL


def test_some_amounts_move_in_steps() -> None:
    assert [currencies.step(code) for code in ("usd", "isk", "ugx", "kwd")] == [1, 100, 100, 10]
