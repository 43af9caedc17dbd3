"""Requests as the servers hand them over, read as UTF-8 whatever charset they claim.

Django takes any codec that Python has, so that `charset=hex` would end in an error before any of our code runs. Browsers and
programs write forms and JSON in UTF-8 (https://url.spec.whatwg.org/#urlencoded-parsing, RFC 8259 section 8.1).
"""

from collections.abc import Mapping
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import WSGIRequest
from django.utils.http import parse_header_parameters


class _InUtf8:
    content_type: str | None
    content_params: dict[str, str] | None

    def _set_content_type_params(self, meta: Mapping[str, Any]) -> None:
        self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))


class WsgiRequest(_InUtf8, WSGIRequest):
    pass


class AsgiRequest(_InUtf8, ASGIRequest):
    pass
