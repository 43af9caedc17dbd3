"""Query strings: days, and links to the same page with another filter or page number."""

from datetime import date

from django.http import HttpRequest


def read_day(text: str) -> date | None:
    """A day as addresses and buttons name it, "2026-11-24"; None for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def changed_query(request: HttpRequest, **changes: object) -> str:
    """The request's own query with some parameters set, or left out where they are empty."""
    query = request.GET.copy()
    for name, value in changes.items():
        query[name] = str(value)
    for name in [name for name in query if not query[name]]:
        del query[name]
    return f"?{query.urlencode()}" if query else request.path
