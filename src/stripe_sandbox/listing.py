"""Lists and their pages (https://docs.stripe.com/api/pagination): newest first, ten unless told."""

from collections.abc import Mapping
from typing import Any

from stripe_sandbox import errors
from stripe_sandbox.errors import StripeError
from stripe_sandbox.unit_of_work import Json, UnitOfWork

DEFAULT_LIMIT = 10
COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def whole_list(items: list[Json], *, url: str, has_more: bool = False) -> Json:
    return {"object": "list", "data": items, "has_more": has_more, "url": url}


def cut(items: list[Json], args: Mapping[str, Any], *, url: str) -> Json:
    """One page of a short list that is held in memory, in its own order."""
    names = [item["id"] for item in items]
    first, last = 0, len(items)
    if "starting_after" in args:
        first = _index(names, args["starting_after"], "starting_after") + 1
    if "ending_before" in args:
        last = _index(names, args["ending_before"], "ending_before")
    limit = args.get("limit", DEFAULT_LIMIT)
    return whole_list(items[first:last][:limit], url=url, has_more=last - first > limit)


def _index(names: list[str], name: str, param: str) -> int:
    if name not in names:
        raise errors.missing_object("line item", name, param=param, status=400)
    return names.index(name)


def page(
    work: UnitOfWork, kind: str, args: Mapping[str, Any], *, url: str, fields: Mapping[str, str]
) -> Json:
    """`fields` names the filters and the field of the object that each must equal; `created` is always known."""
    where, values = ["kind = ?"], [kind]
    for param, column in fields.items():
        if param in args:
            wanted = args[param] if isinstance(args[param], list) else [args[param]]
            where.append(f"json_extract(body, '$.{column}') IN ({', '.join('?' * len(wanted))})")
            values += wanted
    for word, moment in args.get("created", {}).items():
        where.append(f"created {COMPARISONS[word]} ?")
        values.append(moment)
    if (cursor := _cursor(work, kind, args)) is not None:
        where.append(cursor)
    limit = args.get("limit", DEFAULT_LIMIT)
    backwards = "ending_before" in args
    found = work.select(" AND ".join(where), values, newest_first=not backwards, most=limit + 1)
    items = found[:limit]
    return whole_list(items[::-1] if backwards else items, url=url, has_more=len(found) > limit)


def _cursor(work: UnitOfWork, kind: str, args: Mapping[str, Any]) -> str | None:
    """SQL for what stands beyond the object that `starting_after` or `ending_before` names."""
    given = [name for name in ("starting_after", "ending_before") if name in args]
    if not given:
        return None
    if len(given) > 1:
        raise StripeError("You can only specify one of ending_before and starting_after.")
    place = work.place(args[given[0]], kind)
    if place is None:
        raise errors.missing_object(kind.rpartition(".")[2], args[given[0]], param=given[0], status=400)
    return f"seq {'<' if given[0] == 'starting_after' else '>'} {place}"
