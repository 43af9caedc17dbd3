"""A mentor's booking rules, with what students could book under them while they are typed."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from mentormap.availability.rules import keep_rules
from mentormap.bookings.slots.preview import Terms, terms_of
from mentormap.lib import clock
from mentormap.mentors.models import Mentor
from mentormap.mentors.publishing import begin_draft
from mentormap.web.forms.rules import RulesForm
from mentormap.web.http.context import MemberRequest
from mentormap.web.presenters.availability_preview import preview_context, problems_of
from mentormap.web.views.mentoring import own_or_new, verified


@verified
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def rules(request: MemberRequest) -> HttpResponse:
    """htmx asks, while they are typed, for the preview alone."""
    own, now = own_or_new(request), clock.now()
    stored = terms_of(own, now=now)
    form = RulesForm(request.POST if request.method == "POST" else None, rules=stored.rules)
    if "preview" in request.GET or "preview" in request.POST:
        part = "_rules_preview" if request.htmx else "rules"
        return render(request, f"mentoring/{part}.html", _context(request, own, form, stored, now=now))
    if form.rules is None:
        status = 422 if form.is_bound else 200
        return render(
            request, "mentoring/rules.html", _context(request, own, form, stored, now=now), status=status
        )
    own = begin_draft(request.user, time_zone=request.viewer_zone, now=now)
    keep_rules(own, form.rules)
    messages.success(request, gettext("Saved. Sessions that are booked already stay as they are."))
    return redirect("mentoring_rules")


def _context(
    request: MemberRequest, own: Mentor, form: RulesForm, stored: Terms, *, now: datetime
) -> dict[str, Any]:
    """Without anything typed, the stored rules."""
    typed = form.rules if form.is_bound else stored.rules
    terms = replace(stored, rules=typed) if typed else None
    return {"form": form, **preview_context(request, own, terms, now=now, problems=problems_of(form))}
