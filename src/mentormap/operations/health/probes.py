"""`/health/live` and `/health/ready` for load balancers, answered before host, login or database are looked at.

Probes use the machine's IP address over plain HTTP, so any Host is accepted; no answer repeats it. `/metrics` is answered here
for programs on this machine that use a name of this machine, which need not be a name of the site.
"""

from collections.abc import Callable
from typing import Final

from django.db import Error
from django.http import HttpRequest, JsonResponse
from django.http.request import split_domain_port
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from mentormap.operations.health import checks
from mentormap.operations.health.metrics import came_from_here, metrics
from mentormap.operations.process import draining

Respond = Callable[[HttpRequest], HttpResponseBase]


@require_safe
@never_cache
def live(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 - Django's signature
    """Returns 200 as long as this process answers, without the database, so that a database outage restarts no process."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 - Django's signature
    """Returns 200 if this process can serve requests, else 503 with the reason; does not depend on the worker."""
    reason = _not_ready()
    if reason:
        return JsonResponse({"status": "failing", "reasons": [reason]}, status=503)
    return JsonResponse({"status": "ok"})


def _not_ready() -> str:
    if draining.is_draining():
        return "draining: this process was asked to end"
    database = checks.database()
    if not database.is_ok:
        return f"database: {database.message}"
    if _Migrations.are_applied:
        return ""
    try:
        found = checks.migrations()
    except Error as error:
        return f"database: {type(error).__name__}"
    _Migrations.are_applied = found.is_ok
    return "" if found.is_ok else f"migrations: {found.message}"


class _Migrations:
    """Checks until all are applied, then no more, because the check is costly and new code starts a new process."""

    are_applied = False


HERE: Final = frozenset({"127.0.0.1", "[::1]", "localhost"})
PROBES: Final[dict[str, Respond]] = {"/health/live": live, "/health/ready": ready}


class ProbesMiddleware:
    """Comes before any middleware that reads the request's host or login."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info.removesuffix("/")
        if path == "/metrics" and is_scrape(request):
            return metrics(request)
        probe = PROBES.get(path)
        return probe(request) if probe else self.get_response(request)


def is_scrape(request: HttpRequest) -> bool:
    """Returns whether the Host is a name of this machine; with any other, a browser here could be led to this port (DNS rebinding)."""
    host, _ = split_domain_port(request.META.get("HTTP_HOST", "").lower())
    return host in HERE and came_from_here(request)
