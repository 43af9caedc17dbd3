"""The switch of the zone in which a person sees times."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from mentormap.lib import clock
from mentormap.web.forms.time_zone import TimeZoneForm
from mentormap.web.http.context import PageRequest
from mentormap.web.http.redirects import local_next
from mentormap.web.http.zone_switch import remember_zone


@require_http_methods(["GET", "POST"])
def time_zone(request: PageRequest) -> HttpResponse:
    """Remembers the zone in the browser, and on the account of a person who is logged in; then back."""
    back = local_next(request, default="/")
    form = TimeZoneForm(
        request.POST if request.method == "POST" else None,
        zone=request.viewer_zone,
        locale=request.viewer_locale,
        now=clock.now(),
    )
    if form.is_valid():
        response = HttpResponseRedirect(back)
        remember_zone(request, response, form.cleaned_data["time_zone"])
        return response
    template = "_time_zone.html" if request.htmx else "time_zone.html"
    return render(request, template, {"form": form, "next": back}, status=422 if form.is_bound else 200)
