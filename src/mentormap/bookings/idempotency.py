"""Idempotent booking: the same key with the same request gives the same hold for 24 hours."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError
from django.utils.translation import gettext

from mentormap.accounts.models import User
from mentormap.bookings.errors import RefusalKind, Refused
from mentormap.bookings.models import BookingKey, Session

KEY_LIFE = timedelta(hours=24)
IN_FLIGHT = timedelta(seconds=60)
"""How long a process that opens a checkout is taken to be still at work; longer than Stripe may take to answer."""


class KeyReused(Refused):
    code = "idempotency-key-reused"
    field = "Idempotency-Key"

    def __init__(self) -> None:
        super().__init__(
            gettext("This key was sent with another booking in the last 24 hours. Send a new key.")
        )


class RequestInProgress(Refused):
    kind = RefusalKind.CONFLICT
    code = "request-in-progress"

    def __init__(self) -> None:
        super().__init__(
            gettext("An identical request is still being answered. Send this one again in a minute.")
        )


@dataclass(frozen=True)
class IdempotencyRequest:
    """A key, whose it is, and the hash of what was asked with it; an empty key asks for nothing."""

    student: User
    key: str
    body_hash: str


def digest(*facts: object) -> str:
    """The same for the same facts, whatever their types."""
    return hashlib.sha256(json.dumps([str(fact) for fact in facts]).encode()).hexdigest()


def earlier(request: IdempotencyRequest, *, now: datetime) -> Session | None:
    """The hold that answers this key; its checkout may not be open yet. Raises KeyReused for another request with the same key."""
    if not request.key:
        return None
    kept = BookingKey.objects.filter(student=request.student, key=request.key)
    row = kept.select_related("session__payment", "session__mentor__user", "session__student").first()
    if row is None:
        return None
    if row.created_at <= now - KEY_LIFE:
        kept.filter(created_at__lte=now - KEY_LIFE).delete()
        return None
    if row.body_hash != request.body_hash:
        raise KeyReused
    return row.session


def keep(request: IdempotencyRequest, session: Session, *, now: datetime) -> None:
    """Binds the key to the hold, in the hold's transaction. Raises RequestInProgress if another request was faster."""
    if not request.key:
        return
    try:
        BookingKey.objects.create(
            student=request.student,
            key=request.key,
            body_hash=request.body_hash,
            session=session,
            created_at=now,
        )
    except IntegrityError:
        raise RequestInProgress from None


def keep_another(request: IdempotencyRequest, session: Session, *, now: datetime) -> None:
    """Binds one more key to a hold that an equal request made; the caller has locked the session.

    Raises KeyReused if the key came with another booking meanwhile, RequestInProgress if it has just made another hold.
    """
    row = BookingKey(
        student=request.student, key=request.key, body_hash=request.body_hash, session=session, created_at=now
    )
    BookingKey.objects.bulk_create([row], ignore_conflicts=True)
    kept = BookingKey.objects.filter(student=request.student, key=request.key).first()
    if kept is not None and kept.body_hash != request.body_hash:
        raise KeyReused
    if kept is None or kept.session_id != session.pk:
        raise RequestInProgress


def prune(*, now: datetime) -> int:
    """Forgets keys whose day is over; returns how many."""
    count, _ = BookingKey.objects.filter(created_at__lte=now - KEY_LIFE).delete()
    return count


def forget(session: Session) -> None:
    """A booking that failed, or that nobody ever heard of, binds nobody: the same key may try again."""
    BookingKey.objects.filter(session=session).delete()
