from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from operator import add, ge, gt, le, lt, sub

import pytest
from babel.numbers import get_currency_precision
from hypothesis import given
from hypothesis import strategies as st

from mentormap.lib.money import (
    SUPPORTED,
    CurrencyMismatch,
    Money,
    NotAnAmount,
    PercentOutOfRange,
    UnsupportedCurrency,
    format_money,
    format_part,
    maximum_charge,
    minimum_charge,
    price_of,
    share_of,
    smallest_charge_unit,
    stripe_decimals,
)

currencies = st.sampled_from(sorted(SUPPORTED))
minors = st.integers(min_value=0, max_value=99_999_999)
moneys = st.builds(Money, minors, currencies)


@st.composite
def chargeable(draw: st.DrawFn) -> Money:
    currency = draw(currencies)
    unit = smallest_charge_unit(currency)
    return Money(draw(st.integers(min_value=0, max_value=999_999)) * unit, currency)


def test_stripes_decimals_differ_from_cldr_for_eleven_currencies() -> None:
    differing = sorted(code for code in SUPPORTED if get_currency_precision(code) != stripe_decimals(code))
    assert " ".join(differing) == "AFN ALL ISK LAK LBP MMK RSD SOS STD UGX YER"


@pytest.mark.parametrize(
    ("currency", "decimals", "unit"),
    [
        ("USD", 2, 1),
        ("JPY", 0, 1),
        ("ISK", 2, 100),
        ("UGX", 2, 100),
        ("BHD", 3, 10),
        ("HUF", 2, 1),
        ("MGA", 0, 1),
    ],
)
def test_stripes_table(currency: str, decimals: int, unit: int) -> None:
    assert (stripe_decimals(currency), smallest_charge_unit(currency)) == (decimals, unit)


@pytest.mark.parametrize("code", ["usd", "", "XTS", "EURO", "ÄÖÜ"])
def test_an_unknown_currency_is_refused_with_its_code(code: str) -> None:
    with pytest.raises(UnsupportedCurrency) as refusal:
        Money(1, code)
    assert refusal.value.code == code


@pytest.mark.parametrize("ask", [stripe_decimals, smallest_charge_unit, minimum_charge, maximum_charge])
def test_no_table_answers_for_an_unknown_currency(ask: Callable[[str], object]) -> None:
    with pytest.raises(UnsupportedCurrency):
        ask("usd")


@given(moneys)
def test_major_and_back_is_the_same_amount(money: Money) -> None:
    assert Money.from_major(money.major, money.currency) == money
    assert money.major.as_tuple().exponent == -stripe_decimals(money.currency)


@pytest.mark.parametrize("major", ["0.001", "NaN", "sNaN", "Infinity", "1E+999999", "1E+15", "1E-999999"])
def test_what_is_not_an_amount_is_refused_with_its_facts(major: str) -> None:
    with pytest.raises(NotAnAmount) as refusal:
        Money.from_major(Decimal(major), "USD")
    assert (str(refusal.value.major), refusal.value.currency, refusal.value.decimals) == (major, "USD", 2)


def test_a_whole_currency_has_no_decimals() -> None:
    with pytest.raises(NotAnAmount, match=r"^1\.5 is not an amount of JPY: write a whole number\.$"):
        Money.from_major(Decimal("1.5"), "JPY")


def test_trailing_zeros_are_not_decimals() -> None:
    assert Money.from_major(Decimal("75.0000"), "EUR") == Money(7500, "EUR")
    assert Money.from_major(Decimal("5.0"), "JPY") == Money(5, "JPY")


def test_sums_and_order_within_one_currency() -> None:
    one, two = Money(100, "EUR"), Money(200, "EUR")
    assert one + two == Money(300, "EUR")
    assert one - two == Money(-100, "EUR")
    assert [one < two, one <= two, one > two, one >= two] == [True, True, False, False]
    assert [one < Money(100, "EUR"), one <= Money(100, "EUR"), one >= Money(100, "EUR")] == [
        False,
        True,
        True,
    ]
    assert [bool(Money(0, "EUR")), bool(one)] == [False, True]


@pytest.mark.parametrize("reckon", [add, sub, lt, le, gt, ge])
def test_two_currencies_are_never_reckoned_together(reckon: Callable[[Money, Money], object]) -> None:
    euro, dollar = Money(100, "EUR"), Money(100, "USD")
    with pytest.raises(CurrencyMismatch) as refusal:
        reckon(euro, dollar)
    assert (refusal.value.left, refusal.value.right) == (euro, dollar)
    assert euro != dollar


def test_money_is_not_compared_with_a_bare_number() -> None:
    with pytest.raises(TypeError):
        assert Money(100, "EUR") < 200


@pytest.mark.parametrize(
    ("rate", "minutes", "price"),
    [
        (Money(12_000, "USD"), 90, Money(18_000, "USD")),
        (Money(101, "USD"), 30, Money(51, "USD")),  # 50.5 rounds up
        (Money(99, "JPY"), 30, Money(50, "JPY")),
        (Money(10_100, "ISK"), 30, Money(5_100, "ISK")),  # 50.5 krónur
        (Money(10_010, "KWD"), 30, Money(5_010, "KWD")),  # 5.005 dinars: the last digit must be 0
        (Money(7_500, "EUR"), 0, Money(0, "EUR")),
    ],
)
def test_price_is_rounded_half_up_once(rate: Money, minutes: int, price: Money) -> None:
    assert price_of(rate, minutes=minutes) == price


@given(moneys, st.sampled_from([30, 60, 90, 120]))
def test_price_agrees_with_decimal_arithmetic(rate: Money, minutes: int) -> None:
    unit = smallest_charge_unit(rate.currency)
    units = (Decimal(rate.minor) * minutes / 60 / unit).quantize(Decimal(1), ROUND_HALF_UP)
    assert price_of(rate, minutes=minutes) == Money(int(units) * unit, rate.currency)


@given(chargeable())
def test_an_hour_costs_the_hourly_rate(rate: Money) -> None:
    assert price_of(rate, minutes=60) == rate


@given(chargeable(), st.integers(0, 100))
def test_a_share_can_be_charged_and_is_never_above_the_whole(price: Money, percent: int) -> None:
    share = share_of(price, percent=percent)
    assert share.minor % smallest_charge_unit(price.currency) == 0
    assert Money(0, price.currency) <= share <= price
    assert abs(share.minor * 100 - price.minor * percent) <= 50 * smallest_charge_unit(price.currency)


@given(chargeable())
def test_all_and_nothing_are_shares_too(price: Money) -> None:
    assert share_of(price, percent=100) == price
    assert share_of(price, percent=0) == Money(0, price.currency)


def test_a_share_of_an_uneven_amount_does_not_round_above_it() -> None:
    assert share_of(Money(150, "ISK"), percent=100) == Money(150, "ISK")


@pytest.mark.parametrize("percent", [-1, 101])
def test_a_share_outside_the_whole_is_refused(percent: int) -> None:
    with pytest.raises(PercentOutOfRange) as refusal:
        share_of(Money(100, "EUR"), percent=percent)
    assert refusal.value.percent == percent


@given(currencies)
def test_limits_can_be_charged(currency: str) -> None:
    unit = smallest_charge_unit(currency)
    assert minimum_charge(currency).minor % unit == 0
    assert maximum_charge(currency).minor % unit == 0
    assert minimum_charge(currency) < maximum_charge(currency)


def test_published_minimums() -> None:
    charged = {code: minimum_charge(code).major for code in ("USD", "GBP", "JPY", "DKK", "HUF", "ISK", "BHD")}
    assert charged == {
        "USD": Decimal("0.50"),
        "GBP": Decimal("0.30"),
        "JPY": Decimal(50),
        "DKK": Decimal("2.50"),
        "HUF": Decimal("175.00"),
        "ISK": Decimal("1.00"),
        "BHD": Decimal("0.010"),
    }


@pytest.mark.parametrize(
    ("money", "locale", "text"),
    [
        (Money(12_000, "USD"), "en", "120.00\u00a0USD"),
        (Money(112_000, "EUR"), "de", "1.120,00\u00a0EUR"),
        (Money(112_000, "EUR"), "pt-BR", "1.120,00\u00a0EUR"),
        (Money(12_345_678, "INR"), "hi", "1,23,456.78\u00a0INR"),
        (Money(5_000, "JPY"), "en", "5,000\u00a0JPY"),
        (Money(1_200_000, "ISK"), "en", "12,000\u00a0ISK"),
        (Money(150, "ISK"), "en", "1.50\u00a0ISK"),
        (Money(1_230, "BHD"), "en", "1.230\u00a0BHD"),
        (Money(50_000, "RSD"), "en", "500.00\u00a0RSD"),
    ],
)
def test_money_is_shown_with_its_code_as_the_locale_writes_numbers(
    money: Money, locale: str, text: str
) -> None:
    assert format_money(money, locale=locale) == text


def test_a_part_of_a_sum_names_the_currency_once() -> None:
    part = format_part(Money(6000, "USD"), Money(12000, "USD"), locale="en")
    assert part == "60.00 of 120.00\u00a0USD"


def test_a_part_in_another_currency_is_no_part() -> None:
    with pytest.raises(CurrencyMismatch):
        format_part(Money(6000, "EUR"), Money(12000, "USD"), locale="en")
