"""Until when, and how often, each of a session's two can report that the other did not come: for 72 hours from the start, three times.

While the other's report stands, they can only contest it. If it is withdrawn, the time for which it stood does not count, so that
they have as much time left as when it was made. Nor do its reporter's reports count against the three of theirs.
"""

from datetime import datetime
from typing import Final

from mentormap.accounts.models import User
from mentormap.bookings.models import TIME_TO_REPORT, HistoryNote, Session

MOST_REPORTS: Final = 3
"""Of one person about one session. The other is notified of each."""


def reportable_until(session: Session, *, by: User) -> datetime:
    """One query."""
    until, reported_at = session.scheduled_at + TIME_TO_REPORT, None
    notes = session.history.filter(why__in=[HistoryNote.NO_SHOW_REPORTED, HistoryNote.NO_SHOW_WITHDRAWN])
    for at, why in notes.exclude(actor=by).values_list("at", "why"):
        if why == HistoryNote.NO_SHOW_REPORTED:
            reported_at = at
        elif reported_at is not None:
            until += at - reported_at
    return until


def is_reportable(session: Session, *, by: User, now: datetime) -> bool:
    """Returns whether that time is not over. Runs at most one query, and none in the first 72 hours."""
    return now <= session.scheduled_at + TIME_TO_REPORT or now <= reportable_until(session, by=by)


def has_reports_left(session: Session, *, by: User) -> bool:
    """Counts the reports that they have withdrawn. One query."""
    made = session.history.filter(why=HistoryNote.NO_SHOW_REPORTED, actor=by).count()
    return made < MOST_REPORTS
