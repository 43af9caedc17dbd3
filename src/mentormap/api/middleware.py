"""Rules for every path under /api/, known or unknown: limits, HEAD and OPTIONS, and problem documents."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from mentormap.api.limits import check_size, is_api, refusal_of_head
from mentormap.api.problems import as_problem, is_problem

Respond = Callable[[HttpRequest], HttpResponseBase]


class ApiMiddleware:
    """Stands outside of all that may refuse a request, so that a program never gets a page for people."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_api(request.path_info):
            return self.get_response(request)
        refusal = refusal_of_head(request) or check_size(request)
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
            response["Allow"] = _allow_header(response["Allow"])
        if asked == "OPTIONS" and response.status_code == 405:
            return HttpResponse(status=204, headers={"Allow": response["Allow"]})
        return response


def _allow_header(methods: str) -> str:
    named = {method.strip() for method in methods.split(",")}
    more = {"OPTIONS", "HEAD"} if "GET" in named else {"OPTIONS"}
    return ", ".join(sorted(named | more))
