"""A mentor's cancellation policy, with what students will read of it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from mentormap.lib import clock
from mentormap.mentors.publishing import begin_draft, set_policy
from mentormap.web.forms.policy import PolicyForm
from mentormap.web.http.context import MemberRequest
from mentormap.web.views.mentoring import own_or_new, verified


@verified
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def policy(request: MemberRequest) -> HttpResponse:
    """htmx asks, while the mentor types, for the sentence alone."""
    mentor = own_or_new(request)
    if request.htmx:
        return render(request, "mentoring/_policy.html", _context(PolicyForm(request.GET, mentor=mentor)))
    form = PolicyForm(request.POST if request.method == "POST" else None, mentor=mentor)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "mentoring/policy.html", _context(form), status=status)
    mentor = begin_draft(request.user, time_zone=request.viewer_zone, now=clock.now())
    set_policy(mentor, **form.cleaned_data)
    messages.success(
        request,
        gettext("Saved. Sessions that are booked already keep the policy that they were booked with."),
    )
    return redirect("mentoring")


def _context(form: PolicyForm) -> dict[str, object]:
    return {"form": form, "policy": form.policy}
