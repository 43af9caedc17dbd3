"""Writes planned sessions as they would stand today: payment, history, reserved cells and the link to come."""

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from mentormap.availability.models import BookingRules, ReservedCell
from mentormap.bookings import lifecycle
from mentormap.bookings.models import Session, SessionHistory
from mentormap.bookings.policy import CancellationPolicy
from mentormap.lib.money import Money, price_of
from mentormap.lib.spans import Span, cells
from mentormap.notifications import outbox
from mentormap.notifications.notice_kinds import NoticeKind
from mentormap.operations.demo.plans import Outcome, SessionPlan
from mentormap.payments.models import Payment, Refund

STATES: Final = {
    Outcome.REVIEWED: lifecycle.COMPLETED,
    Outcome.COMPLETED: lifecycle.COMPLETED,
    Outcome.CANCELLED: lifecycle.CANCELLED_REFUNDED,
    Outcome.UPCOMING: lifecycle.BOOKED,
}
_A_WHILE: Final = timedelta(minutes=4)


def make_sessions(plans: Sequence[SessionPlan], *, now: datetime) -> list[Session]:
    """In the order of the plans, each with its payment made elsewhere and merely recorded here."""
    payments = Payment.objects.bulk_create(_payment(plan) for plan in plans)
    rules = {row.mentor_id: row for row in BookingRules.objects.all()}
    sessions = Session.objects.bulk_create(
        _session(plan, payment, rules[plan.mentor.pk]) for plan, payment in zip(plans, payments, strict=True)
    )
    booked = list(zip(plans, sessions, strict=True))
    Refund.objects.bulk_create(
        _refund(plan, session) for plan, session in booked if plan.outcome is Outcome.CANCELLED
    )
    SessionHistory.objects.bulk_create(row for plan, session in booked for row in _history(plan, session))
    for plan, session in booked:
        if plan.outcome is Outcome.UPCOMING:
            _keep_time(session, now=now)
    return sessions


def _price(plan: SessionPlan) -> Money:
    rate = plan.mentor.hourly_rate
    if rate is None:
        raise ValueError(f"{plan.mentor} names no rate.")
    return price_of(rate, minutes=plan.minutes)


def _payment(plan: SessionPlan) -> Payment:
    price, uid = _price(plan), uuid.uuid4()
    given_back = price.minor if plan.outcome is Outcome.CANCELLED else 0
    return Payment(
        source=Payment.Source.RECORDED,
        state=Payment.State.PAID,
        reference=uid.hex,
        idempotency_key=f"recorded-{uid}",
        amount_minor=price.minor,
        currency=price.currency,
        captured_minor=price.minor,
        owed_minor=given_back,
        refunded_minor=given_back,
        created_at=plan.booked_at,
        paid_at=plan.booked_at + _A_WHILE,
    )


def _session(plan: SessionPlan, payment: Payment, rules: BookingRules) -> Session:
    status, payment_status = STATES[plan.outcome]
    return Session(
        student=plan.student,
        mentor=plan.mentor,
        title=plan.title,
        description=plan.description,
        scheduled_at=plan.starts_at,
        earliest_start=plan.starts_at,
        duration_minutes=plan.minutes,
        ends_at=plan.ends_at,
        reserves_from=plan.starts_at - timedelta(minutes=rules.buffer_before_minutes),
        reserves_to=plan.ends_at + timedelta(minutes=rules.buffer_after_minutes),
        status=status,
        payment_status=payment_status,
        price=payment.amount.major,
        currency=payment.currency,
        policy=CancellationPolicy.of(plan.mentor).to_json(),
        was_paid=True,
        payment=payment,
        uid=uuid.UUID(payment.reference),
        sequence=int(plan.outcome is Outcome.CANCELLED),
        created_at=plan.booked_at,
    )


def _refund(plan: SessionPlan, session: Session) -> Refund:
    at = _ended_at(plan)
    return Refund(
        payment=session.payment,
        amount_minor=session.payment.amount_minor,
        currency=session.currency,
        state=Refund.State.SUCCEEDED,
        reason="cancelled by the student",
        created_at=at,
        updated_at=at,
    )


def _ended_at(plan: SessionPlan) -> datetime:
    """A cancelled session was called off well before its start, any other ended at its end."""
    if plan.outcome is Outcome.CANCELLED:
        return plan.starts_at - timedelta(hours=40)
    return plan.ends_at


def _history(plan: SessionPlan, session: Session) -> Iterator[SessionHistory]:
    """The rows that the moves of this session would have left."""
    moves = [
        (plan.booked_at, ("", ""), lifecycle.HELD, "Held until paid."),
        (plan.booked_at + _A_WHILE, lifecycle.HELD, lifecycle.BOOKED, "Paid elsewhere, and recorded here."),
    ]
    at, final = _ended_at(plan), STATES[plan.outcome]
    if final == lifecycle.COMPLETED:
        moves.append((at, lifecycle.BOOKED, final, "The session ended."))
    if final == lifecycle.CANCELLED_REFUNDED:
        moves.append((at, lifecycle.BOOKED, lifecycle.CANCELLED, "Cancelled by the student."))
        moves.append((at, lifecycle.CANCELLED, final, "The full amount was refunded."))
    for moved_at, source, to, why in moves:
        yield SessionHistory(
            session=session,
            at=moved_at,
            from_status=source[0],
            from_payment_status=source[1],
            to_status=to[0],
            to_payment_status=to[1],
            why=why,
            actor=plan.student if to in {lifecycle.HELD, lifecycle.CANCELLED} else None,
        )


def _keep_time(session: Session, *, now: datetime) -> None:
    """Reserved cells, and the video link to both when it is time."""
    ReservedCell.objects.bulk_create(
        ReservedCell(mentor_id=session.mentor_id, session_id=session.pk, starts_at=cell)
        for cell in cells(Span(session.reserves_from, session.reserves_to))
    )
    outbox.write(
        occasion=NoticeKind.LINK,
        reference=session.pk,
        people=session.participants(),
        revision=str(session.sequence),
        due_at=session.link_opens_at(),
        now=now,
    )
