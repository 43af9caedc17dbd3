"""What holds for every path under /api/, known or unknown: limits, HEAD and OPTIONS, and problem documents."""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import is_valid_path

from mentormap.api.limits import check_size
from mentormap.api.problems import Problem, as_problem, is_problem, of_status

ROOT: Final = "/api"
Respond = Callable[[HttpRequest], HttpResponseBase]


class ApiMiddleware:
    """Stands outside of all that may refuse a request, so that a program never gets a page for people."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_api(request.path_info):
            return self.get_response(request)
        refusal = check_size(request) or _unknown_path(request.path_info)
        response = refusal.response() if refusal else self._respond(request)
        if response.status_code >= 400 and not is_problem(response):
            response = as_problem(response)
        response.setdefault("Cache-Control", "no-store")
        return response

    def _respond(self, request: HttpRequest) -> HttpResponseBase:
        """HEAD is GET without the body (the server drops it), OPTIONS names the methods."""
        asked = request.method
        if asked == "HEAD":
            request.method = "GET"
        response = self.get_response(request)
        request.method = asked
        if response.has_header("Allow"):
            response["Allow"] = _allowed(response["Allow"])
        if asked == "OPTIONS" and response.status_code == 405:
            return HttpResponse(status=204, headers={"Allow": response["Allow"]})
        return response


def is_api(path: str) -> bool:
    return path == ROOT or path.startswith(f"{ROOT}/")


def _unknown_path(path: str) -> Problem | None:
    """Said here, so that no page for people is rendered in vain; either way of ending a path will do."""
    bare = path.rstrip("/")
    if bare != ROOT and (is_valid_path(bare) or is_valid_path(f"{bare}/")):
        return None
    return of_status(404)


def _allowed(methods: str) -> str:
    named = {method.strip() for method in methods.split(",")}
    more = {"OPTIONS", "HEAD"} if "GET" in named else {"OPTIONS"}
    return ", ".join(sorted(named | more))
