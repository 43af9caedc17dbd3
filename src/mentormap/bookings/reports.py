"""The books: whether money and sessions agree, in figures."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import QuerySet, Sum

from mentormap.bookings.models import Session, SessionStatus
from mentormap.payments.models import Flag, Payment, Refund


@dataclass
class Books:
    """Minor units of one currency over payments by Stripe: captured = confirmed + refunded + flagged.

    `confirmed` is what sessions that stand, or a cancellation's policy, entitle us to keep; `refunded` counts what is requested
    too; `flagged` is what is left of payments that wait for the operator.
    """

    captured: int = 0
    confirmed: int = 0
    refunded: int = 0
    flagged: int = 0

    @property
    def agree(self) -> bool:
        return self.captured == self.confirmed + self.refunded + self.flagged


def books() -> dict[str, Books]:
    """The invariant's figures by currency; four queries."""
    by_currency: dict[str, Books] = defaultdict(Books)
    given_back = _sums(Refund.objects.filter(state__in=Refund.ACCEPTED | {Refund.State.REQUESTED}))
    foreign = _sums(Refund.objects.filter(state__in=Refund.ACCEPTED, is_foreign=True))
    flagged = set(Flag.objects.open().values_list("payment_id", flat=True))
    paid = Session.objects.filter(payment__source=Payment.Source.STRIPE, payment__captured_minor__gt=0)
    for session in paid.select_related("payment").iterator():
        payment, back = session.payment, given_back.get(session.payment_id, 0)
        line = by_currency[payment.currency]
        line.captured += payment.captured_minor
        line.refunded += back
        if payment.pk in flagged:
            line.flagged += payment.captured_minor - back
        else:
            line.confirmed += _entitled(session, foreign=foreign.get(session.payment_id, 0))
    return dict(by_currency)


def _sums(refunds: QuerySet[Refund]) -> dict[int, int]:
    """Minor units by payment."""
    return dict(refunds.order_by().values_list("payment_id").annotate(Sum("amount_minor")))


def _entitled(session: Session, *, foreign: int) -> int:
    """A session that stands keeps all but what was given back of goodwill; a cancelled one keeps what is not owed back either.

    `foreign`: what went back by Stripe's dashboard, beside what is owed.
    """
    payment = session.payment
    if session.status == SessionStatus.CANCELLED:
        return max(0, payment.captured_minor - payment.owed_minor - foreign)
    return payment.captured_minor - payment.refunded_minor
