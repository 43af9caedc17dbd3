"""Pages of a list of mentors that stay right while mentors come and go: each begins behind the last one's last mentor."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.core import signing
from django.db.models import Q

from mentormap.mentors.models import Mentor
from mentormap.mentors.search import Found, Sort

_READ: Final[dict[str, Callable[[str], object]]] = {
    "rating": Decimal,
    "review_count": int,
    "hourly_rate_minor": int,
    "created_at": datetime.fromisoformat,
    "id": int,
}


class BadCursor(ValueError):
    """The cursor is none that a list in this order gave out."""

    def __init__(self, cursor: str) -> None:
        super().__init__("This cursor does not continue this list. Begin again without one.")
        self.cursor = cursor


def page_after(found: Found, cursor: str, *, limit: int) -> tuple[list[Mentor], str]:
    """Up to `limit` mentors behind the cursor (empty: the first ones), and the next cursor, empty at the end.

    Raises BadCursor.
    """
    rows = found.mentors.filter(_behind(found.sort, cursor)) if cursor else found.mentors
    page = list(rows[: limit + 1])
    return page[:limit], _cursor_of(page[limit - 1], found.sort) if len(page) > limit else ""


def _behind(sort: Sort, cursor: str) -> Q:
    """A later first key, or the same and a later second, and so on."""
    later, same = Q(pk__in=[]), Q()
    for key, value in zip(sort.keys, _values_of(cursor, sort), strict=True):
        name = key.removeprefix("-")
        later |= same & _beyond(name, value, falls=key.startswith("-"))
        same &= Q((f"{name}__isnull", True)) if value is None else Q((name, value))
    return later


def _beyond(name: str, value: object, *, falls: bool) -> Q:
    """In a falling order what is not known comes last, so that nobody stands beyond it."""
    if value is None:
        return Q(pk__in=[])
    if falls:
        return Q((f"{name}__lt", value)) | Q((f"{name}__isnull", True))
    return Q((f"{name}__gt", value))


def _cursor_of(mentor: Mentor, sort: Sort) -> str:
    values = [getattr(mentor, key.removeprefix("-")) for key in sort.keys]
    return signing.dumps([value if value is None else str(value) for value in values], salt=_salt(sort))


def _values_of(cursor: str, sort: Sort) -> list[object]:
    """Signed, so that only what `_cursor_of` wrote for this order is ever read."""
    try:
        texts = signing.loads(cursor, salt=_salt(sort))
    except signing.BadSignature:
        raise BadCursor(cursor) from None
    names = [key.removeprefix("-") for key in sort.keys]
    return [text if text is None else _READ[name](text) for name, text in zip(names, texts, strict=True)]


def _salt(sort: Sort) -> str:
    return f"mentormap.mentors.cursor.{sort}"
