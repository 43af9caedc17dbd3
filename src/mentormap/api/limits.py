"""How long a body may be, said before it is read."""

from typing import Final

from django.core.exceptions import RequestDataTooBig
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest

from mentormap.api.problems import Problem

BODY_BYTES: Final = 64 * 1024
WEBHOOK_BYTES: Final = 1024 * 1024
WEBHOOK_PATH: Final = "/api/payments/webhook"


def check_size(request: HttpRequest) -> Problem | None:
    """413 for a body that is too long, by what the client declares or by what came; None for one that may be read.

    411 for one of unknown length where Django would read it as empty (WSGI).
    """
    if _has_no_length(request):
        return Problem(
            411,
            "length-required",
            "The body came in chunks, which this server does not read. Send its length in the header Content-Length.",
        )
    limit = WEBHOOK_BYTES if request.path_info.rstrip("/") == WEBHOOK_PATH else BODY_BYTES
    if not _is_over(request, limit):
        return None
    return Problem(
        413, "body-too-large", f"The body is over {limit // 1024} KB. Send less, such as a shorter text."
    )


def _has_no_length(request: HttpRequest) -> bool:
    return (
        isinstance(request, WSGIRequest)
        and "Transfer-Encoding" in request.headers
        and "Content-Length" not in request.headers
    )


def _is_over(request: HttpRequest, limit: int) -> bool:
    """A chunked body declares no length."""
    declared = request.headers.get("Content-Length") or "0"
    if declared.isdecimal() and int(declared) > limit:
        return True
    try:
        return len(request.body) > limit
    except RequestDataTooBig:
        return True
