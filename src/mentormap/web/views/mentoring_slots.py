"""Why a day has the open slots that it has: for the mentor, and for an operator of any mentor."""

from datetime import date, timedelta
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from mentormap.bookings.slots.explanations import ExplainedDay, explain_day
from mentormap.lib import clock
from mentormap.lib.numbers import parse_id
from mentormap.lib.when import format_full_day
from mentormap.lib.zones import local_day
from mentormap.mentors.models import Mentor
from mentormap.mentors.publishing import mentor_of
from mentormap.web.forms.slots import ExplainForm
from mentormap.web.http.context import MemberRequest
from mentormap.web.http.query_strings import changed_query
from mentormap.web.views.mentoring import verified

_DAY: Final = timedelta(days=1)


@verified
@require_safe
def slots(request: MemberRequest) -> HttpResponse:
    """One's own day; an operator names the mentor in the address."""
    mentor, now = _mentor(request), clock.now()
    if mentor is None:
        return redirect("mentoring")
    form = ExplainForm(request.GET, today=local_day(now, mentor.time_zone))
    day, minutes = form.asked
    explained = explain_day(mentor, day, duration_minutes=minutes, now=now, locale=request.viewer_locale)
    return render(request, "mentoring/slots.html", _context(request, form, explained))


def _mentor(request: MemberRequest) -> Mentor | None:
    """Returns None for a person who is no mentor. Raises Http404 for another mentor, except for operators."""
    named = request.GET.get("mentor", "")
    if not named:
        return mentor_of(request.user)
    visible = Mentor.objects.select_related("user")
    own = visible if request.user.is_staff else visible.filter(user=request.user)
    return get_object_or_404(own, pk=parse_id(named))


def _context(request: MemberRequest, form: ExplainForm, explained: ExplainedDay) -> dict[str, Any]:
    is_own = explained.mentor.user_id == request.user.pk
    return {
        "form": form,
        "explained": explained,
        "day_name": format_full_day(explained.day, request.viewer_locale),
        "is_own": is_own,
        "session_route": "session" if is_own else "admin:bookings_session_change",
        "back": reverse("mentoring")
        if is_own
        else reverse("admin:mentors_mentor_change", args=[explained.mentor.pk]),
        "earlier": _of_day(request, explained.day - _DAY),
        "later": _of_day(request, explained.day + _DAY),
    }


def _of_day(request: MemberRequest, day: date) -> str:
    return changed_query(request, day=day.isoformat())
