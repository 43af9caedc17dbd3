"""The server's interface to the application, provided by mentormap.wsgi in a layer above."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from wsgiref.types import WSGIApplication

from django.http import HttpResponse

Environ = dict[str, Any]


@dataclass(frozen=True)
class Front:
    """The application, and its rules for requests that have not arrived in full."""

    application: WSGIApplication
    body_limit: Callable[[Environ], int | None]
    """Returns the longest body in bytes; None if the application refuses the request by its head alone."""
    refusal: Callable[[int, str], HttpResponse]
    """Returns the response with this status for a request to this path that never reaches the application."""
    network: Callable[[str, Mapping[str, str]], str]
    """Returns the network that a client may have whole, given the peer's address and the request's headers (named as in WSGI)."""
