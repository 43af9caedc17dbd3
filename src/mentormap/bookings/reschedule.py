"""Moving a paid session to another open time: the same session, nothing to pay, and its time never given to two."""

from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext

from mentormap.accounts.models import User
from mentormap.availability.reservations import CellsTaken
from mentormap.availability.slots import Closed, SlotInputs, SlotRules, why_not
from mentormap.bookings import lifecycle
from mentormap.bookings.errors import RefusalKind, Refused
from mentormap.bookings.limits import CapReached
from mentormap.bookings.models import Session, SessionStatus
from mentormap.bookings.notices import write
from mentormap.bookings.policy import hours_in_words
from mentormap.bookings.slots import finder
from mentormap.bookings.slots.finder import OutsideHours, SlotData
from mentormap.lib.deadlocks import retried_on_deadlock

GRACE: Final = timedelta(hours=24)
"""How long a student whose session the mentor moved may cancel it with everything back."""


class CannotMove(Refused):
    """It is not booked, or no longer ahead."""

    kind = RefusalKind.CONFLICT
    code = "cannot-move"


class TooLateToMove(Refused):
    """`until` (UTC) was the last instant at which it could be moved."""

    kind = RefusalKind.CONFLICT
    code = "too-late-to-move"

    def __init__(self, sentence: str, until: datetime) -> None:
        self.until = until
        super().__init__(sentence)


class MovedMeanwhile(Refused):
    """Somebody else was faster: the session starts at `starts_at` (UTC) now."""

    kind = RefusalKind.CONFLICT
    code = "moved-meanwhile"

    def __init__(self, starts_at: datetime) -> None:
        self.starts_at = starts_at
        super().__init__(
            gettext("This session was just moved to another time. Look at it again before you move it.")
        )


def slot_inputs(session: Session, *, actor: User, now: datetime) -> SlotInputs:
    """What decides about other times for this session; its own cells are no hindrance.

    A minimum notice protects the person who is surprised. It is the mentor's own where the student moves the session; where the mentor
    does, the student has as many hours as the policy wants for moving at all.
    """
    found = SlotData.of([session.mentor], now=now, own_hold=session).inputs(
        session.mentor, duration_minutes=session.duration_minutes, now=now
    )
    if actor.pk == session.mentor.user_id:
        hours = session.cancellation_policy.reschedule_hours
        rules = replace(found.rules, minimum_notice=timedelta(hours=hours))
        return replace(found, rules=rules)
    return found


def check_movable(session: Session, *, now: datetime) -> None:
    """Raises CannotMove for what is not booked or no longer ahead, and TooLateToMove by the policy frozen at purchase."""
    _check_booked(session, now=now)
    if now > session.movable_until:
        hours = hours_in_words(session.cancellation_policy.reschedule_hours)
        raise TooLateToMove(
            gettext(
                "This session could be moved until %(hours)s before its start, and that is past. It can still be cancelled."
            )
            % {"hours": hours},
            session.movable_until,
        )


def as_moved(session: Session, *, actor: User, starts_at: datetime, now: datetime) -> Session:
    """The session as the move would leave it, to be shown before and not to be saved. Raises what the move would raise."""
    check_movable(session, now=now)
    moved = copy(session)
    rules = _open_rules(session, actor, starts_at, now=now)
    for name, value in _columns(session, Move(actor, starts_at, rules, session.sequence), now=now).items():
        setattr(moved, name, value)
    return moved


def reschedule(
    session: Session, *, actor: User, starts_at: datetime, now: datetime, seen: int | None = None
) -> Session:
    """Moves the session, for its student or its mentor, to another open start; price and duration stay.

    `seen` is the SEQUENCE that the actor saw, if that is older than the session at hand. To the start that it has already the
    session comes back unchanged. Raises CannotMove, TooLateToMove, a SlotRefused with the next open times, and MovedMeanwhile
    if it was moved since it was seen.
    """
    _check_booked(session, now=now)
    if starts_at == session.scheduled_at:
        return session
    check_movable(session, now=now)
    rules = _open_rules(session, actor, starts_at, now=now)
    revision = session.sequence if seen is None else seen
    return _move_or_refuse(session, Move(actor, starts_at, rules, revision), now=now)


@dataclass(frozen=True)
class Move:
    """A requested move; `revision` is the SEQUENCE that the session had when it was read."""

    actor: User
    starts_at: datetime
    rules: SlotRules
    revision: int


def _check_booked(session: Session, *, now: datetime) -> None:
    if session.is_hold:
        raise CannotMove(gettext("This time is not paid yet. Let it go and book another one instead."))
    if session.status == SessionStatus.CANCELLED:
        raise CannotMove(
            gettext("This session is cancelled, so it can no longer be moved. Book another one instead.")
        )
    if session.status == SessionStatus.COMPLETED:
        raise CannotMove(
            gettext("This session is over, so it can no longer be moved. Book another one instead.")
        )
    if now >= session.scheduled_at:
        raise CannotMove(gettext("This session has started, so it can no longer be moved."))


def _open_rules(session: Session, actor: User, starts_at: datetime, *, now: datetime) -> SlotRules:
    """Politeness alone: what guarantees is the key of the reserved cells."""
    looked_at = slot_inputs(session, actor=actor, now=now)
    closed = why_not(starts_at, looked_at)
    if closed is None:
        return looked_at.rules
    later = finder.next_in(looked_at, wanted=starts_at)
    if closed is Closed.NOTICE and actor.pk == session.mentor.user_id:
        hours = hours_in_words(session.cancellation_policy.reschedule_hours)
        raise OutsideHours(
            gettext("Your student must hear of it %(hours)s before. Pick a later time.") % {"hours": hours},
            later,
        )
    raise finder.refusal(closed, session.mentor, later)


def _move_or_refuse(session: Session, move: Move, *, now: datetime) -> Session:
    try:
        return _move(session.pk, move, now=now)
    except (CellsTaken, CapReached) as lost:
        again = slot_inputs(session, actor=move.actor, now=now)
        later = finder.next_in(again, wanted=move.starts_at)
        raise finder.refusal(lost.closed, session.mentor, later) from None


@retried_on_deadlock
@transaction.atomic
def _move(session_id: int, move: Move, *, now: datetime) -> Session:
    """One transaction: time, cells, history and notices. The second of a double-click finds it moved already.

    Returns the session as it is now.
    """
    session = lifecycle.locked(pk=session_id)
    _check_booked(session, now=now)
    if session.scheduled_at == move.starts_at:
        return session
    if session.sequence != move.revision:
        raise MovedMeanwhile(session.scheduled_at)
    lifecycle.reschedule(session, _columns(session, move, now=now), now=now, actor=move.actor)
    write.session_rescheduled(session, now=now)
    return session


def _columns(session: Session, move: Move, *, now: datetime) -> dict[str, Any]:
    """Returns the columns that the move changes. A move by the mentor must not cost the student: for a while the refund is full."""
    by_mentor = move.actor.pk == session.mentor.user_id
    free_until = now + GRACE if by_mentor else session.full_refund_until
    return {
        **lifecycle.times(move.starts_at, session.duration_minutes, move.rules),
        "earliest_start": min(session.earliest_start, move.starts_at),
        "full_refund_until": free_until and min(free_until, move.starts_at),
    }
