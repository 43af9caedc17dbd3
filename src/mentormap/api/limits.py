"""Refusals of API requests by their head alone, before any body is read."""

from collections.abc import Callable
from functools import lru_cache
from math import inf
from typing import Any, Final

from django.core.exceptions import RequestDataTooBig
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest
from django.urls import Resolver404, resolve
from ninja.operation import PathView

from mentormap.api.auth import BearerToken, invalid_token, is_bearer, is_forged_or_expired, no_token
from mentormap.api.problems import ApiProblem, of_status
from mentormap.lib.view_limits import BODY_BYTES, closed_over, methods_of, most_bytes

ROOT: Final = "/api"
View = Callable[..., Any]


def is_api(path: str) -> bool:
    return path == ROOT or path.startswith(f"{ROOT}/")


def refusal_of_head(request: HttpRequest) -> ApiProblem | None:
    """Returns 404, 405, 401, 411 or 413 as the route declares; None for a request whose body may be read."""
    view = _view(request.path_info)
    if view is None:
        return of_status(404)
    paths = _path_view(view)
    allowed = _methods(view, paths)
    if allowed is not None and request.method not in allowed:
        return of_status(405, headers={"Allow": ", ".join(sorted(allowed))})
    if paths is not None and _needs_token(paths, request.method):
        if not is_bearer(request):
            return no_token()
        if is_forged_or_expired(request):
            return invalid_token()
    return _of_declared_length(request, _body_limit(paths))


def check_size(request: HttpRequest) -> ApiProblem | None:
    """Returns 413 for a body of undeclared length that turns out to be too long."""
    if request.headers.get("Content-Length"):
        return None
    try:
        size: float = len(request.body)
    except RequestDataTooBig:
        size = inf
    if size <= BODY_BYTES:
        return None
    limit = body_limit(request)
    return _too_large(limit) if size > limit else None


def body_limit(request: HttpRequest) -> int:
    """The most bytes that the body may have."""
    view = _view(request.path_info)
    return _body_limit(_path_view(view) if view else None)


def _body_limit(paths: PathView | None) -> int:
    return max(most_bytes(one.view_func) for one in paths.operations) if paths else BODY_BYTES


def _of_declared_length(request: HttpRequest, limit: int) -> ApiProblem | None:
    """Returns 411 for an unknown length under WSGI, where Django would read the body as empty."""
    declared = request.headers.get("Content-Length") or ""
    if not declared and isinstance(request, WSGIRequest) and "Transfer-Encoding" in request.headers:
        return ApiProblem(
            411,
            "length-required",
            "The body came in chunks, which this server does not read. Send its length in the header Content-Length.",
        )
    return _too_large(limit) if declared.isdecimal() and int(declared) > limit else None


def _too_large(limit: int) -> ApiProblem:
    return ApiProblem(
        413, "body-too-large", f"The body is over {limit // 1024} KB. Send less, such as a shorter text."
    )


def _view(path: str) -> View | None:
    """Returns the view at a path, with or without the trailing slash; the root itself has none."""
    bare = path.rstrip("/")
    if bare == ROOT:
        return None
    for twin in (bare, f"{bare}/"):
        try:
            return resolve(twin).func
        except Resolver404:
            continue
    return None


@lru_cache(maxsize=256)
def _path_view(view: View) -> PathView | None:
    """Ninja's operations behind a view; None for the documentation's own views."""
    owner = closed_over(view).get("self")
    return owner if isinstance(owner, PathView) else None


def _methods(view: View, paths: PathView | None) -> frozenset[str] | None:
    """Includes HEAD, which is GET without the body, and OPTIONS, which names the methods (middleware.py)."""
    named = methods_of(view) if paths is None else {name for one in paths.operations for name in one.methods}
    if named is None:
        return None
    return frozenset(named) | ({"OPTIONS", "HEAD"} if "GET" in named else {"OPTIONS"})


def _needs_token(paths: PathView, method: str | None) -> bool:
    asked = "GET" if method == "HEAD" else method
    return any(
        isinstance(check, BearerToken)
        for operation in paths.operations
        if asked in operation.methods
        for check in operation.auth_callbacks
    )
