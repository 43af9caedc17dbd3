"""Switches the zone in which times are shown: stored in the browser, and in the account of a logged-in person."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.http import HttpResponse

from mentormap.lib.zones import is_zone
from mentormap.web.http.context import ZONE_COOKIE, PageRequest

YEAR = timedelta(days=365)
Rest = ParamSpec("Rest")
Request = TypeVar("Request", bound=PageRequest)
View = Callable[Concatenate[Request, Rest], HttpResponse]


def remember_zone(request: PageRequest, response: HttpResponse, zone: str) -> None:
    set_zone_cookie(response, zone, secure=request.is_secure())
    if request.user.is_authenticated:
        request.user.time_zone = zone
        request.user.save(update_fields=["time_zone"])


def set_zone_cookie(response: HttpResponse, zone: str, *, secure: bool) -> None:
    """Readable by scripts: the one that finds the browser's zone must see that another was chosen."""
    response.set_cookie(ZONE_COOKIE, zone, max_age=YEAR, secure=secure, samesite="Lax")


def is_choosing(values: Mapping[str, str]) -> bool:
    """Returns whether the picker's list of zones is to be shown: it was asked for, or what was chosen is no zone."""
    return values.get("zone") == "choose" or ("zone" in values and not _requested_zone(values))


def switches_zone(view: View[Request, Rest]) -> View[Request, Rest]:
    """For pages whose form has the picker: a POST by its "Show times there" is shown in that zone, which is remembered."""

    @wraps(view)
    def switched(request: Request, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        zone = _requested_zone(request.POST)
        if not zone:
            return view(request, *args, **kwargs)
        request.viewer_zone, request.knows_zone = zone, True
        response = view(request, *args, **kwargs)
        remember_zone(request, response, zone)
        return response

    return switched


def _requested_zone(values: Mapping[str, str]) -> str:
    zone = values.get("time_zone", "") if values.get("zone") == "set" else ""
    return zone if is_zone(zone) else ""
