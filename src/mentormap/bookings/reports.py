"""The books: whether money and sessions agree, in figures."""

from collections import defaultdict
from dataclasses import dataclass

from mentormap.bookings.models import Session, SessionStatus
from mentormap.payments.models import Payment, Refund


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
    """The invariant's figures by currency; two queries."""
    by_currency: dict[str, Books] = defaultdict(Books)
    given_back = _given_back()
    paid = Session.objects.filter(payment__source=Payment.Source.STRIPE, payment__captured_minor__gt=0)
    for session in paid.select_related("payment"):
        payment, back = session.payment, given_back.get(session.payment_id, 0)
        line = by_currency[payment.currency]
        line.captured += payment.captured_minor
        line.refunded += back
        if payment.flag:
            line.flagged += payment.captured_minor - back
        else:
            line.confirmed += _entitled(session)
    return dict(by_currency)


def _given_back() -> dict[int, int]:
    """What is requested or accepted by Stripe to go back, by payment."""
    sums: dict[int, int] = defaultdict(int)
    live = Refund.objects.filter(state__in=Refund.ACCEPTED | {Refund.State.REQUESTED})
    for payment_id, amount in live.values_list("payment_id", "amount_minor"):
        sums[payment_id] += amount
    return sums


def _entitled(session: Session) -> int:
    """A session that stands keeps all but what was given back of goodwill; a cancelled one keeps what is not owed back."""
    payment = session.payment
    if session.status == SessionStatus.CANCELLED:
        return payment.captured_minor - max(payment.owed_minor, payment.refunded_minor)
    return payment.captured_minor - payment.refunded_minor
