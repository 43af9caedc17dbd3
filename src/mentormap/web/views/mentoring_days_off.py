"""A mentor's days that differ from the week: single days with other hours, and vacations."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from mentormap.availability.days_off import (
    Override,
    add_vacation,
    override_day,
    overrides_of,
    remove_vacation,
    restore_day,
    vacations_of,
)
from mentormap.availability.models import Vacation
from mentormap.bookings.slots.preview import terms_of
from mentormap.lib import clock
from mentormap.lib.numbers import parse_id
from mentormap.lib.when import format_full_day
from mentormap.lib.zones import local_day
from mentormap.mentors.models import Mentor
from mentormap.mentors.publishing import begin_draft
from mentormap.web.forms.days_off import OverrideForm, VacationForm
from mentormap.web.http.context import MemberRequest
from mentormap.web.http.query_strings import read_day
from mentormap.web.presenters.availability_preview import preview_context, problems_of
from mentormap.web.views.mentoring import own_or_new, verified


@dataclass(frozen=True)
class _Page:
    """The stored days, and the two forms, of which at most one was sent."""

    own: Mentor
    now: datetime
    overrides: list[Override]
    vacations: list[Vacation]
    override: OverrideForm
    vacation: VacationForm

    @classmethod
    def of(cls, request: MemberRequest, own: Mentor, *, now: datetime) -> "_Page":
        today, sent = local_day(now, own.time_zone), request.POST.get("what", "")
        overrides = overrides_of(own, since=today) if own.pk else []
        vacations = vacations_of(own, since=today) if own.pk else []
        asked = read_day(request.GET.get("day", ""))
        shown = next((one for one in overrides if one.day == asked), None)
        return cls(
            own,
            now,
            overrides,
            vacations,
            OverrideForm(request.POST if sent == "override" else None, today=today, shown=shown),
            VacationForm(request.POST if sent == "vacation" else None, today=today),
        )

    @property
    def sent(self) -> OverrideForm | VacationForm | None:
        return next((form for form in (self.override, self.vacation) if form.is_bound), None)

    def context(self, request: MemberRequest) -> dict[str, Any]:
        """The preview begins with the day that is typed, if that is later than today."""
        terms, sent = terms_of(self.own, now=self.now), self.sent
        problems = problems_of(sent) if sent else []
        first: date | None = None
        if sent and not problems:
            terms = replace(terms, hours=sent.apply_to(terms.hours))
            first = sent.cleaned_data["day" if sent is self.override else "first_day"]
        return {
            "page": self,
            "day_names": {one.day: format_full_day(one.day, request.viewer_locale) for one in self.overrides},
            "vacation_names": {one.pk: _days(one, request.viewer_locale) for one in self.vacations},
            **preview_context(
                request, self.own, None if problems else terms, now=self.now, problems=problems, first=first
            ),
        }


@verified
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def days_off(request: MemberRequest) -> HttpResponse:
    """htmx asks, while one of the forms is typed, for the preview alone."""
    own, now = own_or_new(request), clock.now()
    if _taken_back(request, own):
        return redirect("mentoring_days_off")
    page = _Page.of(request, own, now=now)
    if "preview" in request.GET or "preview" in request.POST:
        part = "_rules_preview" if request.htmx else "days_off"
        return render(request, f"mentoring/{part}.html", page.context(request))
    if page.sent is None or not page.sent.is_valid():
        status = 422 if page.sent else 200
        return render(request, "mentoring/days_off.html", page.context(request), status=status)
    _save(begin_draft(request.user, time_zone=request.viewer_zone, now=now), page)
    messages.success(request, gettext("Saved. Sessions that are booked already stay as they are."))
    return redirect("mentoring_days_off")


def _days(vacation: Vacation, locale: str) -> str:
    """ "Thursday 24 December 2026 to Sunday 27 December 2026"."""
    first, last = (format_full_day(day, locale) for day in (vacation.first_day, vacation.last_day))
    return first if first == last else gettext("%(first)s to %(last)s") % {"first": first, "last": last}


def _taken_back(request: MemberRequest, own: Mentor) -> bool:
    """Returns whether a button was pressed that takes back what is stored; one that was pressed twice does nothing more."""
    if not own.pk or not ("restore" in request.POST or "remove" in request.POST):
        return False
    day, number = read_day(request.POST.get("restore", "")), parse_id(request.POST.get("remove", ""))
    if day and restore_day(own, day):
        messages.success(request, gettext("That day has its weekly hours again."))
    if number is not None and remove_vacation(own, number):
        messages.success(request, gettext("The vacation is removed."))
    return True


def _save(own: Mentor, page: _Page) -> None:
    if page.sent is page.override:
        override_day(own, page.override.cleaned_data["day"], page.override.cleaned_data["ranges"])
    else:
        typed = page.vacation.cleaned_data
        add_vacation(own, first=typed["first_day"], last=typed["last_day"], note=typed["note"])
