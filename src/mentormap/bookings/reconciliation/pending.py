"""Work that waits for the reconciler, in words: the finding, and what a run does about it. Only reads."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from mentormap.bookings.reconciliation import reconcile
from mentormap.lib.money import NO_BREAK_SPACE, format_money
from mentormap.lib.when import format_when
from mentormap.payments.models import Payment, Refund


@dataclass(frozen=True)
class PendingWork:
    """A row that is not yet what Stripe says, or whose turn it is to be asked about."""

    row: Payment | Refund
    found: str
    remedy: str

    @property
    def name(self) -> str:
        amount = format_money(self.row.amount, locale="en").replace(NO_BREAK_SPACE, " ")
        return f"{type(self.row).__name__} {self.row.pk}, {amount}"

    def state_now(self) -> str:
        """As it stands in the database by now."""
        return type(self.row).objects.values_list("state", flat=True).get(pk=self.row.pk)


def pending(now: datetime) -> Iterator[PendingWork]:
    """In the order in which a run takes them up; also what another worker has looked at within the last minute."""
    soon = now + reconcile.REST
    for payment in reconcile.unknown_checkouts(soon):
        yield PendingWork(payment, _unknown(payment), _search(payment, now=now))
    for payment in reconcile.overdue(soon):
        yield PendingWork(payment, _overdue(payment, now=now), "end its checkout at Stripe, then settle")
    for payment in reconcile.unsettled(soon):
        yield PendingWork(payment, _unsettled(payment), "ask Stripe and settle")
    waiting = Refund.objects.filter(state=Refund.State.REQUESTED).order_by("pk")
    for refund in waiting[: reconcile.BATCH]:
        yield PendingWork(refund, _requested(refund), _sending(refund, now=now))


def _unknown(payment: Payment) -> str:
    since = _at(payment.created_at)
    if payment.state == Payment.State.CREATED:
        return f"its checkout was never recorded since {since}"
    return f"nobody knows whether Stripe made its checkout of {since}"


def _search(payment: Payment, *, now: datetime) -> str:
    if now - payment.created_at < reconcile.KEY_LIFE:
        return "create it again with the same key, and end what comes"
    return "look for it in Stripe's list, and end what is there"


def _overdue(payment: Payment, *, now: datetime) -> str:
    if payment.expires_at and payment.expires_at <= now:
        return f"the time to pay ended at {_at(payment.expires_at)}, and nobody heard what became of it"
    return "its hold has ended or its session should have started, and it can still be paid"


def _unsettled(payment: Payment) -> str:
    if payment.state == Payment.State.PROCESSING:
        return "a delayed payment is under way"
    return "a refund is under way at Stripe"


def _requested(refund: Refund) -> str:
    if not refund.tries:
        return f"requested at {_at(refund.created_at)} and not sent yet"
    times = "once" if refund.tries == 1 else f"{refund.tries} times"
    why = f", the last with: {refund.last_error.rstrip('.')}" if refund.last_error else ""
    return f"requested at {_at(refund.created_at)}, tried {times}{why}"


def _sending(refund: Refund, *, now: datetime) -> str:
    if refund.next_try_at and refund.next_try_at > now:
        return f"send it at {_at(refund.next_try_at)}"
    return "look whether Stripe has it, else send it" if refund.tries else "send it"


def _at(instant: datetime) -> str:
    return format_when(instant, "UTC", "en")
