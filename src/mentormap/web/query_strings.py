"""Links to the same page with another filter or another page of the list."""

from django.http import HttpRequest


def changed_query(request: HttpRequest, **changes: object) -> str:
    """The request's own query with some parameters set, or left out where they are empty."""
    query = request.GET.copy()
    for name, value in changes.items():
        query[name] = str(value)
    for name in [name for name in query if not query[name]]:
        del query[name]
    return f"?{query.urlencode()}" if query else request.path
