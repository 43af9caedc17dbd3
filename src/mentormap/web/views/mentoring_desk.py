"""The mentor's desk: who comes next, and what has been earned."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_safe

from mentormap.availability import busy
from mentormap.bookings.earnings import EarnedSession, months_of, sessions_of
from mentormap.bookings.models import Session
from mentormap.lib import clock
from mentormap.lib.zones import local_day
from mentormap.mentors.models import Mentor
from mentormap.mentors.publishing import mentor_of
from mentormap.payments.models import Payment
from mentormap.web.http.context import MemberRequest
from mentormap.web.http.spreadsheets import Cell, csv_file
from mentormap.web.presenters.earnings_by_year import earnings_by_year, this_month, years_in
from mentormap.web.presenters.tickets import Ticket
from mentormap.web.views.mentoring import verified

MOST_UPCOMING = 20
HEADS = (
    gettext_lazy("Start"),
    gettext_lazy("Time zone"),
    gettext_lazy("Month"),
    gettext_lazy("Session"),
    gettext_lazy("Student"),
    gettext_lazy("Title"),
    gettext_lazy("Minutes"),
    gettext_lazy("Status"),
    gettext_lazy("Currency"),
    gettext_lazy("Paid"),
    gettext_lazy("Paid by"),
    gettext_lazy("Refunded"),
    gettext_lazy("Net"),
)


@verified
@require_safe
def desk(request: MemberRequest) -> HttpResponse:
    """Upcoming sessions, the next one first, and a year of earnings. Who has published nothing yet is led to doing so."""
    own = mentor_of(request.user)
    if own is None or own.state == Mentor.State.DRAFT:
        return redirect("mentoring")
    now = clock.now()
    context = {
        "mentor": own,
        "broken_calendars": busy.broken(own.pk),
        **_upcoming(request, own, now),
        **_earnings(request, own, now),
    }
    return render(request, "mentoring/desk.html", context)


@verified
@require_safe
def earnings_file(request: MemberRequest) -> HttpResponse:
    """All sessions that were ever paid, each with its money, as CSV."""
    own = mentor_of(request.user)
    if own is None:
        raise Http404
    today = _today(own, clock.now())
    return csv_file(f"mentormap-earnings-{today}.csv", _rows(own))


def _upcoming(request: MemberRequest, own: Mentor, now: datetime) -> dict[str, Any]:
    """One more is read than is shown, to know whether there are more."""
    found = Session.objects.filter(mentor=own).upcoming(now).with_people()[: MOST_UPCOMING + 1]
    tickets = [Ticket(session, request.user, now) for session in found]
    today = local_day(now, request.viewer_zone)
    shown = tickets[:MOST_UPCOMING]
    return {
        "groups": [group for group in _by_day(shown, today, request.viewer_zone) if group[1]],
        "has_more": len(tickets) > MOST_UPCOMING,
        "now": now,
    }


def _by_day(tickets: Sequence[Ticket], today: date, zone: str) -> list[tuple[str, list[Ticket]]]:
    """Groups sessions: under way or beginning on the viewer's today, then the rest."""
    todays = [one for one in tickets if local_day(one.session.scheduled_at, zone) <= today]
    return [(gettext("Today"), todays), (gettext("Coming up"), [one for one in tickets if one not in todays])]


def _earnings(request: MemberRequest, own: Mentor, now: datetime) -> dict[str, Any]:
    months, today = months_of(own), _today(own, now)
    years, asked = years_in(months, today), request.GET.get("year", "")
    year = next((one for one in years if str(one) == asked), today.year)
    return {
        "earned": earnings_by_year(months, year=year, today=today, locale=request.viewer_locale),
        "this_month": this_month(months, today),
        "years": years,
        "year": year,
    }


def _today(own: Mentor, now: datetime) -> date:
    """Returns the date in the mentor's calendar, as earnings use it."""
    return local_day(now, own.time_zone)


def _rows(own: Mentor) -> Iterator[Sequence[Cell]]:
    yield [str(head) for head in HEADS]
    for one in sessions_of(own):
        yield _row(one, own.time_zone)


def _row(one: EarnedSession, zone: str) -> Sequence[Cell]:
    session, earned = one.session, one.earned
    is_recorded = session.payment.source == Payment.Source.RECORDED
    return (
        f"{one.starts_at:%Y-%m-%d %H:%M}",
        zone,
        f"{one.starts_at:%Y-%m}",
        session.pk,
        session.student.name,
        session.title,
        session.duration_minutes,
        session.status,
        earned.paid.currency,
        earned.paid.major,
        "elsewhere" if is_recorded else "Stripe",
        earned.refunded.major,
        earned.net.major,
    )
