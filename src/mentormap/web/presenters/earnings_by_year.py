"""A mentor's earnings as a page shows them: a year at a time, each currency with its chart and its table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from mentormap.bookings.earnings import Earnings, MonthOfEarnings
from mentormap.lib import when
from mentormap.web.presenters.charts import Chart, chart_of


@dataclass(frozen=True)
class EarningsRow:
    """One month of the table; `is_ahead` where it is not over yet, so that what is booked may still change."""

    name: str
    is_ahead: bool
    earned: Earnings


@dataclass(frozen=True)
class EarnedYear:
    """One currency in one year; `rows` are the months in which there is something."""

    currency: str
    rows: list[EarningsRow]
    total: Earnings
    chart: Chart


def years_in(months: Mapping[str, Sequence[MonthOfEarnings]], today: date) -> list[int]:
    """Returns years with earnings, and this one, the latest first."""
    return sorted({month.month.year for own in months.values() for month in own} | {today.year}, reverse=True)


def earnings_by_year(
    months: Mapping[str, Sequence[MonthOfEarnings]], *, year: int, today: date, locale: str
) -> list[EarnedYear]:
    """Returns the year's earnings by currency. `today` is the mentor's."""
    chosen = {currency: [one for one in own if one.month.year == year] for currency, own in months.items()}
    over = 12 if year < today.year else today.month - 1 if year == today.year else 0
    return [_year(currency, own, over, locale) for currency, own in chosen.items() if own]


def this_month(months: Mapping[str, Sequence[MonthOfEarnings]], today: date) -> list[Earnings]:
    """Returns the month's earnings so far, a line for each currency."""
    first = today.replace(day=1)
    return [one.earned for own in months.values() for one in own if one.month == first]


def _year(currency: str, months: Sequence[MonthOfEarnings], over: int, locale: str) -> EarnedYear:
    """The first `over` months of the year are over."""
    names = [name for _, name in when.month_names(locale)]
    by_number = {one.month.month: one.earned for one in months}
    nothing = Earnings.total((), currency)
    return EarnedYear(
        currency,
        [EarningsRow(names[one.month.month - 1], one.month.month > over, one.earned) for one in months],
        Earnings.total(by_number.values(), currency),
        chart_of([by_number.get(number, nothing) for number in range(1, 13)], over=over, locale=locale),
    )
