"""Reserves a mentor's time in cells of 15 minutes; the table's key is what makes double booking impossible."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from django.db import IntegrityError

from mentormap.availability.models import ReservedCell
from mentormap.availability.slots import Closed
from mentormap.lib.spans import Span

PRUNED_AT_ONCE = 500


class CellsTaken(Exception):
    """At least one of the cells belongs to another session. The caller's transaction must be rolled back."""

    closed = Closed.RESERVED


def reserve(*, mentor_id: int, session_id: int, cells: Sequence[datetime]) -> None:
    """Takes the cells in one statement, in ascending order, so that two bookings never wait for each other in a circle.

    Call it inside the transaction that inserts or moves the session. Raises CellsTaken.
    """
    rows = [
        ReservedCell(mentor_id=mentor_id, starts_at=cell, session_id=session_id) for cell in sorted(cells)
    ]
    try:
        ReservedCell.objects.bulk_create(rows)
    except IntegrityError:
        raise CellsTaken from None


def exchange(*, mentor_id: int, session_id: int, cells: Collection[datetime]) -> None:
    """Gives a session these cells instead of those that it has: takes what it lacks, then frees what it leaves.

    Call it inside the transaction that moves the session, under that session's lock. Raises CellsTaken.
    """
    held = set(cells_of(session_id))
    reserve(mentor_id=mentor_id, session_id=session_id, cells=sorted(set(cells) - held))
    ReservedCell.objects.filter(session_id=session_id, starts_at__in=held - set(cells)).delete()


def free(*, session_id: int) -> None:
    """Gives a session's cells back; nothing happens if it has none."""
    ReservedCell.objects.filter(session_id=session_id).delete()


def taken(
    mentor_ids: Collection[int], window: Span, *, apart_from: int | None = None
) -> dict[int, set[datetime]]:
    """The starts (UTC) of reserved cells inside the window, by mentor, but for those of one session; one query."""
    cells: dict[int, set[datetime]] = defaultdict(set)
    rows = ReservedCell.objects.filter(
        mentor_id__in=mentor_ids, starts_at__gte=window.starts_at, starts_at__lt=window.ends_at
    )
    others = rows.exclude(session_id=apart_from) if apart_from else rows
    for mentor_id, starts_at in others.values_list("mentor_id", "starts_at"):
        cells[mentor_id].add(starts_at)
    return cells


def cells_of(session_id: int) -> Iterable[datetime]:
    """The starts (UTC) of a session's cells, ascending."""
    return (
        ReservedCell.objects.filter(session_id=session_id)
        .order_by("starts_at")
        .values_list("starts_at", flat=True)
    )


def prune(*, before: datetime, of_sessions: Callable[[Collection[int]], Collection[int]]) -> int:
    """Forgets cells from before that instant (UTC) whose session `of_sessions` says is over; returns how many."""
    past = ReservedCell.objects.filter(starts_at__lt=before)
    numbers = set(past.values_list("session_id", flat=True).distinct()[:PRUNED_AT_ONCE])
    if not numbers:
        return 0
    count, _ = past.filter(session_id__in=of_sessions(numbers)).delete()
    return count
