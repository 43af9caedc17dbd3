"""Changes to every request before a page or an endpoint gets it."""

from collections.abc import Callable
from typing import cast
from urllib.parse import unquote

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import is_valid_path
from django.utils import translation

from mentormap.lib.forwarding import HEADERS, WAS_FORWARDED, client_of, is_forwarded, is_trusted
from mentormap.lib.languages import in_language_of
from mentormap.lib.zones import is_zone, present_name
from mentormap.web.http.context import ASSUMED_LOCALE, ASSUMED_ZONE, ZONE_COOKIE, PageRequest

Respond = Callable[[HttpRequest], HttpResponseBase]


class ForwardedMiddleware:
    """Sets REMOTE_ADDR to the client's address, and drops forwarded headers that do not come from TRUSTED_PROXIES.

    Outermost, because everything that reads the address or the scheme must come after it.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        meta, proxies = request.META, settings.TRUSTED_PROXIES
        peer = str(meta.get("REMOTE_ADDR") or "")
        meta[WAS_FORWARDED] = is_forwarded(meta)
        if is_trusted(peer, proxies):
            meta["REMOTE_ADDR"] = client_of(peer, meta, proxies)
        else:
            for name in HEADERS:
                meta.pop(name, None)
        return self.get_response(request)


class PlainCookiesMiddleware:
    """Drops cookies that hold a NUL, which can be written as \\000: PostgreSQL refuses to look for a login by such a key."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        for name in [name for name, value in request.COOKIES.items() if "\0" in value]:
            del request.COOKIES[name]
        return self.get_response(request)


class OptionalSlashMiddleware:
    """Serves a path and its twin, with and without the trailing slash, alike.

    No redirect: it would lose the body of a POST. Stands before CommonMiddleware, whose redirect for APPEND_SLASH then finds
    nothing to do.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        twin = path.removesuffix("/") if path.endswith("/") else f"{path}/"
        if not is_valid_path(path) and is_valid_path(twin):
            request.path = request.path.removesuffix(path) + twin
            request.path_info = twin
        return self.get_response(request)


class ViewerMiddleware:
    """Tells pages the viewer's time zone, locale and language: the account's, else the browser's by its cookies and headers."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        page = cast("PageRequest", request)
        own = request.user.time_zone if request.user.is_authenticated else ""
        zone = own if is_zone(own) else zone_of_browser(request)
        page.knows_zone = bool(zone)
        page.viewer_zone = zone or ASSUMED_ZONE
        page.viewer_locale = _locale_of(request)
        with in_language_of(page.viewer_locale):
            return self.get_response(request)


def _locale_of(request: HttpRequest) -> str:
    """Django has found the language of the browser; dates and numbers in English are not those of the United States."""
    if request.user.is_authenticated:
        return request.user.locale
    language = translation.get_language()
    return translation.to_locale(language) if language != settings.LANGUAGE_CODE else ASSUMED_LOCALE


def zone_of_browser(request: HttpRequest) -> str:
    """The zone in the cookie, by its present name; empty where there is none that exists."""
    zone = unquote(request.COOKIES.get(ZONE_COOKIE, ""))
    return present_name(zone) if is_zone(zone) else ""
