"""When mentors are busy by the calendars that they keep elsewhere, as it was last read."""

from collections import defaultdict
from collections.abc import Collection
from typing import Final

from mentormap.availability.models import BusyCalendar, BusyTime
from mentormap.lib.spans import Span

REPORTED_AFTER: Final = 3
"""The failure of which its mentor is notified, three quarters of an hour after the first."""


def busy_times(mentor_ids: Collection[int], window: Span) -> dict[int, list[Span]]:
    """The times that touch the window, by mentor, of all their calendars; one query."""
    times: dict[int, list[Span]] = defaultdict(list)
    rows = BusyTime.objects.filter(
        calendar__mentor_id__in=mentor_ids, starts_at__lt=window.ends_at, ends_at__gt=window.starts_at
    )
    for mentor_id, starts_at, ends_at in rows.values_list("calendar__mentor_id", "starts_at", "ends_at"):
        times[mentor_id].append(Span(starts_at, ends_at))
    return times


def broken(mentor_id: int) -> int:
    """How many of a mentor's calendars have failed for so long that the mentor was notified."""
    return BusyCalendar.objects.filter(mentor_id=mentor_id, failures__gte=REPORTED_AFTER).count()
