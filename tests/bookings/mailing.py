"""What the program leaves behind, and the mails that it then sends."""

from datetime import datetime, timedelta
from typing import Any

from mentormap.accounts.models import User
from mentormap.bookings.models import Session, SessionHistory, SessionStatus
from mentormap.bookings.notices.render import render_notice
from mentormap.bookings.reschedule import reschedule
from mentormap.notifications.channels.email import Message
from mentormap.notifications.models import Delivery
from mentormap.payments.models import Refund


def cancelled(session: Session, actor: User | None, now: datetime, *, refund_minor: int = 0) -> Session:
    """As the program leaves it when `actor` cancels."""
    Session.objects.filter(pk=session.pk).update(status=SessionStatus.CANCELLED, sequence=1)
    SessionHistory.objects.create(
        session=session,
        at=now,
        actor=actor,
        from_status="scheduled",
        from_payment_status="paid",
        to_status="cancelled",
        to_payment_status="paid",
        why="The payment was refunded in full at Stripe.",
    )
    if refund_minor:
        make_refund(session, refund_minor, now)
    session.refresh_from_db()
    return session


def make_refund(session: Session, amount_minor: int, now: datetime, **fields: Any) -> Refund:
    facts = {"currency": session.currency, "created_at": now, "updated_at": now} | fields
    return Refund.objects.create(payment=session.payment, amount_minor=amount_minor, **facts)


def moved(session: Session, actor: User, now: datetime) -> None:
    """As the program leaves it when `actor` moves it by six hours."""
    current = Session.objects.with_people().get(pk=session.pk)
    reschedule(current, actor=actor, starts_at=current.scheduled_at + timedelta(hours=6), now=now)


def mail(occasion: str, person: User, now: datetime, *, revision: int | None = None) -> Message:
    message = maybe_mail(occasion, person, now, revision=revision)
    assert message is not None
    return message


def maybe_mail(occasion: str, person: User, now: datetime, *, revision: int | None = None) -> Message | None:
    written = Delivery.objects.filter(notice__occasion=occasion, notice__person=person)
    if revision is not None:
        written = written.filter(notice__revision=str(revision))
    found = render_notice(written.get(), now)
    assert found is None or isinstance(found, Message)
    return found
