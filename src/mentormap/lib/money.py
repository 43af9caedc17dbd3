"""Money: an amount in Stripe's minor units with its currency, and the arithmetic that a price needs."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from operator import ge, gt, le, lt
from typing import Final, Self

from babel.numbers import NumberPattern
from django.utils.translation import gettext

from mentormap.lib.currencies import (
    SUPPORTED,
    UnsupportedCurrency,
    minimum_charge_minor,
    require_supported,
    smallest_charge_unit,
    stripe_decimals,
)
from mentormap.lib.locales import babel_locale

__all__ = [
    "SUPPORTED",
    "CurrencyMismatch",
    "Money",
    "NotAnAmount",
    "PercentOutOfRange",
    "UnsupportedCurrency",
    "format_money",
    "format_number",
    "format_part",
    "maximum_charge",
    "minimum_charge",
    "price_of",
    "share_of",
    "smallest_charge_unit",
    "stripe_decimals",
]

NO_BREAK_SPACE: Final = "\u00a0"
_MAXIMUM_MINOR: Final = 99_999_999
"""Stripe charges at most eight digits (999,999.99 USD)."""
_BEYOND_REASON: Final = 10**15
"""Major units from which Decimal's 28 digits of precision could no longer hold the amount."""


class CurrencyMismatch(ValueError):
    """Two amounts in different currencies were compared, added or subtracted."""

    def __init__(self, left: "Money", right: "Money") -> None:
        super().__init__(f"{left.currency} and {right.currency} cannot be reckoned together.")
        self.left = left
        self.right = right


class NotAnAmount(ValueError):
    """The number is not finite, beyond all reason, or has more decimals than the currency."""

    def __init__(self, major: Decimal, currency: str) -> None:
        decimals = stripe_decimals(currency)
        form = f"a number with at most {decimals} decimals" if decimals else "a whole number"
        super().__init__(f"{major} is not an amount of {currency}: write {form}.")
        self.major = major
        self.currency = currency
        self.decimals = decimals


class PercentOutOfRange(ValueError):
    """A share was asked for that is not between 0 and 100 percent."""

    def __init__(self, percent: int) -> None:
        super().__init__(f"A share is between 0 and 100 percent, not {percent}.")
        self.percent = percent


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in `minor` units by Stripe's table (not CLDR's) of an upper-case ISO 4217 `currency`.

    Raises UnsupportedCurrency. Across currencies two amounts are unequal, and order and sums raise
    CurrencyMismatch.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        require_supported(self.currency)

    @classmethod
    def from_major(cls, major: Decimal, currency: str) -> Self:
        """Raises NotAnAmount for more decimals than the currency has, and UnsupportedCurrency."""
        decimals = stripe_decimals(currency)
        if not major.is_finite() or abs(major) >= _BEYOND_REASON or major != round(major, decimals):
            raise NotAnAmount(major, currency)
        return cls(int(major.scaleb(decimals)), currency)

    @property
    def major(self) -> Decimal:
        """The amount in major units, with exactly the currency's number of decimals."""
        return Decimal(self.minor).scaleb(-stripe_decimals(self.currency))

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __lt__(self, other: object) -> bool:
        return self._compare(other, lt)

    def __le__(self, other: object) -> bool:
        return self._compare(other, le)

    def __gt__(self, other: object) -> bool:
        return self._compare(other, gt)

    def __ge__(self, other: object) -> bool:
        return self._compare(other, ge)

    def __bool__(self) -> bool:
        return self.minor != 0

    def _compare(self, other: object, relation: Callable[[int, int], bool]) -> bool:
        return relation(self.minor, self._same(other)) if isinstance(other, Money) else NotImplemented

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(self, other)
        return other.minor


def price_of(hourly_rate: Money, *, minutes: int) -> Money:
    """Rate x minutes / 60, rounded half up once, to the smallest amount that Stripe charges."""
    return _fraction(hourly_rate, minutes, 60)


def share_of(money: Money, *, percent: int) -> Money:
    """That percentage, rounded half up to the smallest amount that Stripe charges, and never above the whole.

    Raises PercentOutOfRange.
    """
    if not 0 <= percent <= 100:
        raise PercentOutOfRange(percent)
    return min(_fraction(money, percent, 100), money)


def minimum_charge(currency: str) -> Money:
    """The least that Stripe charges; where it publishes none, the smallest charge unit."""
    return Money(minimum_charge_minor(currency), currency)


def maximum_charge(currency: str) -> Money:
    """The most that Stripe charges at once: eight digits of minor units. Raises UnsupportedCurrency."""
    return Money(_MAXIMUM_MINOR // smallest_charge_unit(currency) * smallest_charge_unit(currency), currency)


def format_money(money: Money, *, locale: str) -> str:
    """The number as the locale writes it, a no-break space, the code: "1,120.00 USD", "1.120,00 EUR".

    A currency charged in whole units only is shown without decimals: "12,000 ISK".
    """
    return f"{format_number(money, locale=locale)}{NO_BREAK_SPACE}{money.currency}"


def format_number(money: Money, *, locale: str) -> str:
    """Without the code, where the currency stands at the head of a column."""
    return str(_number_pattern(locale, _shown_decimals(money)).apply(money.major, babel_locale(locale)))


def format_part(part: Money, whole: Money, *, locale: str) -> str:
    """A part of a sum, the currency named once: "60.00 of 120.00 USD". Raises CurrencyMismatch."""
    if part.currency != whole.currency:
        raise CurrencyMismatch(part, whole)
    amounts = {"part": format_number(part, locale=locale), "whole": format_money(whole, locale=locale)}
    return gettext("%(part)s of %(whole)s") % amounts


def _fraction(money: Money, numerator: int, denominator: int) -> Money:
    unit = smallest_charge_unit(money.currency)
    doubled, divisor = 2 * money.minor * numerator, denominator * unit
    return Money((doubled + divisor) // (2 * divisor) * unit, money.currency)


def _shown_decimals(money: Money) -> int:
    decimals = stripe_decimals(money.currency)
    whole = smallest_charge_unit(money.currency) == 10**decimals and money.minor % 10**decimals == 0
    return 0 if whole else decimals


@lru_cache(maxsize=256)
def _number_pattern(locale: str, decimals: int) -> NumberPattern:
    """The locale's own grouping with a fixed number of decimals."""
    pattern: NumberPattern = copy(babel_locale(locale).decimal_formats[None])
    pattern.frac_prec = (decimals, decimals)
    return pattern
