"""Long lists, page by page: an opaque cursor in a Link header (RFC 8288) names the last row that was shown."""

from collections.abc import Sequence
from typing import Annotated, Final, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Query

from mentormap.api.problems import field_problem
from mentormap.lib.cursors import BadCursor, page_after

Row = TypeVar("Row", bound=Model)

MOST: Final = 100

Limit = Annotated[int, Query(MOST, ge=1, le=MOST, description="Rows of a page.")]
Cursor = Annotated[str, Query("", max_length=1000, description="From the Link header of the page before.")]


def page_of(
    rows: QuerySet[Row],
    keys: Sequence[str],
    *,
    request: HttpRequest,
    response: HttpResponse,
    limit: int,
    cursor: str,
) -> list[Row]:
    """Returns a page of the rows in the order of `keys`, and links to the next. Raises ApiProblem for a cursor of another list."""
    try:
        page, following = page_after(rows, keys, cursor, limit=limit)
    except BadCursor as error:
        raise field_problem("cursor", str(error)) from None
    if following:
        query = request.GET.copy()
        query["cursor"] = following
        response["Link"] = f'<{request.build_absolute_uri(request.path)}?{query.urlencode()}>; rel="next"'
    return page
