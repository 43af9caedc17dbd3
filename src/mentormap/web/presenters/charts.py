"""A year of earnings as bars: where each rectangle of the SVG stands. Lengths are units of its viewBox."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from math import ceil
from typing import Final

from babel.numbers import format_compact_decimal, format_decimal
from django.utils.translation import gettext

from mentormap.bookings.earnings import Earnings
from mentormap.lib import when
from mentormap.lib.money import format_money

WIDTH: Final = 400
HEIGHT: Final = 220
_LEFT: Final = 52
_TOP: Final = 14
_FLOOR: Final = 194
_STEPS: Final = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5))
_MOST_LINES: Final = 4
_LONG: Final = 1_000_000


@dataclass(frozen=True)
class Bar:
    """One month: the net stands on the floor, what went back on top of it. `is_ahead`: it is not over yet."""

    label: str
    x: float
    width: float
    net_y: float
    net_height: float
    back_y: float
    back_height: float
    is_ahead: bool

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 2)


@dataclass(frozen=True)
class ChartLine:
    """A level of the scale, with its amount in major units."""

    y: float
    label: str


@dataclass(frozen=True)
class Chart:
    """`description` says in words what the bars show."""

    bars: list[Bar]
    lines: list[ChartLine]
    description: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    floor: int = _FLOOR


def chart_of(months: Sequence[Earnings], *, over: int, locale: str) -> Chart:
    """Twelve months from January on, all in one currency, of which the first `over` are over."""
    highest = max((month.paid.major for month in months), default=Decimal(0))
    step = _step(highest)
    top = max(ceil(highest / step), 1) * step
    labels = [short for short, _ in when.month_names(locale)]
    return Chart(
        [
            _bar(index, month, top=top, label=labels[index], is_ahead=index >= over)
            for index, month in enumerate(months)
        ],
        [_line(step * index, top, locale) for index in range(int(top / step) + 1)],
        _description(months, locale),
    )


def _step(highest: Decimal) -> Decimal:
    """The smallest of 1, 2, 2.5, 5, 10, 20, 25 … with which the scale has few lines."""
    candidates = (step.scaleb(power) for power in count() for step in _STEPS)
    return next(step for step in candidates if step * _MOST_LINES >= highest)


def _line(amount: Decimal, top: Decimal, locale: str) -> ChartLine:
    return ChartLine(_y(amount, top), _level(amount, locale.replace("-", "_")))


def _level(amount: Decimal, locale: str) -> str:
    """Short where all of it would not stand left of the bars: "7.5M"."""
    if amount >= _LONG:
        return format_compact_decimal(amount, locale=locale, fraction_digits=1)
    return format_decimal(amount.normalize(), locale=locale)


def _bar(index: int, month: Earnings, *, top: Decimal, label: str, is_ahead: bool) -> Bar:
    slot = (WIDTH - _LEFT) / 12
    net, paid = _y(month.net.major, top), _y(month.paid.major, top)
    return Bar(
        label,
        x=round(_LEFT + slot * (index + 0.16), 2),
        width=round(slot * 0.68, 2),
        net_y=net,
        net_height=round(_FLOOR - net, 2),
        back_y=paid,
        back_height=round(net - paid, 2),
        is_ahead=is_ahead,
    )


def _y(amount: Decimal, top: Decimal) -> float:
    return round(_FLOOR - float(amount / top) * (_FLOOR - _TOP), 2)


def _description(months: Sequence[Earnings], locale: str) -> str:
    names = when.month_names(locale)
    parts = [
        f"{name} {format_money(month.net, locale=locale)}"
        for (_, name), month in zip(names, months, strict=True)
        if month.paid
    ]
    return f"Net: {', '.join(parts)}." if parts else gettext("Nothing in this year.")
