"""What people say and the jobs do about a session that somebody missed."""

from datetime import UTC, datetime, timedelta

from mentormap.accounts.models import User
from mentormap.bookings import no_shows
from mentormap.bookings.models import NoShowReport, Session
from mentormap.bookings.reconciliation import reconcile
from mentormap.notifications.models import Notice
from tests import make
from tests.conftest import StandingClock

MONDAY_14 = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
FROM = MONDAY_14 + timedelta(minutes=10)
DAYS_3 = timedelta(hours=72)
FOR_STUDENT, FOR_MENTOR = NoShowReport.Decision.STUDENT, NoShowReport.Decision.MENTOR


def report(
    session: Session, actor: User, now: datetime, text: str = "I waited for half an hour."
) -> NoShowReport:
    return no_shows.report(make.current(session), actor=actor, text=text, now=now)


def contest(session: Session, actor: User, now: datetime) -> NoShowReport:
    return no_shows.contest(make.current(session), actor=actor, text="I was there all the time.", now=now)


def run_jobs(clock: StandingClock, **later: float) -> None:
    reconcile.run(clock.advance(**later))


def states(session: Session) -> tuple[str, str, int]:
    """Status, payment status, and minor units that have gone back."""
    found = make.current(session)
    return found.status, found.payment_status, found.payment.refunded_minor


def notified(occasion: str) -> list[str]:
    return sorted(Notice.objects.filter(occasion=occasion).values_list("person__name", flat=True))
