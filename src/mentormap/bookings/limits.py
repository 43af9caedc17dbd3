"""Limits on unpaid holds, of a student and of a network, at one time and with one mentor within 24 hours; and on the sessions
that a mentor takes a day and a week. Both are kept when several students book at once."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from math import ceil
from typing import Any, Final, NoReturn
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext

from mentormap.accounts.models import User
from mentormap.availability.models import BookingRules
from mentormap.availability.rules import slot_rules
from mentormap.availability.session_counts import WEEK, SessionCounts, monday_of
from mentormap.availability.slots import Closed, cap_reached
from mentormap.bookings.booking_request import BookingRequest
from mentormap.bookings.errors import RefusalKind, Refused
from mentormap.bookings.models import PaymentStatus, Session, SessionHistory, SessionStatus
from mentormap.lib.locks import lock
from mentormap.lib.spans import Span
from mentormap.lib.zones import local_day
from mentormap.payments.models import Payment

DAY: Final = timedelta(hours=24)
MOST_A_DAY: Final = 3
MINUTES_A_DAY: Final = 120
"""The limits of a student with one mentor: holds, and the total minutes for which their times stayed reserved."""
NETWORK_ROUNDS: Final = 2
"""The factor between a network's limits at one time and within 24 hours: enough for a family or a class that pays late."""
NOWHERE: Final = "-"
"""Stands for a missing network, and matches no hold."""


class TooManyHolds(Refused):
    """`retry_after`: seconds until the first of the holds that count ends by itself."""

    kind = RefusalKind.LIMIT
    code = "too-many-holds"

    def __init__(self, most: int, *, are_own: bool, retry_after: int) -> None:
        self.most, self.retry_after = most, retry_after
        super().__init__(
            gettext(
                "You hold %(most)s times that are not paid yet, and that is the most. Pay for one of them or let it go first."
            )
            % {"most": most}
            if are_own
            else gettext(
                "%(most)s times that are not paid yet are held from your network address, and that is the most. The first of them ends within %(minutes)s minutes: try again then."
            )
            % {"most": most, "minutes": -(-retry_after // 60)}
        )


class HoldsPaused(Refused):
    """Too many holds with one mentor were not paid; the pause ends at `ends_at` (UTC). `say` formats that for the student."""

    kind = RefusalKind.LIMIT
    code = "holds-paused"

    def __init__(self, why: str, ends_at: datetime, *, now: datetime, say: Callable[[datetime], str]) -> None:
        self.why, self.ends_at = why, ends_at
        self.retry_after = int((ends_at - now).total_seconds()) + 1
        super().__init__(self.in_words(say))

    def in_words(self, say: Callable[[datetime], str]) -> str:
        return gettext("%(why)s You can hold a time again from %(say)s.") % {
            "why": self.why,
            "say": say(self.ends_at),
        }


@dataclass(frozen=True)
class Unpaid:
    """An unpaid hold. Its time stays reserved until `ends_at`, or, for a live hold, until then at the latest.

    Its time counts from `begun_at` to `counts_to`, which may lie ahead for a live hold.
    """

    pk: int
    student_id: int
    mentor_id: int
    network: str
    begun_at: datetime
    counts_to: datetime
    is_live: bool
    ends_at: datetime
    counts_for_day: bool


def check_unpaid_holds(hold: Session, request: BookingRequest, *, now: datetime) -> None:
    """Counts after the new hold is inserted, while holding locks on the student's row and on the network's name; with SQLite the
    transaction is the lock.

    Raises TooManyHolds and HoldsPaused, which must roll the hold's transaction back.
    """
    User.objects.select_for_update(no_key=True).get(pk=request.student.pk)
    if request.network:
        lock(f"holds from {request.network}")
    others = [each for each in _unpaid_holds(request, now=now) if each.pk != hold.pk]
    _check_live([each for each in others if each.is_live], request, now=now)
    _check_day([each for each in others if each.counts_for_day], request, now=now)


def check_replacing_hold(old: Session, request: BookingRequest, *, now: datetime) -> None:
    """Checks the same before the student's own hold, which counts for the day, is replaced, so that a refusal leaves it in place.
    Only a courtesy: for concurrent requests, `check` decides."""
    found = _unpaid_holds(request, now=now)
    _check_live([each for each in found if each.is_live and each.pk != old.pk], request, now=now)
    _check_day([each for each in found if each.counts_for_day], request, now=now)


def forget_networks(*, now: datetime) -> int:
    """Deletes the networks of holds that no longer count; returns how many."""
    count = Exists(_ends().filter(at__gt=now - DAY))
    old = Session.objects.filter(~count).exclude(held_from="")
    return old.exclude(pk__in=Session.objects.holds().values("pk")).update(held_from="")


def _check_live(live: Sequence[Unpaid], request: BookingRequest, *, now: datetime) -> None:
    own, near = _own_holds(live, request), _near(live, request)
    for holds, most in ((own, settings.HOLDS_PER_STUDENT), (near, settings.HOLDS_PER_ADDRESS)):
        if len(holds) >= most:
            wait = max(60, int((_first_end(holds, now) - now).total_seconds()))
            raise TooManyHolds(most, are_own=holds is own, retry_after=wait)
    with_mentor = [each for each in near if each.mentor_id == request.mentor.pk]
    most = settings.HOLDS_PER_ADDRESS_AND_MENTOR
    if len(with_mentor) >= most:
        why = gettext(
            "Your network already holds %(most)s unpaid times with %(mentor)s, which is the limit."
        ) % {"most": most, "mentor": request.mentor.name}
        _pause(why, max(_first_end(with_mentor, now), now), request, now=now)


def _check_day(unpaid: Sequence[Unpaid], request: BookingRequest, *, now: datetime) -> None:
    name = request.mentor.name
    end = _pause_end(_own_holds(unpaid, request), most=MOST_A_DAY, minutes=MINUTES_A_DAY, now=now)
    if end:
        why = gettext(
            "Within 24 hours you can hold at most %(most_a_day)s times with %(name)s without paying, and for %(minutes_a_day)s minutes in total."
        ) % {"most_a_day": MOST_A_DAY, "name": name, "minutes_a_day": MINUTES_A_DAY}
        _pause(why, end, request, now=now)
    most = settings.HOLDS_PER_ADDRESS_AND_MENTOR * NETWORK_ROUNDS
    end = _pause_end(_near(unpaid, request), most=most, now=now)
    if end:
        why = gettext(
            "Within 24 hours %(most)s times with %(name)s were held from your network and not paid for, which is the limit."
        ) % {"most": most, "name": name}
        _pause(why, end, request, now=now)


def _own_holds(holds: Sequence[Unpaid], request: BookingRequest) -> list[Unpaid]:
    return [each for each in holds if each.student_id == request.student.pk]


def _near(holds: Sequence[Unpaid], request: BookingRequest) -> list[Unpaid]:
    """Returns the holds from the request's network; none if that is unknown."""
    return [each for each in holds if request.network and each.network == request.network]


def _first_end(holds: Sequence[Unpaid], now: datetime) -> datetime:
    return min((each.ends_at for each in holds), default=now)


def _pause_end(
    unpaid: Sequence[Unpaid], *, most: int, minutes: int | None = None, now: datetime
) -> datetime | None:
    """Returns when one more hold is allowed, to the second, if no live hold is paid by then; None if that is now."""
    longest = timedelta(minutes=minutes) if minutes else timedelta.max

    def is_allowed(day_ends: datetime, until: datetime) -> bool:
        """Counts the part of each hold that lies in the 24 hours before `day_ends`, up to `until`."""
        since = day_ends - DAY
        ends = [(each.begun_at, min(each.counts_to, until)) for each in unpaid]
        kept = [end - max(begun, since) for begun, end in ends if end > since]
        return len(kept) < most and sum(kept, timedelta()) < longest

    if is_allowed(now, now):
        return None
    last = max((each.counts_to for each in unpaid), default=now)
    seconds = range(ceil((last + DAY - now).total_seconds()))
    return now + timedelta(
        seconds=bisect_left(seconds, True, key=lambda after: is_allowed(now + timedelta(seconds=after), last))
    )


def _pause(why: str, end: datetime, request: BookingRequest, *, now: datetime) -> NoReturn:
    """Pauses until the next full minute after the end, because people are not shown seconds."""
    minute = end.replace(second=0, microsecond=0) + timedelta(minutes=1)
    raise HoldsPaused(why, minute, now=now, say=request.say)


def _ends() -> QuerySet[SessionHistory]:
    """Returns the history rows that ended the session of an outer query."""
    return SessionHistory.objects.filter(session=OuterRef("pk"), to_status=SessionStatus.CANCELLED)


def _unpaid_holds(request: BookingRequest, *, now: datetime) -> list[Unpaid]:
    """Returns the live holds of the student or the network, and theirs with this mentor that ended within 24 hours.

    Oldest first, in one query.
    """
    is_live = Q(status=SessionStatus.SCHEDULED, payment_status=PaymentStatus.PENDING)
    is_recent = Q(mentor=request.mentor, ended_at__gt=now - DAY)
    own_or_near = Q(student=request.student) | Q(held_from=request.network or NOWHERE)
    rows = Session.objects.filter(own_or_near, was_paid=False).select_related("payment")
    with_ends = rows.annotate(ended_at=Subquery(_ends().order_by("pk").values("at")[:1]))
    found: Iterable[Any] = with_ends.filter(is_live | is_recent).order_by("created_at", "pk")
    return [_judge(hold, hold.ended_at, request, now=now) for hold in found]


def _judge(hold: Session, ended_at: datetime | None, request: BookingRequest, *, now: datetime) -> Unpaid:
    """Does not count a hold that ended because its payment page could not be opened."""
    could_be_paid = hold.is_hold or hold.payment.checkout_id is not None
    counts_to = _counts_to(hold, ended_at, now)
    return Unpaid(
        pk=hold.pk,
        student_id=hold.student_id,
        mentor_id=hold.mentor_id,
        network=hold.held_from,
        begun_at=hold.created_at,
        counts_to=counts_to,
        is_live=hold.is_hold,
        ends_at=ended_at or (hold.scheduled_at if hold.is_under_way else counts_to),
        counts_for_day=hold.mentor_id == request.mentor.pk and could_be_paid,
    )


def _counts_to(hold: Session, ended_at: datetime | None, now: datetime) -> datetime:
    """Excludes time after the checkout's planned end that is not the student's fault: an expired checkout that was
    ended late, or a bank that is processing a payment. A bank debit that failed counts in full."""
    expires_at = hold.payment.expires_at or now
    if ended_at is None:
        return expires_at
    return min(ended_at, expires_at) if hold.payment.state == Payment.State.EXPIRED else ended_at


class CapReached(Exception):
    """The session is one too many for its day or its week. The caller's transaction must be rolled back."""

    def __init__(self, closed: Closed) -> None:
        self.closed = closed
        super().__init__(closed)


def check_sessions_a_day(session: Session) -> None:
    """Call it in the transaction that inserts or moves the session, after its cells were taken. Raises CapReached.

    A mentor with a cap is locked by their rules, so that of two who take the last session of a day the second counts the first; on
    SQLite the transaction itself is the lock. Only then are the others counted.
    """
    capped = BookingRules.objects.filter(Q(most_a_day__isnull=False) | Q(most_a_week__isnull=False))
    row = capped.select_for_update().filter(mentor_id=session.mentor_id).first()
    if row is None:
        return
    closed = cap_reached(session.scheduled_at, slot_rules(row), _counts_without(session))
    if closed is not None:
        raise CapReached(closed)


def _counts_without(session: Session) -> SessionCounts:
    """Counts the other sessions of the session's week, from Monday to Monday in the mentor's time zone."""
    zone = session.mentor.time_zone
    monday = datetime.combine(monday_of(local_day(session.scheduled_at, zone)), time(), ZoneInfo(zone))
    week = Span(monday, monday + WEEK)
    others = Session.objects.counted(week).filter(mentor_id=session.mentor_id).exclude(pk=session.pk)
    return SessionCounts.of(others.values_list("scheduled_at", flat=True), zone)
