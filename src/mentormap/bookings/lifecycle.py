"""The moves of a session's life: one table of what may follow what, one function that moves."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_noop

from mentormap.accounts.models import User
from mentormap.availability import reservations
from mentormap.availability.slots import SlotRules
from mentormap.bookings import limits
from mentormap.bookings.models import HistoryNote, PaymentStatus, Session, SessionHistory, SessionStatus
from mentormap.lib.spans import cells
from mentormap.payments.models import Payment

State = tuple[str, str]

NOWHERE: State = ("", "")
HELD: State = (SessionStatus.SCHEDULED, PaymentStatus.PENDING)
BOOKED: State = (SessionStatus.SCHEDULED, PaymentStatus.PAID)
RELEASED: State = (SessionStatus.CANCELLED, PaymentStatus.PENDING)
CANCELLED: State = (SessionStatus.CANCELLED, PaymentStatus.PAID)
CANCELLED_REFUNDED: State = (SessionStatus.CANCELLED, PaymentStatus.REFUNDED)
COMPLETED: State = (SessionStatus.COMPLETED, PaymentStatus.PAID)
COMPLETED_REFUNDED: State = (SessionStatus.COMPLETED, PaymentStatus.REFUNDED)

MOVES: dict[State, frozenset[State]] = {
    HELD: frozenset({BOOKED, RELEASED, CANCELLED}),
    RELEASED: frozenset({BOOKED, CANCELLED}),
    BOOKED: frozenset({CANCELLED, COMPLETED}),
    CANCELLED: frozenset({CANCELLED_REFUNDED}),
    CANCELLED_REFUNDED: frozenset({CANCELLED}),
    COMPLETED: frozenset({COMPLETED_REFUNDED}),
    COMPLETED_REFUNDED: frozenset({COMPLETED}),
}


class MoveLost(Exception):
    """Another process moved the session first, or the move is not in the table; read the session again."""


def locked(**key: int) -> Session:
    """The session with that `pk` or `payment_id`, then its payment, both locked until the transaction ends.

    Its people are read along with it and not locked. On SQLite the transaction itself is the lock.
    """
    sessions = Session.objects.select_related("student", "mentor__user").select_for_update(of=("self",))
    session = sessions.get(**key)
    session.payment = Payment.objects.select_for_update().get(pk=session.payment_id)
    return session


def begin(session: Session, *, now: datetime, actor: User | None, why: str) -> None:
    """The first row of a new session's history."""
    _remember(session, NOWHERE, now=now, actor=actor, why=why)


def confirm(session: Session, *, now: datetime, intent_id: str, why: str) -> None:
    """A paid hold becomes a session."""
    _move(
        session,
        BOOKED,
        now=now,
        why=why,
        was_paid=True,
        stripe_payment_id=intent_id,
        hold_expires_at=None,
        held_from="",
    )


def confirm_again(session: Session, *, now: datetime, intent_id: str, why: str) -> None:
    """A released hold that was paid all the same takes its time back.

    Raises CellsTaken and CapReached: roll back to before the call.
    """
    take_cells(session)
    limits.check_sessions_a_day(session)
    confirm(session, now=now, intent_id=intent_id, why=why)


def release(session: Session, *, now: datetime, why: str, actor: User | None = None) -> None:
    """A hold ends without a payment and gives its time back."""
    _move(session, RELEASED, now=now, why=why, actor=actor, hold_expires_at=None)
    reservations.free(session_id=session.pk)


def cancel_unconfirmed(session: Session, *, now: datetime, intent_id: str, why: str) -> None:
    """Money came for a session that cannot be held: cancelled and paid, until the refund is accepted."""
    _move(
        session, CANCELLED, now=now, why=why, was_paid=True, stripe_payment_id=intent_id, hold_expires_at=None
    )
    reservations.free(session_id=session.pk)


def cancel(session: Session, *, now: datetime, why: str, actor: User | None = None) -> None:
    """A booked session ends before its time; the invite's SEQUENCE rises (RFC 5546 section 3.2.5)."""
    _move(session, CANCELLED, now=now, why=why, actor=actor, sequence=session.sequence + 1)
    reservations.free(session_id=session.pk)


def complete(session: Session, *, now: datetime) -> None:
    _move(session, COMPLETED, now=now, why=gettext_noop("The session ended."))


def mark_refunded(session: Session, *, now: datetime) -> None:
    """Stripe has accepted refunds for the full amount."""
    _move(
        session,
        (session.status, PaymentStatus.REFUNDED),
        now=now,
        why=gettext_noop("The full amount was refunded."),
    )


def mark_paid_again(session: Session, *, now: datetime) -> None:
    """A refund that had been accepted failed later."""
    _move(
        session,
        (session.status, PaymentStatus.PAID),
        now=now,
        why=gettext_noop("A refund failed after it was accepted."),
    )


def reschedule(session: Session, columns: dict[str, Any], *, now: datetime, actor: User) -> None:
    """A booked session moves to another time; the invite's SEQUENCE rises (RFC 5546 section 3.2.2.1).

    Raises MoveLost, CellsTaken and CapReached: then roll back to before the call.
    """
    came_from = session.scheduled_at
    _update(session, **columns, sequence=session.sequence + 1)
    reservations.exchange(mentor_id=session.mentor_id, session_id=session.pk, cells=cells(session.reserved))
    limits.check_sessions_a_day(session)
    _remember(
        session,
        BOOKED,
        now=now,
        actor=actor,
        why=gettext_noop("Moved to another time."),
        from_start=came_from,
        to_start=session.scheduled_at,
    )


def note(session: Session, why: HistoryNote, *, at: datetime, actor: User | None = None) -> None:
    """Adds a row to the history that does not change the state."""
    _remember(session, (session.status, session.payment_status), now=at, actor=actor, why=why.value)


def times(starts_at: datetime, minutes: int, rules: SlotRules) -> dict[str, datetime]:
    """The columns that say when a session is, and which time it reserves: the mentor's buffers are added."""
    ends_at = starts_at + timedelta(minutes=minutes)
    return {
        "scheduled_at": starts_at,
        "ends_at": ends_at,
        "reserves_from": starts_at - rules.buffer_before,
        "reserves_to": ends_at + rules.buffer_after,
    }


def take_cells(session: Session) -> None:
    """Reserves the session's time, buffers included, in the transaction that inserts or revives it. Raises CellsTaken."""
    reservations.reserve(mentor_id=session.mentor_id, session_id=session.pk, cells=cells(session.reserved))


def _move(
    session: Session, to: State, *, now: datetime, why: str, actor: User | None = None, **columns: Any
) -> None:
    """Checks the table, updates if nobody was faster, writes the history. Raises MoveLost."""
    source = (session.status, session.payment_status)
    if to not in MOVES[source]:
        raise MoveLost(f"{source} -> {to}")
    status, payment_status = to
    _update(session, **columns, status=status, payment_status=payment_status)
    _remember(session, source, now=now, actor=actor, why=why)


def _update(session: Session, **columns: Any) -> None:
    """Only if the session still stands where it was read, at the time that it then had. Raises MoveLost."""
    unmoved = Session.objects.filter(
        pk=session.pk,
        status=session.status,
        payment_status=session.payment_status,
        sequence=session.sequence,
    )
    if not unmoved.update(**columns):
        raise MoveLost(f"{session} is no longer as it was read.")
    for name, value in columns.items():
        setattr(session, name, value)


def _remember(session: Session, source: State, **facts: Any) -> None:
    """A row of the history: from where, and to where the session stands now."""
    SessionHistory.objects.create(
        session=session,
        at=facts.pop("now"),
        from_status=source[0],
        from_payment_status=source[1],
        to_status=session.status,
        to_payment_status=session.payment_status,
        **facts,
    )
