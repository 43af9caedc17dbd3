"""Long lists, page by page: an opaque cursor in a Link header (RFC 8288) names the last row that was shown."""

from typing import Annotated, Any, Final

from django.core import signing
from django.http import HttpRequest, HttpResponse
from ninja import Query

from mentormap.api.problems import field_problem

MOST: Final = 100
_SALT: Final = "mentormap.api.cursor"

Limit = Annotated[int, Query(MOST, ge=1, le=MOST, description="Rows of a page.")]
Cursor = Annotated[str, Query("", max_length=1000, description="From the Link header of the page before.")]


def read_cursor(cursor: str) -> Any:
    """What `write_cursor` was given; None for the first page. Raises Problem for a cursor that we did not make."""
    if not cursor:
        return None
    try:
        return signing.loads(cursor, salt=_SALT)
    except signing.BadSignature:
        raise field_problem(
            "cursor", "This cursor is not one of ours. Follow the Link header of the page before."
        ) from None


def write_cursor(mark: Any) -> str:
    return signing.dumps(mark, salt=_SALT)


def link_next(request: HttpRequest, response: HttpResponse, cursor: str) -> None:
    """Says in a header where the next page is; an empty cursor is the end of the list."""
    if cursor:
        query = request.GET.copy()
        query["cursor"] = cursor
        response["Link"] = f'<{request.build_absolute_uri(request.path)}?{query.urlencode()}>; rel="next"'
