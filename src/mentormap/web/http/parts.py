"""One view, two answers: the whole page, or for htmx the part of it that changes."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from mentormap.web.http.context import PageRequest


def render_part_or_page(
    request: PageRequest, part: str, page: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """`part` and `page` are templates; htmx gets the page where it restores one that was left. Caches keep the two apart."""
    is_part = request.htmx and not request.htmx.history_restore_request
    response = render(request, part if is_part else page, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
