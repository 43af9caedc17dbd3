"""The share of the slow checks that is due today: CI runs another one each day, so that all are run within as many days."""

from datetime import UTC, date, datetime


def share_of_today(parts: int, today: date | None = None) -> int:
    """A number from 0 to `parts` - 1 that goes up by one each day (UTC). All runs of one day take the same share."""
    return (today or datetime.now(UTC).date()).toordinal() % parts
