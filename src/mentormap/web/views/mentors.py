"""The page on which students find a mentor."""

from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from mentormap.bookings.models import DURATIONS
from mentormap.bookings.slots.finder import next_open
from mentormap.lib import clock
from mentormap.mentors.models import Mentor
from mentormap.mentors.search import MentorQuery, SearchResult, listed_currencies, listed_expertise, search
from mentormap.web.forms.booking import USUAL_MINUTES
from mentormap.web.forms.search import SearchForm, query_string
from mentormap.web.http.context import PageRequest
from mentormap.web.http.parts import render_part_or_page

PAGE = 12


@dataclass(frozen=True)
class Elsewhere:
    """How many more mentors match in another currency, and the address that shows them."""

    number: int
    currency: str
    address: str


@require_safe
def mentors(request: PageRequest) -> HttpResponse:
    """The search and a page of who was found; htmx asks for the list alone."""
    form = SearchForm(request.GET, expertise=listed_expertise(), currencies=listed_currencies())
    query = form.query()
    found = search(query)
    page = Paginator(found.mentors, PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "found": found,
        "page": page,
        "next_open": next_open(list(page), now=clock.now(), durations=(USUAL_MINUTES, min(DURATIONS))),
        "elsewhere": _elsewhere(found, query),
        "addresses": _addresses(query, page),
        "is_search": bool(query_string(query).strip("?")),
    }
    return render_part_or_page(request, "mentors/_list.html", "mentors/browse.html", context)


def _elsewhere(found: SearchResult, query: MentorQuery) -> list[Elsewhere]:
    return [
        Elsewhere(number, currency, query_string(query.in_currency(currency)))
        for currency, number in found.elsewhere.items()
    ]


def _addresses(query: MentorQuery, page: Page[Mentor]) -> dict[int, str]:
    """Returns the addresses of the pages before and after this one."""
    near = (page.number - 1, page.number + 1)
    return {
        number: query_string(query, page=number) for number in near if 1 <= number <= page.paginator.num_pages
    }
