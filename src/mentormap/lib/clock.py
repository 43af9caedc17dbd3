"""The one place that reads the clock."""

from datetime import UTC, datetime


def now() -> datetime:
    """This moment, aware, in UTC.

    Only edges call it (a view, an endpoint, the worker's loop); all else is handed it as `now`.
    """
    return datetime.now(UTC)
