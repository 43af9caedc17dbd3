"""What student and mentor are told about a session, and on which occasions."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from mentormap.accounts.models import User
from mentormap.bookings.models import Session
from mentormap.notifications import outbox

BOOKED: Final = "booked"
LINK: Final = "link"
CANCELLED: Final = "cancelled"
LATE_PAYMENT_REFUNDED: Final = "late_payment_refunded"
PAYMENT_FAILED: Final = "payment_failed"
REFUND_FAILED: Final = "refund_failed"


def session_booked(session: Session, *, now: datetime) -> None:
    """Tells both now, and sends both the video link 15 minutes before the start, at once if that is past."""
    both, revision = session.participants(), str(session.sequence)
    _tell(both, BOOKED, session, revision=revision, due_at=now, now=now)
    _tell(both, LINK, session, revision=revision, due_at=max(now, session.link_opens_at()), now=now)


def session_cancelled(session: Session, *, now: datetime) -> None:
    """Tells both. The caller has raised the session's sequence; who cancelled is read from its history."""
    _tell(session.participants(), CANCELLED, session, revision=str(session.sequence), due_at=now, now=now)


def late_payment_refunded(session: Session, *, now: datetime) -> None:
    """Tells both that the money came when the time could no longer be had, and goes back in full."""
    _tell(session.participants(), LATE_PAYMENT_REFUNDED, session, revision="0", due_at=now, now=now)


def payment_failed(session: Session, *, now: datetime) -> None:
    """Tells the student that a delayed payment method failed in the end."""
    _tell([session.student], PAYMENT_FAILED, session, revision="0", due_at=now, now=now)


def refund_failed(session: Session, *, refund_id: int, now: datetime) -> None:
    """Tells the student that the bank sent a refund back."""
    _tell([session.student], REFUND_FAILED, session, revision=str(refund_id), due_at=now, now=now)


def _tell(
    people: Iterable[User],
    occasion: str,
    session: Session,
    *,
    revision: str,
    due_at: datetime,
    now: datetime,
) -> None:
    outbox.write(
        occasion=occasion,
        reference=session.pk,
        people=people,
        revision=revision,
        due_at=due_at,
        now=now,
    )
