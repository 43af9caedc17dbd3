"""Mentors and their open slots; nobody needs a token to look."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import AfterValidator, Field

from mentormap.api.instants import Day
from mentormap.api.pages import Cursor, Limit, page_of
from mentormap.api.problems import ApiProblem, field_problem
from mentormap.api.schemas import CancellationPolicy, Mentor, MentorProfile, PlainText, Slot, Slots, refusals
from mentormap.bookings import policy as policies
from mentormap.bookings.models import DURATIONS
from mentormap.bookings.slots import finder
from mentormap.bookings.slots.finder import BadDuration
from mentormap.lib import clock
from mentormap.lib.currencies import SUPPORTED
from mentormap.lib.zones import days_span, local_day
from mentormap.mentors import models
from mentormap.mentors.search import MentorQuery, Sort, search

router = Router(tags=["Mentors"])

LONGEST_DAYS = 62
USUAL_DAYS = 14


def _currency(sent: str) -> str:
    code = sent.upper()
    if code and code not in SUPPORTED:
        raise ValueError("Write the three letters of a currency, such as USD or EUR.")
    return code


class Filters(Schema):
    """Criteria of a search; without `currency`, prices are those of the commonest one."""

    q: Annotated[PlainText, Field(max_length=200)] = Field("", description="Words that must all be found.")
    expertise: Annotated[PlainText, Field(max_length=60)] = Field(
        "", description="As it is listed, such as `System design`, or in an address: `system-design`."
    )
    currency: Annotated[str, AfterValidator(_currency)] = Field("", description="ISO 4217, such as `USD`.")
    max_price: Decimal | None = Field(
        None,
        ge=0,
        max_digits=12,
        decimal_places=3,
        description="For an hour, in major units of the currency.",
    )
    min_rating: Decimal | None = Field(None, ge=0, le=5, decimal_places=2, description="1 to 5 stars.")
    sort: Literal["rating", "price", "-price", "newest"] = "rating"

    def query(self) -> MentorQuery:
        return MentorQuery(
            q=self.q,
            expertise=self.expertise,
            currency=self.currency,
            max_price=self.max_price,
            min_rating=self.min_rating,
            sort=Sort(self.sort),
        )


@router.get("/", response={200: list[Mentor], **refusals(422)}, summary="List mentors")
def list_mentors(
    request: HttpRequest, response: HttpResponse, filters: Query[Filters], limit: Limit, cursor: Cursor
) -> list[Mentor]:
    """Mentors who take bookings; where prices are compared, those of one currency."""
    found = search(filters.query())
    mentors = page_of(
        found.mentors, found.sort.keys, request=request, response=response, limit=limit, cursor=cursor
    )
    next_open = finder.next_open(mentors, now=clock.now())
    return [Mentor.of(mentor, next_open[mentor.pk]) for mentor in mentors]


@router.get("/{int:mentor_id}", response={200: MentorProfile, **refusals(404)}, summary="Read a mentor")
def read_mentor(request: HttpRequest, mentor_id: int) -> MentorProfile:  # noqa: ARG001 - ninja's signature
    mentor = _listed_mentor(mentor_id)
    next_open = finder.next_open([mentor], now=clock.now())
    policy = CancellationPolicy.of(policies.CancellationPolicy.of(mentor))
    return MentorProfile.of(mentor, next_open[mentor.pk], about=mentor.about, cancellation_policy=policy)


From = Annotated[Day | None, Query(None, alias="from", description="By the mentor's clocks; else today.")]
To = Annotated[
    Day | None,
    Query(None, description="The last day, `from` included at most 62 days; else 14 days are shown."),
]
Duration = Annotated[int, Query(60, description="30, 60, 90 or 120.")]


@router.get("/{int:mentor_id}/slots", response={200: Slots, **refusals(404, 422)}, summary="List open slots")
def list_slots(
    request: HttpRequest,  # noqa: ARG001 - ninja's signature
    mentor_id: int,
    from_: From,
    to: To,
    duration_minutes: Duration,
) -> Slots:
    """Starts at which a session of that duration can be booked now; days are those of the mentor's time zone."""
    mentor = _listed_mentor(mentor_id)
    if duration_minutes not in DURATIONS:
        raise BadDuration
    now = clock.now()
    first = from_ or local_day(now, mentor.time_zone)
    last = to or first + timedelta(days=USUAL_DAYS - 1)
    _check_range(first, last)
    window = days_span(first, last, mentor.time_zone)
    starts = window and finder.open_starts(mentor, duration_minutes=duration_minutes, window=window, now=now)
    return Slots(time_zone=mentor.time_zone, slots=[Slot(starts_at=start) for start in starts or ()])


def _check_range(first: date, last: date) -> None:
    if last < first:
        raise field_problem("to", f"The last day must not be before the first, {first}.")
    if (last - first).days >= LONGEST_DAYS:
        latest = first + timedelta(days=LONGEST_DAYS - 1)
        raise field_problem("to", f"Ask for at most {LONGEST_DAYS} days at once: up to {latest}.")


def _listed_mentor(mentor_id: int) -> models.Mentor:
    listed = models.Mentor.objects.listed().select_related("user")
    mentor = listed.filter(pk=mentor_id).first()
    if mentor is None:
        raise ApiProblem(404, "not-found", "There is no mentor with this number who takes bookings.")
    return mentor
