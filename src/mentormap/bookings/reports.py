"""The books: whether money and sessions agree, in figures."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Q, QuerySet, Sum

from mentormap.bookings.models import PaymentStatus, Session
from mentormap.payments.models import Flag, Payment, Refund


@dataclass
class Books:
    """Minor units of one currency over payments by Stripe: captured = confirmed + refunded + flagged.

    `captured` is what came in, less what disputes have taken for good. `confirmed` is what is not owed back: sessions that stand,
    and what a cancellation's policy leaves. `refunded` counts what is requested too. `flagged` is the rest of payments that
    wait for the operator.
    """

    captured: int = 0
    confirmed: int = 0
    refunded: int = 0
    flagged: int = 0

    @property
    def agree(self) -> bool:
        return self.captured == self.confirmed + self.refunded + self.flagged


def books() -> dict[str, Books]:
    """The invariant's figures by currency; five queries."""
    by_currency: dict[str, Books] = defaultdict(Books)
    accepted = _sums(Refund.objects.filter(state__in=Refund.ACCEPTED))
    requested = _sums(Refund.objects.filter(state=Refund.State.REQUESTED))
    foreign = _sums(Refund.objects.filter(state__in=Refund.ACCEPTED, is_foreign=True))
    flagged = set(Flag.objects.open().values_list("payment_id", flat=True))
    of_stripe = Session.objects.filter(payment__source=Payment.Source.STRIPE)
    has_money = ~Q(payment_status=PaymentStatus.PENDING) | Q(payment__captured_minor__gt=0)
    for session in of_stripe.filter(has_money).select_related("payment").iterator():
        payment = session.payment
        captured = max(payment.captured_minor - payment.lost_minor, payment.refunded_minor)
        back = accepted.get(payment.pk, 0) + requested.get(payment.pk, 0)
        line = by_currency[payment.currency]
        line.captured += captured
        line.refunded += back
        if payment.pk in flagged:
            line.flagged += captured - back
        else:
            unborne = payment.refunded_minor - accepted.get(payment.pk, 0)
            line.confirmed += _confirmed(session, captured) - foreign.get(payment.pk, 0) - unborne
    return dict(by_currency)


def _confirmed(session: Session, captured: int) -> int:
    """What is not owed back. A session that nobody confirmed keeps nothing; one that was confirmed without its money, its price."""
    if session.payment_status == PaymentStatus.PENDING:
        return 0
    return (
        captured if session.payment.captured_minor else session.payment.amount_minor
    ) - session.payment.owed_minor


def _sums(refunds: QuerySet[Refund]) -> dict[int, int]:
    """Minor units by payment."""
    return dict(refunds.order_by().values_list("payment_id").annotate(Sum("amount_minor")))
