"""Pages whose address contains a secret: a verification, a reset, a hold, a feed.

They ask browsers to send no Referer, because proxies log it. A browser then also hides the Origin of a form and sends `null`
(https://fetch.spec.whatwg.org/#append-a-request-origin-header), which Django's CSRF check would refuse.
"""

from collections.abc import Callable
from typing import Any, Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase

SECRET_PARAMETERS: Final = frozenset({"key", "secret", "token"})
"""The names under which routes capture the secret part of their path."""


class SecretLinksMiddleware:
    """Comes between SecurityMiddleware, whose policy it replaces, and CsrfViewMiddleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.resolver_match and SECRET_PARAMETERS & request.resolver_match.kwargs.keys():
            response.headers["Referrer-Policy"] = "no-referrer"
        return response

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponseBase],  # noqa: ARG002 - Django's signature
        args: tuple[Any, ...],  # noqa: ARG002
        kwargs: dict[str, Any],
    ) -> None:
        """Restores an Origin that our own page hid. Sec-Fetch-Site cannot be set by a page; some browsers do not send it."""
        if request.headers.get("Origin") != "null":
            return
        site = request.headers.get("Sec-Fetch-Site")
        if site == "same-origin" or (site is None and SECRET_PARAMETERS & kwargs.keys()):
            request.META["HTTP_ORIGIN"] = f"{request.scheme}://{request.get_host()}"
