"""The bars of a year: how high they stand, and what is said of them in words."""

from itertools import pairwise

import pytest

from mentormap.bookings.earnings import Earnings
from mentormap.lib.money import Money
from mentormap.web.presenters.charts import Chart, chart_of


def chart(*paid: int, refunded: int = 0, currency: str = "USD") -> Chart:
    """Months from January on, in minor units; `refunded` in the first."""
    nothing = Money(0, currency)
    months = [
        Earnings(1, Money(amount, currency), nothing, nothing if index else Money(refunded, currency))
        for index, amount in enumerate([*paid, *[0] * (12 - len(paid))])
    ]
    return chart_of(months, over=10, locale="en")


@pytest.mark.parametrize(
    ("highest", "levels"),
    [
        (12_000, ["0", "50", "100", "150"]),
        (100, ["0", "1"]),
        (0, ["0", "1"]),
        (40_000, ["0", "100", "200", "300", "400"]),
        (990_000, ["0", "2,500", "5,000", "7,500", "10,000"]),
        (190_000_000, ["0", "500,000", "1M", "1.5M", "2M"]),
        (990_000_000, ["0", "2.5M", "5M", "7.5M", "10M"]),
    ],
)
def test_the_scale_has_few_round_levels_and_holds_the_highest(highest: int, levels: list[str]) -> None:
    assert [line.label for line in chart(highest).lines] == levels


def test_a_bar_is_as_high_as_its_part_of_the_scale() -> None:
    """Of a scale up to 400, from the floor at 194 to the top at 14."""
    bars = chart(40_000, 10_000, refunded=20_000).bars
    assert (bars[0].net_y, bars[0].net_height) == (104, 90)
    assert (bars[0].back_y, bars[0].back_height) == (14, 90)
    assert (bars[1].net_y, bars[1].net_height, bars[1].back_height) == (149, 45, 0)
    assert (bars[2].net_height, bars[2].back_height) == (0, 0)


def test_bars_stand_side_by_side_within_the_picture() -> None:
    drawn = chart(1_000)
    assert [bar.label for bar in drawn.bars][::11] == ["Jan", "Dec"]
    edges = [(bar.x, bar.x + bar.width) for bar in drawn.bars]
    assert all(end < start for (_, end), (start, _) in pairwise(edges))
    assert (edges[0][0] > drawn.left, edges[-1][1] < drawn.width) == (True, True)


def test_months_that_are_not_over_are_marked() -> None:
    assert [bar.is_ahead for bar in chart(100).bars] == [False] * 10 + [True] * 2


def test_the_bars_are_told_in_words() -> None:
    assert chart(40_000, 0, 10_000, refunded=10_000).description == (
        "Net: January 300.00\u00a0USD, March 100.00\u00a0USD."
    )


def test_a_currency_without_decimals_has_its_own_scale() -> None:
    assert [line.label for line in chart(12_000, currency="JPY").lines] == ["0", "5,000", "10,000", "15,000"]
