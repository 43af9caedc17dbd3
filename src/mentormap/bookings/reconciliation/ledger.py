"""The books: whether money and sessions agree, in figures."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import starmap
from typing import NamedTuple

from django.db.models import Q, Sum

from mentormap.bookings.models import PaymentStatus, Session
from mentormap.payments.models import Flag, Payment, Refund


@dataclass
class Ledger:
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


@dataclass(frozen=True)
class RefundSums:
    """Minor units of one payment's refunds; `foreign` are those of `accepted` that were made in Stripe's dashboard."""

    accepted: int = 0
    requested: int = 0
    foreign: int = 0


NOTHING = RefundSums()


class Paid(NamedTuple):
    """A session and its payment as the ledger needs them; minor units. Models would take ten times as long."""

    payment_id: int
    payment_status: str
    currency: str
    price: int
    came: int
    lost: int
    refunded: int
    owed: int

    @property
    def captured(self) -> int:
        """The captured amount, less lost disputes, but never less than what was refunded."""
        return max(self.came - self.lost, self.refunded)

    @property
    def kept(self) -> int:
        """The amount not owed back. A session that was never confirmed keeps nothing; one confirmed without its money keeps its price."""
        if self.payment_status == PaymentStatus.PENDING:
            return 0
        return (self.captured if self.came else self.price) - self.owed


COLUMNS = (
    "payment_id",
    "payment_status",
    "payment__currency",
    "payment__amount_minor",
    "payment__captured_minor",
    "payment__lost_minor",
    "payment__refunded_minor",
    "payment__owed_minor",
)


def ledgers() -> dict[str, Ledger]:
    """The invariant's figures by currency; three queries."""
    figures: dict[str, Ledger] = defaultdict(Ledger)
    refunds = _refund_sums()
    flagged = set(Flag.objects.open().values_list("payment_id", flat=True))
    of_stripe = Session.objects.filter(payment__source=Payment.Source.STRIPE)
    has_money = ~Q(payment_status=PaymentStatus.PENDING) | Q(payment__captured_minor__gt=0)
    for row in starmap(Paid, of_stripe.filter(has_money).values_list(*COLUMNS).iterator()):
        given = refunds.get(row.payment_id, NOTHING)
        back = given.accepted + given.requested
        line = figures[row.currency]
        line.captured += row.captured
        line.refunded += back
        if row.payment_id in flagged:
            line.flagged += row.captured - back
        else:
            unborne = row.refunded - given.accepted
            line.confirmed += row.kept - given.foreign - unborne
    return dict(figures)


def _refund_sums() -> dict[int, RefundSums]:
    """Returns refunds by payment."""
    is_accepted = Q(state__in=Refund.ACCEPTED)
    sums = {
        "accepted": Sum("amount_minor", filter=is_accepted, default=0),
        "requested": Sum("amount_minor", filter=Q(state=Refund.State.REQUESTED), default=0),
        "foreign": Sum("amount_minor", filter=is_accepted & Q(is_foreign=True), default=0),
    }
    rows = Refund.objects.order_by().values_list("payment_id").annotate(**sums)
    return {payment_id: RefundSums(*figures) for payment_id, *figures in rows}
