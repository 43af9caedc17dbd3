"""A mentor's weekly hours, with what students could book of them while they are typed."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from mentormap.availability.hours import hours_of, replace_hours
from mentormap.bookings.slots.preview import terms_of
from mentormap.lib import clock
from mentormap.lib.zones import is_zone
from mentormap.mentors.models import Mentor
from mentormap.mentors.publishing import begin_draft
from mentormap.web.forms.hours import HoursForm
from mentormap.web.http.context import MemberRequest
from mentormap.web.presenters.availability_preview import preview_context
from mentormap.web.presenters.typed_hours import Days
from mentormap.web.presenters.week_grid import week_grid
from mentormap.web.views.mentoring import own_or_new, verified

CHANGES: Final = ("add", "remove", "copy")
"""Buttons that only change the form."""


@verified
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def hours(request: MemberRequest) -> HttpResponse:
    """All weekly hours at once. htmx asks for the rows after a button that changes them, and for the preview while they are typed."""
    own, now = own_or_new(request), clock.now()
    if request.method != "POST":
        days = Days.of(hours_of(own) if own.pk else [])
        return _show(request, own, _form(request, days, zone=own.time_zone, now=now), now=now)
    days = Days.from_form(request.POST)
    if any(button in request.POST for button in CHANGES):
        days.change(request.POST)
        return _show(request, own, _unsent_form(request, own, days, now=now), now=now, part="_week_changed")
    if "preview" in request.GET or "preview" in request.POST:
        days.ranges()
        return _show(request, own, _unsent_form(request, own, days, now=now), now=now, part="_hours_preview")
    form = _form(request, days, zone=own.time_zone, now=now, is_sent=True)
    if not form.is_valid():
        return _show(request, own, form, now=now, status=422)
    return _save(request, form, now=now)


def _save(request: MemberRequest, form: HoursForm, *, now: datetime) -> HttpResponse:
    """Continues with the checklist for a new mentor; others see what students can book now."""
    own = begin_draft(request.user, time_zone=request.viewer_zone, now=now)
    replace_hours(own, form.cleaned_data["hours"], time_zone=form.cleaned_data["time_zone"])
    messages.success(request, gettext("Saved. Sessions that are booked already stay as they are."))
    return redirect("mentoring" if own.state == Mentor.State.DRAFT else "mentoring_hours")


def _unsent_form(request: MemberRequest, own: Mentor, days: Days, *, now: datetime) -> HoursForm:
    """Not sent: nothing is said of what is unfinished."""
    typed = request.POST.get("time_zone", "")
    return _form(request, days, zone=typed if is_zone(typed) else own.time_zone, now=now)


def _form(
    request: MemberRequest, days: Days, *, zone: str, now: datetime, is_sent: bool = False
) -> HoursForm:
    data = request.POST if is_sent else None
    return HoursForm(data, days=days, zone=zone, locale=request.viewer_locale, now=now)


def _show(
    request: MemberRequest,
    own: Mentor,
    form: HoursForm,
    *,
    now: datetime,
    part: str = "hours",
    status: int = 200,
) -> HttpResponse:
    """For htmx the part alone."""
    template = f"mentoring/{part if request.htmx else 'hours'}.html"
    return render(request, template, _context(request, own, form, now=now), status=status)


def _context(request: MemberRequest, own: Mentor, form: HoursForm, *, now: datetime) -> dict[str, Any]:
    trial, stored = Days(form.days.rows), terms_of(own, now=now)
    weekly = trial.ranges()
    problems = [sentence for sentences in trial.errors.values() for sentence in sentences]
    zone = form.initial["time_zone"]
    terms = None if problems else replace(stored, hours=replace(stored.hours, weekly=weekly), zone=zone)
    return {
        "form": form,
        "days": form.days.by_weekday(),
        "grid": week_grid(weekly),
        **preview_context(request, own, terms, now=now, problems=problems),
    }
