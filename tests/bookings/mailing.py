"""What the program leaves behind, and the mails that it then sends."""

from datetime import datetime
from typing import Any

from mentormap.accounts.models import User
from mentormap.bookings import notices
from mentormap.bookings.models import Session, SessionHistory, SessionStatus
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
        give_back(session, refund_minor, now)
    session.refresh_from_db()
    return session


def give_back(session: Session, amount_minor: int, now: datetime, **fields: Any) -> Refund:
    facts = {"currency": session.currency, "created_at": now, "updated_at": now} | fields
    return Refund.objects.create(payment=session.payment, amount_minor=amount_minor, **facts)


def mail(occasion: str, person: User, now: datetime) -> Message:
    message = maybe_mail(occasion, person, now)
    assert message is not None
    return message


def maybe_mail(occasion: str, person: User, now: datetime) -> Message | None:
    delivery = Delivery.objects.get(notice__occasion=occasion, notice__person=person)
    return notices.render(delivery, now)
