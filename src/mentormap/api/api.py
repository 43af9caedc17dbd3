"""The API itself: its routers, its problem documents, and its description in OpenAPI."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET
from ninja import NinjaAPI, Swagger
from ninja.openapi.schema import OpenAPISchema

from mentormap.api import refusals
from mentormap.api.bodies import JsonBody
from mentormap.api.problems import MEDIA_TYPE, TITLES
from mentormap.api.views import auth, mentors, payments, sessions
from mentormap.lib import clock

DESCRIPTION = """
Book and pay for sessions with mentors. Log in with `POST /api/auth/login`, then send `Authorization: Bearer <token>`.

Instants go out in UTC and end in `Z`. Prices are numbers in major units of their currency. Lists have up to 100 rows; the header
`Link: <...>; rel="next"` leads to the next page.

## Refusals

Every refusal is a problem document (RFC 9457) whose `code` is one of these:

"""
DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Swagger's page writes style attributes; all else of it is our own files."""


class Documentation(Swagger):
    """Swagger's page in colours that can be read, under a policy of its own."""

    template = "api/docs.html"

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        response = super().render_page(request, api, **kwargs)
        response["Content-Security-Policy"] = DOCS_POLICY
        return response


class MentorMapApi(NinjaAPI):
    """Describes refusals by their own media type, and shows times that can be tried as they stand."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """Put together once a day, since its examples name days to come."""
        root = self.get_root_path(path_params or {}) if path_prefix is None else path_prefix
        return self._schema_of_day(clock.now().date(), root)

    @lru_cache(maxsize=4)  # noqa: B019 - there is one API
    def _schema_of_day(self, today: date, path_prefix: str) -> OpenAPISchema:
        schema = super().get_openapi_schema(path_prefix=path_prefix)
        for path in schema["paths"].values():
            for operation in path.values():
                operation["responses"] = {
                    str(status): _describe(int(status), answer)
                    for status, answer in operation["responses"].items()
                }
        schemas = schema["components"]["schemas"]
        schemas["Booking"]["example"]["scheduled_at"] = _in_days(today, 1)
        schemas["NewTime"]["example"]["scheduled_at"] = _in_days(today, 3)
        return schema


def _describe(status: int, answer: dict[str, Any]) -> dict[str, Any]:
    if status < HTTPStatus.BAD_REQUEST:
        return answer
    return answer | {"content": {MEDIA_TYPE: answer["content"]["application/json"]}}


def _in_days(today: date, days: int) -> str:
    return f"{today + timedelta(days=days)}T14:00:00"


def _codes() -> str:
    return "\n".join(f"- `{code}`: {title}" for code, title in sorted(TITLES.items()))


def _only_read(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Exempt from the CSRF check, which answers before the view can name its methods."""
    return csrf_exempt(require_GET(view))


api = MentorMapApi(
    title="MentorMap",
    version="1",
    description=DESCRIPTION + _codes(),
    urls_namespace="api",
    parser=JsonBody(),
    docs=Documentation(settings={"defaultModelsExpandDepth": 0, "persistAuthorization": False}),
    docs_decorator=_only_read,
)
refusals.install(api)
api.add_router("auth", auth.router)
api.add_router("mentors", mentors.router)
api.add_router("payments", payments.router)
api.add_router("sessions", sessions.router)
