"""Refusals of requests to pages by their head alone, before any body is read.

Reading a page (GET, HEAD) is refused here only for its length: an unknown address gets the normal page for it.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.template.loader import get_template
from django.urls import Resolver404, resolve
from django.utils.translation import gettext_lazy

from mentormap.lib.view_limits import BODY_BYTES, methods_of, most_bytes

Respond = Callable[[HttpRequest], HttpResponseBase]
View = Callable[..., Any]
SAFE: Final = frozenset({"GET", "HEAD"})


class PageHeadMiddleware:
    """Refuses requests to pages; the API has its own answers (api/middleware.py).

    Comes before the check of CSRF tokens, which reads the body.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if _is_page(request) and request.method not in SAFE and _view(request.path_info) is None:
            return plain(404)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        """Refuses once the route is known, so that the refusal is logged and counted under it."""
        return refusal_of_head(request) if _is_page(request) else None


def refusal_of_head(request: HttpRequest) -> HttpResponse | None:
    """Returns 403, 404, 405 or 413 as the view declares; None for a request whose body may be read."""
    view = _view(request.path_info)
    if request.method not in SAFE:
        if view is None:
            return plain(404)
        allowed = methods_of(view)
        if allowed is not None and request.method not in allowed:
            return HttpResponseNotAllowed(sorted(allowed))
    declared = request.headers.get("Content-Length") or ""
    if not declared.isdecimal() or int(declared) <= body_limit(request):
        return None
    is_for_members = view is not None and int(declared) <= most_bytes(view)
    return plain(403) if is_for_members else too_large()


def body_limit(request: HttpRequest) -> int:
    """Returns the longest body in bytes; without a session cookie, that of a visitor who is not logged in."""
    view = _view(request.path_info)
    is_stranger = settings.SESSION_COOKIE_NAME not in request.COOKIES
    return most_bytes(view, is_stranger=is_stranger) if view else BODY_BYTES


def too_large() -> HttpResponse:
    """Returns the page for a form or a photo over its limit, the one refusal that people see in a browser."""
    return HttpResponse(get_template("413.html").render(), status=413)


def plain(status: int) -> HttpResponse:
    """Returns a refusal as a plain sentence."""
    sentence = SENTENCES.get(status, f"{HTTPStatus(status).phrase}.")
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8")


SENTENCES: Final = {
    400: gettext_lazy("This request could not be understood. Go back and try again."),
    403: gettext_lazy("Log in first, then send this form again."),
    404: gettext_lazy("There is no page at this address."),
    408: gettext_lazy("This request took too long to arrive. Go back and try again."),
    413: gettext_lazy("This is too large. Go back and send less, such as a shorter text or a smaller file."),
    431: gettext_lazy(
        "The headers of this request are too long. Delete the cookies of this site and try again."
    ),
    503: gettext_lazy("The server cannot take this request at the moment. Try again in a few seconds."),
}


def _is_page(request: HttpRequest) -> bool:
    return not request.path_info.startswith("/api/")


def _view(path: str) -> View | None:
    """Returns the view at a path, with or without the trailing slash (OptionalSlashMiddleware)."""
    for twin in (path, path.removesuffix("/") if path.endswith("/") else f"{path}/"):
        try:
            return resolve(twin).func
        except Resolver404:
            continue
    return None
