"""The switch of the zone in which a person sees times."""

from datetime import timedelta

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from mentormap.lib import clock
from mentormap.web.context import ZONE_COOKIE, PageRequest
from mentormap.web.forms.time_zone import TimeZoneForm
from mentormap.web.redirects import local_next

YEAR = timedelta(days=365)


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
        return _remember(request, form.cleaned_data["time_zone"], back)
    template = "_time_zone.html" if request.htmx else "time_zone.html"
    return render(request, template, {"form": form, "next": back}, status=422 if form.is_bound else 200)


def _remember(request: PageRequest, zone: str, back: str) -> HttpResponse:
    response = HttpResponseRedirect(back)
    set_zone_cookie(response, zone, secure=request.is_secure())
    if request.user.is_authenticated:
        request.user.time_zone = zone
        request.user.save(update_fields=["time_zone"])
    return response


def set_zone_cookie(response: HttpResponse, zone: str, *, secure: bool) -> None:
    """Readable by scripts: the one that finds the browser's zone must see that another was chosen."""
    response.set_cookie(ZONE_COOKIE, zone, max_age=YEAR, secure=secure, samesite="Lax")
