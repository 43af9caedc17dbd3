"""Notices because time has passed or money has moved: derived from what is stored, so that nothing can be forgotten.

A notice is written once by its key, however often this job looks; what is announced immediately (booked, cancelled, moved, failed) is
written by the change itself.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Concat

from mentormap.accounts.models import User
from mentormap.bookings.models import Session, SessionHistory, SessionStatus
from mentormap.mentors.models import Review
from mentormap.notifications import operators, outbox
from mentormap.notifications.models import Notice
from mentormap.notifications.notice_kinds import NoticeKind
from mentormap.payments.models import Dispute, Flag, Payment, Refund

REMINDER_LEAD: Final = timedelta(days=1)
HOLD_WARNING: Final = timedelta(minutes=10)
REVIEW_ASKED_FOR: Final = timedelta(days=3)
"""How long after a session it still makes sense to ask how it was."""
SLOW_REFUND: Final = timedelta(minutes=5)
"""A refund that takes longer is announced before it is done; most are done at once."""
NEWS: Final = timedelta(days=7)
"""Older changes are not announced: they precede this installation's notices about them."""
BATCH: Final = 200


def run(now: datetime) -> int:
    """All of them once; returns how many sessions, refunds and flags were announced."""
    jobs: list[Callable[[datetime], int]] = [
        _remind,
        _warn_of_ends,
        _ask_for_reviews,
        _announce_slow_refunds,
        _announce_questions,
        _announce_refunds,
        _announce_flags,
    ]
    return sum(job(now) for job in jobs)


def _remind(now: datetime) -> int:
    """Both, a day before; not of what was booked, or moved for the last time, later than that: they have just heard of it."""
    ahead = Session.objects.booked().filter(scheduled_at__gt=now)
    moves = (
        SessionHistory.objects.filter(session=OuterRef("pk")).exclude(to_start=None).order_by("-at", "-pk")
    )
    told_at = Coalesce(Subquery(moves.values("at")[:1]), "payment__paid_at")
    in_time = Q(scheduled_at__gt=now + REMINDER_LEAD) | Q(told_at__lt=F("scheduled_at") - REMINDER_LEAD)
    unwritten = ~Exists(_notices(NoticeKind.REMINDER).filter(revision=_words(OuterRef("sequence"))))
    sessions = _batch(ahead.alias(told_at=told_at).filter(in_time, unwritten))
    for session in sessions:
        due_at = session.scheduled_at - REMINDER_LEAD
        _write(
            session,
            NoticeKind.REMINDER,
            session.participants(),
            due_at=due_at,
            revision=str(session.sequence),
            now=now,
        )
    return len(sessions)


def _warn_of_ends(now: datetime) -> int:
    """The holder of an unpaid time, shortly before it is given up."""
    ending = Session.objects.holds().filter(
        payment__state=Payment.State.OPEN, hold_expires_at__gt=now, hold_expires_at__lte=now + HOLD_WARNING
    )
    return _tell_students(ending, NoticeKind.HOLD_EXPIRING, now)


def _ask_for_reviews(now: datetime) -> int:
    """The student of a session that is over, took place by all that we hear, and is not reviewed."""
    reviewed = Exists(Review.objects.filter(session_id=OuterRef("pk")))
    over = Session.objects.filter(
        ~reviewed,
        Q(no_show=None) | ~Q(no_show__withdrawn_at=None),
        status=SessionStatus.COMPLETED,
        ends_at__gt=now - REVIEW_ASKED_FOR,
    )
    return _tell_students(over, NoticeKind.FINISHED, now)


def _tell_students(sessions: QuerySet[Session], occasion: NoticeKind, now: datetime) -> int:
    chosen = _batch(sessions.filter(~Exists(_notices(occasion))))
    for session in chosen:
        _write(session, occasion, [session.student], due_at=now, revision="0", now=now)
    return len(chosen)


def _announce_slow_refunds(now: datetime) -> int:
    """Each once, however often it is tried; not those that wait until the bank has decided a dispute."""
    slow = Refund.objects.filter(
        state__in=Refund.UNDER_WAY - {Refund.State.REQUIRES_ACTION}, updated_at__lte=now - SLOW_REFUND
    ).exclude(payment__in=Dispute.objects.blocking().values("payment"))
    return _tell_of_refunds(slow, NoticeKind.REFUND_REQUESTED, now, per_attempt=False)


def _announce_questions(now: datetime) -> int:
    """Refunds that wait until the student tells Stripe where to send them, once for each attempt."""
    asked = Refund.objects.filter(state=Refund.State.REQUIRES_ACTION)
    return _tell_of_refunds(asked, NoticeKind.REFUND_REQUESTED, now, per_attempt=True)


def _announce_refunds(now: datetime) -> int:
    """Each once for each attempt: what the bank sent back, and took when it was tried again, is news again."""
    done = Refund.objects.filter(state=Refund.State.SUCCEEDED)
    return _tell_of_refunds(done, NoticeKind.REFUND_DONE, now, per_attempt=True)


def _tell_of_refunds(
    refunds: QuerySet[Refund], occasion: NoticeKind, now: datetime, *, per_attempt: bool
) -> int:
    """The student, of what moved lately; what was paid elsewhere goes back there, and is no news of ours."""
    attempt = Concat(_words("pk"), Value("."), _words("attempt"))
    refunds = refunds.alias(revision=attempt if per_attempt else _words("pk"))
    announced = Notice.objects.filter(
        occasion=occasion,
        reference=OuterRef("payment__session__pk"),
        revision=OuterRef("revision"),
    )
    news = refunds.filter(
        ~Exists(announced), updated_at__gt=now - NEWS, payment__source=Payment.Source.STRIPE
    )
    rows = list(news.select_related("payment__session__student").order_by("pk")[:BATCH])
    for row in rows:
        session = row.payment.session
        revision = f"{row.pk}.{row.attempt}" if per_attempt else str(row.pk)
        _write(session, occasion, [session.student], due_at=now, revision=revision, now=now)
    return len(rows)


def _words(number: str | OuterRef) -> Cast:
    """A number as revisions have it."""
    return Cast(number, CharField(max_length=40))


def _announce_flags(now: datetime) -> int:
    """Operators, once for each time that something asks for them."""
    announced = Notice.objects.filter(
        occasion__in=[NoticeKind.MONEY_FLAGGED, NoticeKind.DISPUTE], reference=OuterRef("pk")
    )
    flags = list(
        Flag.objects.open().filter(~Exists(announced), raised_at__gt=now - NEWS).order_by("pk")[:BATCH]
    )
    for flag in flags:
        is_dispute = flag.name in {Flag.Name.DISPUTED, Flag.Name.DISPUTE_LOST}
        operators.tell(NoticeKind.DISPUTE if is_dispute else NoticeKind.MONEY_FLAGGED, flag.pk, now=now)
    return len(flags)


def _notices(occasion: NoticeKind) -> QuerySet[Notice]:
    return Notice.objects.filter(occasion=occasion, reference=OuterRef("pk"))


def _batch(sessions: QuerySet[Session]) -> list[Session]:
    return list(sessions.select_related("student", "mentor__user").order_by("pk")[:BATCH])


def _write(
    session: Session,
    occasion: NoticeKind,
    people: Iterable[User],
    *,
    due_at: datetime,
    revision: str,
    now: datetime,
) -> None:
    outbox.write(
        occasion=occasion, reference=session.pk, people=people, revision=revision, due_at=due_at, now=now
    )
