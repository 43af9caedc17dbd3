"""When mentors are busy by the calendars that they keep elsewhere."""

from collections import defaultdict
from collections.abc import Collection

from mentormap.availability.models import BusyTime
from mentormap.lib.spans import Span


def busy_times(mentor_ids: Collection[int], window: Span) -> dict[int, list[Span]]:
    """The times that touch the window, by mentor, of all their calendars; one query."""
    times: dict[int, list[Span]] = defaultdict(list)
    rows = BusyTime.objects.filter(
        calendar__mentor_id__in=mentor_ids, starts_at__lt=window.ends_at, ends_at__gt=window.starts_at
    )
    for mentor_id, starts_at, ends_at in rows.values_list("calendar__mentor_id", "starts_at", "ends_at"):
        times[mentor_id].append(Span(starts_at, ends_at))
    return times
