"""One log line a request, with the route and not the path: paths hold the keys of verification and reset links."""

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

import structlog
from django.http import HttpRequest
from django.http.response import HttpResponseBase

_QUIET: Final = frozenset({"health", "metrics"})
_log = structlog.get_logger(__name__)


class RequestLogMiddleware:
    """Outermost except for static files, so that it also logs refusals by other middleware, and the cause of a 503."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        response = self.get_response(request)
        match = request.resolver_match
        if match is None or match.url_name not in _QUIET:
            say = _log.warning if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE else _log.info
            say(
                "request",
                method=request.method,
                route=f"/{match.route}" if match else "unknown",
                status=response.status_code,
                ms=round((time.perf_counter() - started) * 1000),
            )
        return response
