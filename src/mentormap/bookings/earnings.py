"""A mentor's earnings: paid, refunded and net, by currency and by the month in which the session starts.

A session counts where its mentor's clocks show its start, so that a payment, its refund and the work are in one month, and
what is booked ahead is seen in the months to come. Holds never count, and no payment that differs from what was asked, which
waits for an operator. A refund counts from the moment that it is owed, and what a bank has taken back for good counts as one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db.models import Exists, F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce, Least

from mentormap.bookings.models import Session, SessionQuerySet, SessionStatus
from mentormap.lib.money import Money
from mentormap.lib.zones import zone_info
from mentormap.mentors.models import Mentor
from mentormap.payments.models import Flag, Payment, Refund


@dataclass(frozen=True)
class Earnings:
    """Earnings in one currency. `elsewhere` is the part of `paid` that was not paid through Stripe; `sessions` counts those not cancelled."""

    sessions: int
    paid: Money
    elsewhere: Money
    refunded: Money

    @property
    def net(self) -> Money:
        return self.paid - self.refunded

    @classmethod
    def total(cls, parts: Iterable["Earnings"], currency: str) -> "Earnings":
        nothing = Money(0, currency)
        total = cls(0, nothing, nothing, nothing)
        for part in parts:
            total += part
        return total

    def __add__(self, other: "Earnings") -> "Earnings":
        return Earnings(
            self.sessions + other.sessions,
            self.paid + other.paid,
            self.elsewhere + other.elsewhere,
            self.refunded + other.refunded,
        )


@dataclass(frozen=True)
class MonthOfEarnings:
    """`month` is its first day, by the mentor's calendar."""

    month: date
    currency: str
    earned: Earnings


@dataclass(frozen=True)
class EarnedSession:
    """One session with its money, for a list. `starts_at` is in the mentor's zone."""

    session: Session
    starts_at: datetime
    earned: Earnings


def months_of(mentor: Mentor) -> dict[str, list[MonthOfEarnings]]:
    """Returns the months with earnings, in order, by currency, the most common first; one query.

    Months are computed here, because the database server's time-zone data may be years older.
    """
    zone = zone_info(mentor.time_zone)
    parts = defaultdict[str, dict[date, list[Earnings]]](lambda: defaultdict(list))
    for starts_at, *facts in (
        _counted_sessions(mentor).order_by("scheduled_at").values_list("scheduled_at", *_FACTS)
    ):
        earned = _earnings(*facts)
        parts[earned.paid.currency][starts_at.astimezone(zone).date().replace(day=1)].append(earned)
    by_currency = {
        currency: [
            MonthOfEarnings(month, currency, Earnings.total(each, currency)) for month, each in months.items()
        ]
        for currency, months in sorted(parts.items())
    }
    return dict(sorted(by_currency.items(), key=_commonest_first))


def sessions_of(mentor: Mentor) -> Iterator[EarnedSession]:
    """Each session that counts, in order of its start; one query."""
    zone = zone_info(mentor.time_zone)
    for session in (
        _counted_sessions(mentor).select_related("student", "payment").order_by("scheduled_at", "pk")
    ):
        yield EarnedSession(session, session.scheduled_at.astimezone(zone), _earned_by(session))


def _counted_sessions(mentor: Mentor) -> Any:
    """Sessions that count, with `given_back`: what went back or is on its way, in minor units, at most what was paid."""
    of_this = Refund.objects.filter(payment=OuterRef("payment"), state=Refund.State.REQUESTED).order_by()
    waiting = of_this.values("payment").annotate(all=Sum("amount_minor")).values("all")
    differs = Flag.objects.filter(payment=OuterRef("payment"), name=Flag.Name.PAYMENT_MISMATCH)
    counted: SessionQuerySet = Session.objects.filter(~Exists(differs), mentor=mentor, was_paid=True)
    back = F("payment__refunded_minor") + F("payment__lost_minor") + Coalesce(Subquery(waiting), 0)
    return counted.annotate(given_back=Least(F("payment__captured_minor"), back))


_FACTS: Final = (
    "status",
    "payment__currency",
    "payment__source",
    "payment__captured_minor",
    "given_back",
)
"""The arguments of `_earnings`, as columns."""


def _earnings(status: str, currency: str, source: str, captured: int, given_back: int) -> Earnings:
    paid, nothing = Money(captured, currency), Money(0, currency)
    return Earnings(
        sessions=int(status != SessionStatus.CANCELLED),
        paid=paid,
        elsewhere=paid if source == Payment.Source.RECORDED else nothing,
        refunded=Money(given_back, currency),
    )


def _earned_by(session: Any) -> Earnings:
    payment: Payment = session.payment
    return _earnings(
        session.status, payment.currency, payment.source, payment.captured_minor, session.given_back
    )


def _commonest_first(entry: tuple[str, Sequence[MonthOfEarnings]]) -> tuple[int, str]:
    currency, months = entry
    return -sum(month.earned.sessions for month in months), currency
