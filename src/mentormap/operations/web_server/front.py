"""What the server knows of the application behind it: handed to it by mentormap.wsgi, which stands above."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from wsgiref.types import WSGIApplication

from django.http import HttpResponse

Environ = dict[str, Any]


@dataclass(frozen=True)
class Front:
    """The application, and its word on requests that have not arrived in full."""

    application: WSGIApplication
    body_limit: Callable[[Environ], int | None]
    """The most bytes that the body may have; None where the application refuses the request by its head alone."""
    refusal: Callable[[int, str], HttpResponse]
    """The answer with this status to a request for this path that never reaches the application."""
