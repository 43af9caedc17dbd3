"""Pages of a list that stay right while rows come and go: each begins behind the last row of the one before."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.core import signing
from django.db.models import F, Field, Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)


class BadCursor(ValueError):
    """The cursor does not come from a list in this order."""

    def __init__(self, cursor: str) -> None:
        super().__init__("This cursor does not continue this list. Begin again without one.")
        self.cursor = cursor


def in_order(rows: QuerySet[Row], keys: Sequence[str]) -> QuerySet[Row]:
    """Sorts by these columns, as `order_by` names them; in a falling order unknown values are last, whatever the database."""
    return rows.order_by(
        *(F(key[1:]).desc(nulls_last=True) if key.startswith("-") else F(key).asc() for key in keys)
    )


def page_after(rows: QuerySet[Row], keys: Sequence[str], cursor: str, *, limit: int) -> tuple[list[Row], str]:
    """Returns up to `limit` rows behind the cursor (empty: the first ones), and the next cursor, empty at the end.

    `keys` are the columns by which the rows are ordered, with a unique one last. Raises BadCursor.
    """
    found = rows.filter(_behind(rows.model, keys, cursor)) if cursor else rows
    page = list(in_order(found, keys)[: limit + 1])
    return page[:limit], _cursor_of(page[limit - 1], keys) if len(page) > limit else ""


def _behind(model: type[Model], keys: Sequence[str], cursor: str) -> Q:
    """A later first key, or the same and a later second, and so on."""
    columns = {field.name: field for field in model._meta.concrete_fields}  # noqa: SLF001 - Django's documented API
    later, same = Q(pk__in=[]), Q()
    for key, text in zip(keys, _texts_of(cursor, model, keys), strict=True):
        field = columns[key.removeprefix("-")]
        value = field.to_python(text)
        later |= same & _beyond(field, value, falls=key.startswith("-"))
        same &= Q((f"{field.name}__isnull", True)) if value is None else Q((field.name, value))
    return later


def _beyond(field: "Field[Any, Any]", value: object, *, falls: bool) -> Q:
    """Nothing follows an unknown value in a falling order."""
    if value is None:
        return Q(pk__in=[])
    if not falls:
        return Q((f"{field.name}__gt", value))
    lower = Q((f"{field.name}__lt", value))
    return lower | Q((f"{field.name}__isnull", True)) if field.null else lower


def _cursor_of(row: Model, keys: Sequence[str]) -> str:
    values = [getattr(row, key.removeprefix("-")) for key in keys]
    texts = [value if value is None else str(value) for value in values]
    return signing.dumps(texts, salt=_salt(type(row), keys))


def _texts_of(cursor: str, model: type[Model], keys: Sequence[str]) -> list[str | None]:
    """Signed, so that only what `_cursor_of` wrote for this order is ever read."""
    try:
        texts: list[str | None] = signing.loads(cursor, salt=_salt(model, keys))
    except signing.BadSignature:
        raise BadCursor(cursor) from None
    return texts


def _salt(model: type[Model], keys: Sequence[str]) -> str:
    return f"mentormap.cursor.{model._meta.label}.{','.join(keys)}"  # noqa: SLF001 - as above
