"""The application for WSGI servers, and `front`, the rules that our own server (operations/process/web_server/) needs for incomplete requests."""

import os
from collections.abc import Mapping
from http import HTTPStatus

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mentormap.settings.base")
application = get_wsgi_application()

from django.conf import settings  # noqa: E402 - needs Django set up
from django.http import HttpResponse  # noqa: E402

from mentormap.api import limits as api  # noqa: E402
from mentormap.api.problems import of_status, too_busy  # noqa: E402
from mentormap.lib.forwarding import client_of  # noqa: E402
from mentormap.lib.networks import site  # noqa: E402
from mentormap.operations.process.start import before_serving  # noqa: E402
from mentormap.operations.process.web_server.front import Environ, Front  # noqa: E402
from mentormap.operations.process.web_server.limits import RETRY_SECONDS  # noqa: E402
from mentormap.web.http import heads as pages  # noqa: E402
from mentormap.web.http.requests import WsgiRequest  # noqa: E402

application.request_class = WsgiRequest


def _body_limit(environ: Environ) -> int | None:
    request = WsgiRequest(environ)
    if api.is_api(request.path_info):
        return None if api.refusal_of_head(request) else api.body_limit(request)
    return None if pages.refusal_of_head(request) else pages.body_limit(request)


def _refusal(status: int, path: str) -> HttpResponse:
    if api.is_api(path):
        problem = too_busy(RETRY_SECONDS) if status == HTTPStatus.SERVICE_UNAVAILABLE else of_status(status)
        response = problem.response()
    else:
        response = pages.plain(status)
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            response["Retry-After"] = str(RETRY_SECONDS)
    response["Cache-Control"] = "no-store"
    return response


def _network(peer: str, headers: Mapping[str, str]) -> str:
    return site(client_of(peer, headers, settings.TRUSTED_PROXIES))


front = Front(application, body_limit=_body_limit, refusal=_refusal, network=_network)
before_serving()
