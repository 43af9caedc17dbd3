"""Bodies are JSON objects, and say so."""

import json
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

from mentormap.api.problems import ApiProblem, field_problem


class JsonBody(Parser):
    """Raises ApiProblem; ninja wraps it in an HttpError, whose cause it is (refusals.py)."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        if request.content_type != "application/json":
            raise ApiProblem(
                415,
                "unsupported-media-type",
                "The body must be JSON, sent with the header Content-Type: application/json.",
                headers={"Accept": "application/json"},
            )
        return _object(_parse_json(request.body))


def _parse_json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise ApiProblem(
            400, "malformed-json", "The body is not JSON. Send an object such as the examples at /api/docs."
        ) from None


def _object(sent: Any) -> dict[str, Any]:
    if not isinstance(sent, dict):
        raise field_problem("body", "Send a JSON object, such as the examples at /api/docs.")
    return sent
