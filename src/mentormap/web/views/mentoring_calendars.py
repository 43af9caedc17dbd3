"""The page on which a mentor adds, corrects, reads and removes calendars kept elsewhere.

A worker reads them, never a web request; the page refreshes itself until it has.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from allauth.core.internal import ratelimit
from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from mentormap.availability.models import BusyCalendar
from mentormap.bookings import calendar_sync
from mentormap.bookings.calendar_sync import CalendarRefused
from mentormap.calendars.addresses import host_of, mask
from mentormap.lib import clock
from mentormap.lib.numbers import parse_id
from mentormap.mentors.publishing import begin_draft, mentor_of
from mentormap.web.forms.calendars import CalendarForm
from mentormap.web.http.context import MemberRequest
from mentormap.web.views.mentoring import verified

READINGS: Final = {"calendar": "30/h/user"}
"""Fetches that one person may ask for, so that nobody uses us to call at others' doors."""
LONG: Final = timedelta(seconds=30)
"""The time after which the page says that a reading takes longer than usual, and refreshes less often."""


@dataclass(frozen=True)
class CalendarRow:
    """One calendar of the list. `form` corrects the address of one that cannot be read."""

    calendar: BusyCalendar
    form: CalendarForm | None
    now: datetime

    @property
    def name(self) -> str:
        return _name(self.calendar)

    @property
    def address(self) -> str:
        return mask(self.calendar.url)

    @property
    def is_awaited(self) -> bool:
        return self.calendar.asked_at is not None

    @property
    def is_slow(self) -> bool:
        return self.calendar.asked_at is not None and self.now - self.calendar.asked_at > LONG

    @property
    def pause(self) -> int:
        """Seconds until the page refreshes itself."""
        return 10 if self.is_slow else 1


@verified
@require_http_methods(["GET", "HEAD", "POST"])
def calendars(request: MemberRequest) -> HttpResponse:
    """A POST removes, reads now, corrects, or adds; adding begins a draft for somebody who is no mentor yet."""
    if request.method != "POST":
        return _show(request, CalendarForm())
    if "remove" in request.POST:
        return _remove(request)
    if not ratelimit.consume(request, app="mentormap.web", action="calendar", config=READINGS):
        return render(request, "429.html", status=429)
    if "correct" in request.POST:
        return _correct(request)
    return _read(request) if "read" in request.POST else _add(request)


def _add(request: MemberRequest) -> HttpResponse:
    form = CalendarForm(request.POST)
    if not form.is_valid():
        return _show(request, form)
    now = clock.now()
    own = begin_draft(request.user, time_zone=request.viewer_zone, now=now)
    try:
        calendar_sync.add(own, form.cleaned_data["url"], now=now)
    except CalendarRefused as refusal:
        form.add_error("url", refusal.sentence)
        return _show(request, form)
    messages.success(
        request,
        gettext("Added. Once we have read it, you cannot be booked at times when it shows you as busy."),
    )
    return redirect("mentoring_calendars")


def _correct(request: MemberRequest) -> HttpResponse:
    calendar = _own(request, "correct")
    form = CalendarForm(request.POST, auto_id=_auto_id(calendar))
    if form.is_valid():
        try:
            calendar_sync.correct(calendar, form.cleaned_data["url"], now=clock.now())
        except CalendarRefused as refusal:
            form.add_error("url", refusal.sentence)
        else:
            return redirect("mentoring_calendars")
    return _show(request, CalendarForm(), corrected={calendar.pk: form})


def _read(request: MemberRequest) -> HttpResponse:
    calendar_sync.ask(_own(request, "read"), now=clock.now())
    return redirect("mentoring_calendars")


def _remove(request: MemberRequest) -> HttpResponse:
    calendar = _own(request, "remove")
    calendar_sync.remove(calendar)
    messages.success(
        request, gettext("%(name)s is removed: its busy times no longer count.") % {"name": _name(calendar)}
    )
    return redirect("mentoring_calendars")


def _own(request: MemberRequest, button: str) -> BusyCalendar:
    """The one that a button names; a stranger's is not there."""
    number = parse_id(request.POST[button])
    mine = BusyCalendar.objects.filter(mentor__user=request.user).select_related("mentor__user")
    calendar = mine.filter(pk=number).first() if number is not None else None
    if calendar is None:
        raise Http404
    return calendar


def _show(
    request: MemberRequest, form: CalendarForm, *, corrected: dict[int, CalendarForm] | None = None
) -> HttpResponse:
    own, now = mentor_of(request.user), clock.now()
    ahead = Count("busy_times", filter=Q(busy_times__ends_at__gt=now))
    mine = BusyCalendar.objects.filter(mentor=own).annotate(ahead=ahead) if own else []
    rows = [CalendarRow(one, (corrected or {}).get(one.pk) or _correction(one), now) for one in mine]
    context = {
        "form": form,
        "rows": rows,
        "is_awaited": any(row.is_awaited for row in rows),
        "can_add": len(rows) < calendar_sync.MOST,
        "most": calendar_sync.MOST,
    }
    return render(
        request, "mentoring/calendars.html", context, status=422 if form.errors or corrected else 200
    )


def _correction(calendar: BusyCalendar) -> CalendarForm | None:
    """Shows the address only if it has never worked: a working one would open the calendar to anyone who reads it here."""
    if calendar.failing_since is None:
        return None
    initial = {"url": calendar.url} if calendar.read_at is None else {}
    return CalendarForm(initial=initial, auto_id=_auto_id(calendar))


def _auto_id(calendar: BusyCalendar) -> str:
    return f"id_%s_{calendar.pk}"


def _name(calendar: BusyCalendar) -> str:
    return calendar.name or host_of(calendar.url)
