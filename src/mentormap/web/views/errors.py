"""The pages for what went wrong: they say what happened and what to do next."""

import sys

import structlog
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template

from mentormap.lib import unavailable
from mentormap.lib.disk import LastRefusal


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if cause := unavailable.cause_of(exception):
        return out_of_service(cause)
    if isinstance(exception, (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)):
        return render(request, "413.html", status=413)
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    return render(request, "404.html", status=404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's signature
    """A form came without its proof: mostly a page that stood open for long, or cookies that are turned off."""
    return render(request, "csrf.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Answers an exception from a view or a middleware: 503 for a temporary error, 500 for a bug.

    Uses no context processor, because the database or the session may have failed.
    """
    if cause := unavailable.cause_of(sys.exc_info()[1]):
        return out_of_service(cause)
    return HttpResponse(get_template("500.html").render(), status=500)


def out_of_service(cause: BaseException) -> HttpResponse:
    """Answers 503, and adds the reason to the request's own line in the log."""
    if unavailable.is_full(cause):
        LastRefusal.note()
    structlog.contextvars.bind_contextvars(unavailable=unavailable.in_words(cause))
    headers = {"Retry-After": str(unavailable.RETRY_SECONDS), "Cache-Control": "no-store"}
    return HttpResponse(get_template("503.html").render(), status=503, headers=headers)
