"""Finding mentors: one query for the page and the API alike."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_FLOOR, Decimal
from typing import Final

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, TextChoices
from django.utils.translation import gettext_lazy

from mentormap.lib.currencies import stripe_decimals
from mentormap.lib.cursors import in_order
from mentormap.mentors.models import Expertise, Mentor

MOST_WORDS: Final = 10


class Sort(TextChoices):
    """The orders that mentors can be listed in; prices are compared within one currency."""

    BEST = "rating", gettext_lazy("Best rated")
    CHEAPEST = "price", gettext_lazy("Lowest price")
    DEAREST = "-price", gettext_lazy("Highest price")
    NEWEST = "newest", gettext_lazy("Newest")

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that the order goes by; the last is unique, so that an order is always the same."""
        return _KEYS[self]


_KEYS: Final = {
    Sort.BEST: ("-rating", "-review_count", "id"),
    Sort.CHEAPEST: ("hourly_rate_minor", "id"),
    Sort.DEAREST: ("-hourly_rate_minor", "id"),
    Sort.NEWEST: ("-created_at", "-id"),
}


@dataclass(frozen=True, kw_only=True)
class MentorQuery:
    """What a student looks for; an empty value asks for nothing.

    `q` are words that must all be found in name, headline, about or expertise; `expertise` is a slug or a name; `max_price` is
    for an hour, in major units of `currency`, and without one in the commonest currency.
    """

    q: str = ""
    expertise: str = ""
    currency: str = ""
    max_price: Decimal | None = None
    min_rating: Decimal | None = None
    sort: Sort = Sort.BEST

    @property
    def compares_prices(self) -> bool:
        """Returns whether only mentors of one currency can be an answer."""
        return bool(self.currency) or self.max_price is not None or self.sort in (Sort.CHEAPEST, Sort.DEAREST)

    def in_commonest(self, currencies: Sequence[str]) -> "MentorQuery":
        """The same search; where prices are compared and no currency is named, in the first of these."""
        if self.compares_prices and not self.currency and currencies:
            return replace(self, currency=currencies[0])
        return self

    def in_currency(self, currency: str) -> "MentorQuery":
        """The same search among the prices of another currency, where the same limit would mean something else."""
        return replace(self, currency=currency, max_price=None)


@dataclass(frozen=True)
class SearchResult:
    """The mentors in order. `currency` is empty when all are listed; otherwise `elsewhere` counts those that other currencies hide."""

    mentors: QuerySet[Mentor]
    sort: Sort
    currency: str = ""
    elsewhere: dict[str, int] = field(default_factory=dict)


def search(query: MentorQuery) -> SearchResult:
    """Listed mentors who match; at most two queries run before the mentors themselves are read."""
    matching = _matching(query)
    if not query.compares_prices:
        return SearchResult(_in_order(matching, query.sort), query.sort)
    currency = query.currency or next(iter(listed_currencies()), "")
    elsewhere = _count_by_currency(matching.exclude(currency=currency))
    affordable = matching.filter(currency=currency)
    if query.max_price is not None and currency:
        affordable = affordable.filter(hourly_rate_minor__lte=_floor_minor(query.max_price, currency))
    return SearchResult(_in_order(affordable, query.sort), query.sort, currency, elsewhere)


def listed_currencies() -> list[str]:
    """The currencies of listed mentors, the commonest first, and of several the first by its code."""
    counted = _count_by_currency(Mentor.objects.listed())
    return sorted(counted, key=lambda code: (-counted[code], code))


def listed_expertise() -> list[Expertise]:
    """Returns the expertise of listed mentors, by name."""
    return list(Expertise.objects.filter(Exists(Mentor.objects.listed().filter(expertise=OuterRef("pk")))))


def _matching(query: MentorQuery) -> QuerySet[Mentor]:
    mentors: QuerySet[Mentor] = Mentor.objects.listed()
    for word in unicodedata.normalize("NFC", query.q).split()[:MOST_WORDS]:
        mentors = mentors.filter(_mentions(word))
    if query.expertise:
        mentors = mentors.filter(
            _helps_with(slug=query.expertise) | _helps_with(name__iexact=query.expertise)
        )
    if query.min_rating is not None:
        mentors = mentors.filter(rating__gte=query.min_rating)
    return mentors


def _mentions(word: str) -> Q:
    """SQLite's LIKE knows upper and lower case of ASCII alone, so other words are sought as people may write them."""
    found = Q()
    for spelt in {word} if word.isascii() else {word, word.lower(), word.upper(), word.capitalize()}:
        found |= Q(user__name__icontains=spelt) | Q(headline__icontains=spelt) | Q(about__icontains=spelt)
        found |= _helps_with(name__icontains=spelt)
    return found


def _helps_with(**condition: str) -> Q:
    return Q(Exists(Expertise.objects.filter(mentors=OuterRef("pk"), **condition)))


def _count_by_currency(mentors: QuerySet[Mentor]) -> dict[str, int]:
    counted = mentors.order_by().values_list("currency").annotate(number=Count("pk"))
    return dict(counted.order_by("currency"))


def _floor_minor(major: Decimal, currency: str) -> int:
    return int(major.scaleb(stripe_decimals(currency)).to_integral_value(ROUND_FLOOR))


def _in_order(mentors: QuerySet[Mentor], sort: Sort) -> QuerySet[Mentor]:
    return in_order(mentors.select_related("user").prefetch_related("expertise"), sort.keys)
