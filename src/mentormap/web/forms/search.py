"""The form for a search of mentors."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy

from mentormap.mentors.models import Expertise
from mentormap.mentors.search import MOST_WORDS, MentorQuery, Sort

RATINGS = [
    ("", gettext_lazy("Any rating")),
    ("4.5", gettext_lazy("4.5 stars or more")),
    ("4", gettext_lazy("4 stars or more")),
    ("3", gettext_lazy("3 stars or more")),
]


class SearchForm(forms.Form):
    """Every field may be empty; one that cannot be understood says so, and the others count."""

    q = forms.CharField(
        label=gettext_lazy("What do you want to talk about?"),
        required=False,
        max_length=200,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "placeholder": gettext_lazy("System design, Go, pricing…"),
                "autocomplete": "off",
            }
        ),
        error_messages={
            "max_length": format_lazy(gettext_lazy("Look for at most {most} words."), most=MOST_WORDS)
        },
    )
    expertise = forms.ChoiceField(
        label=gettext_lazy("Expertise"),
        required=False,
        error_messages={
            "invalid_choice": gettext_lazy("Nobody offers this right now. Pick another one from the list.")
        },
    )
    max_price = forms.DecimalField(
        label=gettext_lazy("Hourly rate up to"),
        required=False,
        min_value=Decimal(0),
        max_digits=12,
        decimal_places=3,
        widget=forms.NumberInput(
            attrs={"inputmode": "decimal", "step": "any", "placeholder": gettext_lazy("Any")}
        ),
        error_messages={
            "invalid": gettext_lazy("Write a number, such as 80."),
            "min_value": gettext_lazy("Write a number from 0 on."),
            "max_digits": gettext_lazy("Write a smaller number."),
            "max_whole_digits": gettext_lazy("Write a smaller number."),
            "max_decimal_places": gettext_lazy("Write at most 3 decimals."),
        },
    )
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"),
        required=False,
        error_messages={
            "invalid_choice": gettext_lazy("Nobody is paid in this currency. Pick one from the list.")
        },
    )
    min_rating = forms.ChoiceField(
        label=gettext_lazy("Rating"),
        required=False,
        choices=RATINGS,
        error_messages={"invalid_choice": gettext_lazy("Pick a rating from the list.")},
    )
    sort = forms.ChoiceField(
        label=gettext_lazy("Sort by"),
        required=False,
        choices=Sort.choices,
        error_messages={"invalid_choice": gettext_lazy("Pick an order from the list.")},
    )

    def __init__(self, data: Any, *, expertise: Sequence[Expertise], currencies: Sequence[str]) -> None:
        """`currencies` are those of listed mentors, the commonest first."""
        super().__init__(data)
        self.currencies = currencies
        offered = [("", gettext("Any expertise")), *((one.slug, one.name) for one in expertise)]
        cast("forms.ChoiceField", self.fields["expertise"]).choices = offered
        cast("forms.ChoiceField", self.fields["currency"]).choices = [
            ("", gettext_lazy("Any")),
            *((code, code) for code in sorted(currencies)),
        ]

    def query(self) -> MentorQuery:
        """The criteria that were understood."""
        self.full_clean()
        found = self.cleaned_data
        rating = found.get("min_rating")
        return MentorQuery(
            q=found.get("q", ""),
            expertise=found.get("expertise", ""),
            currency=found.get("currency", ""),
            max_price=found.get("max_price"),
            min_rating=Decimal(rating) if rating else None,
            sort=Sort(found.get("sort") or Sort.BEST),
        ).in_commonest(self.currencies)


def query_string(query: MentorQuery, *, page: int = 1) -> str:
    """The address's part after the path that asks the same again."""
    asked = {
        "q": query.q,
        "expertise": query.expertise,
        "max_price": query.max_price,
        "currency": query.currency,
        "min_rating": query.min_rating,
        "sort": "" if query.sort == Sort.BEST else query.sort.value,
        "page": page if page > 1 else "",
    }
    text = urlencode({name: value for name, value in asked.items() if value not in ("", None)})
    return f"?{text}" if text else "?"
