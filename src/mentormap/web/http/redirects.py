"""Targets of redirects: only addresses of this site."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def is_local(request: HttpRequest, url: str | None) -> bool:
    """Returns whether the address has the origin that this request came by (no other host, port or scheme)."""
    return url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )


def local_next(request: HttpRequest, *, default: str) -> str:
    """The request's `next` if it is a path of this site, else the default.

    Anything else than a path, Django's `redirect` would take for the name of a view.
    """
    candidate = request.POST.get("next") or request.GET.get("next") or ""
    return candidate if candidate.startswith("/") and is_local(request, candidate) else default
