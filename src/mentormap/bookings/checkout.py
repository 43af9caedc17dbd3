"""Booking: hold the time, then open a hosted checkout that ends with the hold."""

import time
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext, gettext_noop

from mentormap.accounts.verification import has_verified_email
from mentormap.availability.reservations import CellsTaken
from mentormap.availability.rules import rules_of
from mentormap.availability.slots import SlotRules
from mentormap.bookings import idempotency, lifecycle, limits, links
from mentormap.bookings.booking_request import (
    BookingRequest,
    EmailNotVerified,
    MentorNotBookable,
    OwnMentor,
    PriceOutOfRange,
    TitleMissing,
    TitleTooLong,
)
from mentormap.bookings.cancellation import release
from mentormap.bookings.errors import PaymentsUnavailable, RefusalKind, Refused
from mentormap.bookings.holds import of_equal_request, own_holds
from mentormap.bookings.idempotency import IN_FLIGHT, RequestInProgress
from mentormap.bookings.limits import CapReached
from mentormap.bookings.models import DURATIONS, Session
from mentormap.bookings.policy import CancellationPolicy
from mentormap.bookings.slots import finder
from mentormap.bookings.slots.finder import BadDuration, SlotRefused
from mentormap.lib.deadlocks import retried_on_deadlock
from mentormap.lib.money import Money, maximum_charge, minimum_charge, price_of
from mentormap.lib.when import format_when
from mentormap.mentors.models import Mentor
from mentormap.payments import gateway
from mentormap.payments.gateway import GatewayError, StripeRefused
from mentormap.payments.models import Payment
from mentormap.payments.stripe_objects import StripeCheckout

LONGEST_TITLE = 200
PAUSES = (0.2, 0.4, 0.8, 1.6)
"""Seconds between looks at an equal request that is still being answered."""
TOO_SMALL_OR_LARGE = frozenset({"amount_too_small", "amount_too_large"})


class AlreadyPaid(Refused):
    """The earlier hold, which was to be replaced, has just been paid: `session_id` is a session now."""

    kind = RefusalKind.CONFLICT
    code = "already-paid"

    def __init__(self, session_id: int) -> None:
        self.session_id = session_id
        super().__init__(
            gettext(
                "Your earlier booking with this mentor has just been paid: it is session %(session_id)s. Cancel that one first, or book this time as well."
            )
            % {"session_id": session_id}
        )


class HoldLetGo(Refused):
    """Somebody's other window was faster than Stripe."""

    kind = RefusalKind.CONFLICT
    code = "hold-let-go"

    def __init__(self) -> None:
        super().__init__(
            gettext(
                "This time was let go before its payment page was ready, and nothing was charged. Book it again if you still want it."
            )
        )


def price_for(mentor: Mentor, minutes: int) -> Money:
    """Returns the price of a session of that length. Raises MentorNotBookable for a mentor without a rate."""
    if mentor.hourly_rate is None:
        raise MentorNotBookable
    return price_of(mentor.hourly_rate, minutes=minutes)


def book_or_wait(request: BookingRequest, *, origin: str, now: datetime) -> Session:
    """Like `book`. Of two requests that are equal, or have the same key, the second waits up to 3 seconds for the first one's
    answer, and gets the same."""
    for pause in PAUSES:
        try:
            return book(request, origin=origin, now=now)
        except RequestInProgress:
            time.sleep(pause)
    return book(request, origin=origin, now=now)


def book(request: BookingRequest, *, origin: str, now: datetime) -> Session:
    """Holds the time and opens a checkout; `session.payment.checkout_url` is where the student pays.

    `origin` is the scheme and host by which the student came. The same request again continues the hold that it made; another
    one to the same mentor first ends that hold, unless its payment is under way. The same `key` gives the same hold for 24
    hours, also where an equal request with another key, or with none, had made it. Raises a kind of Refused.
    """
    holds = own_holds(request.student, request.mentor)
    made = _earlier_hold(request, holds, now=now)
    if made is not None:
        return _resume(made, now=now)
    try:
        return _make_hold(request, next(iter(holds), None), origin=origin, now=now)
    except SlotRefused:
        # Two equal requests want the same cells, whose key lets one of them hold: the other finds its hold here.
        made = _earlier_hold(request, own_holds(request.student, request.mentor), now=now)
        if made is None:
            raise
        return _resume(made, now=now)


def _earlier_hold(request: BookingRequest, holds: Iterable[Session], *, now: datetime) -> Session | None:
    """The hold that this key answers already, else that of an equal request, which the key answers from now on.

    It is bound also where the first request is still being answered, so that this one's repeat finds the session once it is paid.
    """
    made = idempotency.earlier(request.idempotency, now=now)
    if made is not None:
        return made
    twin = of_equal_request(request, holds, now=now)
    return _bind_key(twin.pk, request, now=now) if twin is not None and request.key else twin


@retried_on_deadlock
@transaction.atomic
def _bind_key(session_id: int, request: BookingRequest, *, now: datetime) -> Session | None:
    """Under the session's lock: whatever ends a hold that was never opened forgets its keys under the same lock."""
    session = lifecycle.locked(pk=session_id)
    if session.is_released:
        return None
    idempotency.keep_another(request.idempotency, session, now=now)
    return session


def _resume(made: Session, *, now: datetime) -> Session:
    """The hold of an earlier request. If the process that was to open its checkout was killed, this one opens it.

    Raises RequestInProgress while another request, or the reconciler, is at work on it.
    """
    payment = made.payment
    if payment.checkout_id:
        return made
    if now - (payment.checked_at or payment.created_at) < IN_FLIGHT or not payment.claim(now):
        raise RequestInProgress
    return _open_checkout(made, now=now)


def _make_hold(request: BookingRequest, old: Session | None, *, origin: str, now: datetime) -> Session:
    """`old` is the student's hold with this mentor that this one takes the place of."""
    mentor = request.mentor
    _check_bookable(request)
    price = _chargeable(price_for(mentor, request.duration_minutes))
    rules = finder.check(
        mentor,
        request.starts_at,
        duration_minutes=request.duration_minutes,
        now=now,
        own_hold=old,
        rules={mentor.pk: rules_of(mentor)},
    )
    if old is not None:
        _make_way(old, request, now=now)
    return _open_checkout(_hold(request, mentor, price, rules, origin=origin, now=now), now=now)


def _make_way(old: Session, request: BookingRequest, *, now: datetime) -> None:
    """Ends the student's own hold, unless no other could follow. Raises AlreadyPaid, HoldNotEnded and what caps raise."""
    limits.check_replacing_hold(old, request, now=now)
    if release(old, actor=request.student, now=now, even_under_way=False).is_upcoming:
        raise AlreadyPaid(old.pk)


def _check_bookable(request: BookingRequest) -> None:
    """All that can be said before looking at times. Raises what it finds wrong first."""
    mentor = request.mentor
    if not mentor.is_listed:
        raise MentorNotBookable
    if mentor.user_id == request.student.pk:
        raise OwnMentor
    if request.duration_minutes not in DURATIONS:
        raise BadDuration
    if not request.heading:
        raise TitleMissing
    if len(request.heading) > LONGEST_TITLE:
        raise TitleTooLong
    if not has_verified_email(request.student):
        raise EmailNotVerified(request.student.email)


def _chargeable(price: Money) -> Money:
    least, most = minimum_charge(price.currency), maximum_charge(price.currency)
    if price < least:
        raise PriceOutOfRange(price, least, too_small=True)
    if price > most:
        raise PriceOutOfRange(price, most, too_small=False)
    return price


@retried_on_deadlock
def _hold(
    request: BookingRequest, mentor: Mentor, price: Money, rules: SlotRules, *, origin: str, now: datetime
) -> Session:
    """One transaction: payment, session, history, cells. Raises TimeTaken, DayFull or WeekFull with the next open slots."""
    session = _new_session(request, mentor, price, rules, now=now)
    try:
        with transaction.atomic():
            session.payment = _new_payment(session, price, origin=origin, now=now)
            session.save(force_insert=True)
            lifecycle.begin(session, now=now, actor=request.student, why=gettext_noop("Held until paid."))
            idempotency.keep(request.idempotency, session, now=now)
            lifecycle.take_cells(session)
            limits.check_sessions_a_day(session)
            limits.check_unpaid_holds(session, request, now=now)
    except (CellsTaken, CapReached) as lost:
        minutes, wanted = request.duration_minutes, request.starts_at
        later = finder.next_starts(mentor, duration_minutes=minutes, wanted=wanted, now=now)
        raise finder.refusal(lost.closed, mentor, later) from None
    return session


def _new_session(
    request: BookingRequest, mentor: Mentor, price: Money, rules: SlotRules, *, now: datetime
) -> Session:
    return Session(
        student=request.student,
        mentor=mentor,
        title=request.heading,
        description=request.description.strip(),
        **lifecycle.times(request.starts_at, request.duration_minutes, rules),
        earliest_start=request.starts_at,
        duration_minutes=request.duration_minutes,
        price=price.major,
        currency=price.currency,
        policy=CancellationPolicy.of(mentor).to_json(),
        created_at=now,
        held_from=request.network,
        hold_expires_at=(now + timedelta(minutes=settings.HOLD_MINUTES)).replace(microsecond=0),
    )


def _new_payment(session: Session, price: Money, *, origin: str, now: datetime) -> Payment:
    return Payment.objects.create(
        reference=session.uid.hex,
        amount_minor=price.minor,
        currency=price.currency,
        livemode="_live_" in settings.STRIPE_SECRET_KEY,
        idempotency_key=f"mentormap-checkout-{uuid.uuid4()}",
        checkout_request=_checkout_request(session, price, origin=origin, now=now),
        expires_at=session.hold_expires_at,
        created_at=now,
    )


def _checkout_request(session: Session, price: Money, *, origin: str, now: datetime) -> dict[str, Any]:
    """The parameters of the create call (https://docs.stripe.com/api/checkout/sessions/create)."""
    zone, locale = session.student.time_zone or session.mentor.time_zone, session.student.locale
    policy = session.policy_sentence(now=now, say=lambda instant: format_when(instant, zone, locale))
    metadata = {"reference": session.uid.hex}
    expires_at = session.hold_expires_at
    return {
        "mode": "payment",
        "client_reference_id": session.uid.hex,
        "customer_email": session.student.email,
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": price.currency.lower(),
                    "unit_amount": price.minor,
                    "product_data": {
                        "name": f"{session.title} with {session.mentor.name}",
                        "description": f"{format_when(session.scheduled_at, zone, locale)}, {session.duration_minutes} minutes",
                    },
                },
            }
        ],
        "custom_text": {"submit": {"message": policy}},
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata},
        "success_url": links.success_url(origin),
        "cancel_url": links.back_url(origin, session.uid),
        "expires_at": int(expires_at.timestamp()) if expires_at else 0,
    }


def _open_checkout(session: Session, *, now: datetime) -> Session:
    """After the hold's commit. Raises PaymentsUnavailable or PriceOutOfRange, and then the hold is released and nothing was
    charged; HoldLetGo if it was released by then."""
    payment = session.payment
    try:
        facts = gateway.create_checkout(payment.checkout_request, idempotency_key=payment.idempotency_key)
    except GatewayError as error:
        is_unmade = isinstance(error, StripeRefused) and error.is_of_parameters
        _abandon(session.pk, claimed_at=payment.checked_at, now=now, is_unmade=is_unmade)
        raise _refusal(session, error) from error
    return session if record_checkout(payment, facts) else _as_recorded(session, facts)


def _as_recorded(session: Session, facts: StripeCheckout) -> Session:
    """The hold as another process left it, which was faster. Raises HoldLetGo if it has ended.

    The same key gives every process the same checkout: one that another has recorded may be handed out, and is not expired.
    """
    current = Session.objects.with_people().get(pk=session.pk)
    if current.is_released or current.payment.checkout_id != facts.id:
        _expire_unwanted(facts)
    if current.is_released:
        raise HoldLetGo
    return current


def _refusal(session: Session, error: GatewayError) -> Refused:
    """Stripe also counts the amount in the account's own currency, which it alone can."""
    code = error.code if isinstance(error, StripeRefused) else ""
    if code in TOO_SMALL_OR_LARGE:
        return PriceOutOfRange(session.money, None, too_small=code == "amount_too_small")
    return PaymentsUnavailable()


@retried_on_deadlock
@transaction.atomic
def _abandon(session_id: int, *, claimed_at: datetime | None, now: datetime, is_unmade: bool) -> None:
    """Unless Stripe has said that it never makes such a checkout, it may exist: the reconciler finds out, and ends it if so.

    A hold that another process has claimed since is left to that one.
    """
    session = lifecycle.locked(pk=session_id)
    if session.payment.checked_at != claimed_at:
        return
    if session.is_hold and session.payment.checkout_id is None:
        lifecycle.release(session, now=now, why=gettext_noop("The payment page could not be opened."))
        idempotency.forget(session)
        session.payment.state = Payment.State.FAILED if is_unmade else Payment.State.UNKNOWN
        session.payment.version += 1
        session.payment.save()


def record_checkout(payment: Payment, facts: StripeCheckout) -> bool:
    """Keeps the checkout's id and URL. False if its hold was released meanwhile, or another process has recorded it."""
    unopened = Payment.objects.filter(pk=payment.pk, checkout_id=None)
    found = {"checkout_id": facts.id, "checkout_url": facts.url, "state": Payment.State.OPEN}
    kept = unopened.filter(state=Payment.State.CREATED).update(version=F("version") + 1, **found)
    if not kept:
        unopened.update(version=F("version") + 1, **found)
        return False
    for name, value in found.items():
        setattr(payment, name, value)
    return True


def _expire_unwanted(facts: StripeCheckout) -> None:
    """A failure leaves it to the reconciler, which ends every open checkout without a hold."""
    try:
        gateway.expire_checkout(facts.id)
    except GatewayError:
        return
