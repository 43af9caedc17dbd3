"""The calendars that a mentor keeps elsewhere: added, looked at, read now and removed on one page."""

from allauth.core.internal import ratelimit
from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from mentormap.availability import busy
from mentormap.availability.models import BusyCalendar
from mentormap.bookings import busy_calendars
from mentormap.bookings.busy_calendars import CalendarRefused
from mentormap.calendars.addresses import host_of, masked
from mentormap.lib import clock
from mentormap.lib.numbers import read_number
from mentormap.mentors.publishing import begin_draft, mentor_of
from mentormap.web.context import MemberRequest
from mentormap.web.forms.calendars import CalendarForm
from mentormap.web.views.mentoring import verified

READINGS = {"calendar": "30/h/user"}
"""Fetches that one person may ask for, so that nobody uses us to call at others' doors."""


@verified
@require_http_methods(["GET", "HEAD", "POST"])
def calendars(request: MemberRequest) -> HttpResponse:
    """A POST removes, reads now, or adds; adding begins a draft for somebody who is no mentor yet."""
    if request.method != "POST":
        return _show(request, CalendarForm())
    if "remove" in request.POST:
        return _remove(request)
    if not ratelimit.consume(request, app="mentormap.web", action="calendar", config=READINGS):
        return render(request, "429.html", status=429)
    return _read(request) if "read" in request.POST else _add(request)


def _add(request: MemberRequest) -> HttpResponse:
    form = CalendarForm(request.POST)
    if not form.is_valid():
        return _show(request, form)
    now = clock.now()
    own = begin_draft(request.user, time_zone=request.viewer_zone, now=now)
    try:
        added = busy_calendars.add(own, form.cleaned_data["url"], now=now)
    except CalendarRefused as refusal:
        form.add_error("url", refusal.sentence)
        return _show(request, form)
    if added.last_error:
        messages.warning(
            request, f"Added, but it could not be read yet. {added.last_error} We try again in a while."
        )
    else:
        messages.success(
            request, f"Added. From now on you cannot be booked when {_name(added)} says that you are busy."
        )
    return redirect("mentoring_calendars")


def _read(request: MemberRequest) -> HttpResponse:
    calendar = _own(request, "read")
    if not busy_calendars.read_now(calendar, now=clock.now()):
        messages.info(request, "It is being read at this moment.")
    elif calendar.last_error:
        messages.error(request, f"It could not be read. {calendar.last_error}")
    else:
        messages.success(request, f"{_name(calendar)} has just been read.")
    return redirect("mentoring_calendars")


def _remove(request: MemberRequest) -> HttpResponse:
    calendar = _own(request, "remove")
    busy.remove(calendar)
    messages.success(request, f"{_name(calendar)} is removed: its busy times no longer count.")
    return redirect("mentoring_calendars")


def _own(request: MemberRequest, button: str) -> BusyCalendar:
    """The one that a button names; a stranger's is not there."""
    number = read_number(request.POST[button])
    mine = BusyCalendar.objects.filter(mentor__user=request.user).select_related("mentor__user")
    calendar = mine.filter(pk=number).first() if number is not None else None
    if calendar is None:
        raise Http404
    return calendar


def _show(request: MemberRequest, form: CalendarForm) -> HttpResponse:
    own = mentor_of(request.user)
    ahead = Count("busy_times", filter=Q(busy_times__ends_at__gt=clock.now()))
    rows = list(BusyCalendar.objects.filter(mentor=own).annotate(ahead=ahead)) if own else []
    context = {
        "form": form,
        "calendars": [(row, _name(row), masked(row.url)) for row in rows],
        "can_add": len(rows) < busy_calendars.MOST,
        "most": busy_calendars.MOST,
    }
    return render(request, "mentoring/calendars.html", context, status=422 if form.errors else 200)


def _name(calendar: BusyCalendar) -> str:
    return calendar.name or host_of(calendar.url)
