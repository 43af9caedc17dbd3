"""The one place that reads the clock."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic


def now() -> datetime:
    """This moment, aware, in UTC.

    Only edges call it (a view, an endpoint, the worker's loop); all else is handed it as `now`.
    """
    return datetime.now(UTC)


def running(now: datetime) -> Callable[[], datetime]:
    """A clock that shows `now` at this moment, and goes on: for work that takes its time."""
    started = monotonic()
    return lambda: now + timedelta(seconds=monotonic() - started)
