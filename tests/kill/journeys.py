"""What the killed processes do: each journey with what went before, what follows, and all the ends it may come to."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mentormap.accounts.models import User
from mentormap.bookings import cancellation, operator_refunds
from mentormap.bookings.checkout import book
from mentormap.bookings.errors import PaymentsUnavailable
from mentormap.bookings.models import Session
from mentormap.bookings.reconciliation import reconcile
from mentormap.bookings.reschedule import reschedule
from mentormap.bookings.settlement.settle import apply_event, settle
from mentormap.mentors.models import Mentor
from mentormap.notifications.notice_kinds import Channel
from mentormap.operations.jobs import schedule
from mentormap.payments import inbox
from mentormap.payments.models import Payment
from tests import make
from tests.conftest import Stripe
from tests.make import TUESDAY_14
from tests.sandbox_client import pay_by_debit

FAILING_ACCOUNT = "000111111116"

SOON = (timedelta(minutes=3), timedelta(minutes=3), timedelta(minutes=45))
"""When the jobs run after the death: past grace and leases, once more, and past the end of any hold."""
PAST_LEASES = (timedelta(minutes=1), timedelta(minutes=3), timedelta(minutes=6))
"""When mails are sent again: past a batch's reservation, past the lease of the one that was being sent, and past a pause."""
NEXT_DAY = (timedelta(hours=25), timedelta(minutes=3))
"""When Stripe has forgotten the idempotency keys."""


@dataclass(frozen=True)
class End:
    """One session at the end, with the notices of it; `refunded` is minor units that Stripe has accepted, `mailed` what went out."""

    status: str
    payment_status: str
    refunded: int = 0
    notices: tuple[str, ...] = ()
    mailed: tuple[str, ...] = ()
    flags: str = ""


def to_both(*occasions: str) -> tuple[str, ...]:
    return tuple(sorted(f"{occasion} {name}" for occasion in occasions for name in ("Sam", "Maya")))


RELEASED = End("cancelled", "pending")
BOOKED = End("scheduled", "paid", notices=to_both("booked", "link"))
MOVED = End("scheduled", "paid", notices=to_both("booked", "link", "link", "rescheduled"))
COMPLETED = End("completed", "paid", notices=to_both("booked", "link"))
CANCELLED = End("cancelled", "refunded", 12_000, to_both("booked", "link", "cancelled"))
CANCELLED_LATE = End("cancelled", "paid", 6_000, to_both("booked", "link", "cancelled"))
CAME_TOO_LATE = End(
    "cancelled",
    "refunded",
    12_000,
    tuple(sorted((*to_both("late_payment_refunded"), "let_go_under_way Sam"))),
)
BOOKED_AND_MAILED = replace(BOOKED, mailed=to_both("booked", "link"))
PARTLY_REFUNDED = replace(BOOKED, refunded=5_000)
DISPUTED = replace(BOOKED, flags="disputed")
FAILED = End("cancelled", "pending", notices=("payment_failed Sam",))

Ends = tuple[End, ...]
"""Of all sessions, in the order in which they were made."""
Step = Callable[[Stripe], object]


def people(_stripe: Stripe) -> None:
    make.sam()
    make.mentor()


def asks_for_an_hour(stripe: Stripe, starts_at: datetime = TUESDAY_14) -> Session:
    sam, mentor = User.objects.get(name="Sam"), Mentor.objects.get()
    asked = make.request(student=sam, mentor=mentor, starts_at=starts_at)
    return book(asked, origin=make.ORIGIN, now=stripe.clock.now)


def asks_for_another_hour(stripe: Stripe) -> None:
    asks_for_an_hour(stripe, TUESDAY_14 + timedelta(minutes=30))


def pays_what_is_open(stripe: Stripe) -> None:
    """Sam sees his hold, with the way to its payment page, as soon as that is kept."""
    for hold in Session.objects.holds().exclude(payment__checkout_url="").select_related("payment"):
        stripe.pay(hold.payment.checkout_id)


def held(stripe: Stripe) -> None:
    people(stripe)
    asks_for_an_hour(stripe)


def paid(stripe: Stripe) -> None:
    held(stripe)
    pays_what_is_open(stripe)


def paid_without_webhooks(stripe: Stripe) -> None:
    stripe.sandbox.set_webhooks("never")
    paid(stripe)


def booked(stripe: Stripe) -> None:
    paid(stripe)
    settles(stripe)


def booked_for_today(stripe: Stripe) -> None:
    booked(stripe)
    stripe.clock.advance(hours=10)


def refunded_in_the_dashboard(stripe: Stripe) -> None:
    booked(stripe)
    stripe.sandbox.refund(Payment.objects.get().payment_intent_id)


def partly_refunded_in_the_dashboard(stripe: Stripe) -> None:
    booked(stripe)
    stripe.sandbox.refund(Payment.objects.get().payment_intent_id, amount=5_000)


def disputed(stripe: Stripe) -> None:
    booked(stripe)
    stripe.sandbox.dispute(Payment.objects.get().payment_intent_id)


def booked_with_an_operator(stripe: Stripe) -> None:
    make.ada()
    booked(stripe)


def about_to_begin(stripe: Stripe) -> None:
    """Four mails are due: two about the booking, two with the video link."""
    booked(stripe)
    stripe.clock.now = Session.objects.get().link_opens_at()


def unheard(stripe: Stripe) -> None:
    """Stripe made the checkout, and its answer was lost."""
    people(stripe)
    stripe.sandbox.add_fault("timeout_after", method="POST", path="/v1/checkout/sessions", times=3)
    with suppress(PaymentsUnavailable):
        asks_for_an_hour(stripe)
    stripe.clock.advance(minutes=3)


def owed(stripe: Stripe) -> None:
    """Cancelled while Stripe was out of reach: the refund is still to be sent."""
    booked_for_today(stripe)
    stripe.sandbox.add_fault("unavailable", method="POST", path="/v1/refunds", times=3)
    cancels(stripe)
    stripe.clock.advance(minutes=3)


def debited(stripe: Stripe, account: str = "000123456789") -> None:
    held(stripe)
    pay_by_debit(stripe.sandbox, Session.objects.get().payment.checkout_id or "", account)
    settles(stripe)


def released_while_debited(stripe: Stripe) -> None:
    debited(stripe)
    lets_go(stripe)
    stripe.clock.advance(minutes=2)


def debited_in_vain(stripe: Stripe) -> None:
    debited(stripe, FAILING_ACCOUNT)
    stripe.clock.advance(minutes=2)


def settles(stripe: Stripe) -> None:
    """As the success page does."""
    settle(Session.objects.get().payment_id, now=stripe.clock.now)


def reads_webhooks(stripe: Stripe) -> None:
    stripe.deliver()
    inbox.drain(apply=apply_event, now=stripe.clock.now)


def asks_for_events(stripe: Stripe) -> None:
    inbox.poll(now=stripe.clock.now)
    inbox.drain(apply=apply_event, now=stripe.clock.now)


def reconciles(stripe: Stripe) -> None:
    reconcile.run(stripe.clock.now)


def cancels(stripe: Stripe) -> None:
    session = Session.objects.with_people().get()
    cancellation.cancel(session, actor=session.student, now=stripe.clock.now)


def moves(stripe: Stripe) -> None:
    """By half an hour: half of its cells stay."""
    session = Session.objects.with_people().get()
    later = TUESDAY_14 + timedelta(minutes=30)
    reschedule(session, actor=session.student, starts_at=later, now=stripe.clock.now)


def gives_all_back(stripe: Stripe) -> None:
    """The operator, in the admin."""
    session, ada = Session.objects.with_people().get(), User.objects.get(name="Ada")
    operator_refunds.refund(session, session.money, reason="Goodwill.", by=ada, now=stripe.clock.now)


def sends_mail(stripe: Stripe) -> None:
    schedule.sending(Channel.EMAIL)(stripe.clock.now)


def lets_go(stripe: Stripe) -> None:
    session = Session.objects.with_people().get()
    cancellation.release(session, actor=session.student, now=stripe.clock.now)


EVENTS_FIRST = (reads_webhooks, asks_for_events, reconciles)
RECONCILER_FIRST = (reconciles, reads_webhooks, asks_for_events)
"""A worker's jobs run side by side: either may come first."""


def nothing(_stripe: Stripe) -> None:
    """Nobody comes back."""


@dataclass(frozen=True)
class Journey:
    """`act` is what the process does that is killed, to no avail where it ends as `or_else`; `comes_back` is who does not know of the death."""

    name: str
    before: Step
    act: Step
    ends: Ends
    or_else: tuple[Ends, ...] = ()
    comes_back: Step = nothing
    jobs_after: tuple[timedelta, ...] = SOON
    jobs: tuple[Step, ...] = EVENTS_FIRST


JOURNEYS = (
    Journey(
        "checkout, then Sam pays",
        before=people,
        act=asks_for_an_hour,
        comes_back=pays_what_is_open,
        ends=(BOOKED,),
        or_else=((), (RELEASED,)),
    ),
    Journey(
        "checkout, jobs a day later",
        before=people,
        act=asks_for_an_hour,
        ends=(RELEASED,),
        or_else=((),),
        jobs_after=NEXT_DAY,
        jobs=RECONCILER_FIRST,
    ),
    Journey(
        "checkout over one's own hold",
        before=held,
        act=asks_for_another_hour,
        comes_back=pays_what_is_open,
        ends=(RELEASED, BOOKED),
        or_else=((BOOKED,), (RELEASED,), (RELEASED, RELEASED)),
    ),
    Journey("a lost checkout is found", before=unheard, act=reconciles, ends=(RELEASED,)),
    Journey("a hold is let go", before=held, act=lets_go, ends=(RELEASED,)),
    Journey("settlement by the success page", before=paid, act=settles, ends=(BOOKED,)),
    Journey(
        "settlement, jobs a day later",
        before=paid,
        act=settles,
        ends=(BOOKED,),
        jobs_after=NEXT_DAY,
        jobs=RECONCILER_FIRST,
    ),
    Journey("settlement by webhook", before=paid, act=reads_webhooks, ends=(BOOKED,)),
    Journey("settlement by poller", before=paid_without_webhooks, act=asks_for_events, ends=(BOOKED,)),
    Journey("a bank debit fails", before=debited_in_vain, act=reads_webhooks, ends=(FAILED,)),
    Journey("a move to another time", before=booked, act=moves, ends=(MOVED,), or_else=((BOOKED,),)),
    Journey("cancellation", before=booked, act=cancels, ends=(CANCELLED,), or_else=((BOOKED,),)),
    Journey(
        "late cancellation, half back",
        before=booked_for_today,
        act=cancels,
        ends=(CANCELLED_LATE,),
        or_else=((BOOKED,),),
        jobs=RECONCILER_FIRST,
    ),
    Journey(
        "late cancellation, jobs a day later",
        before=booked_for_today,
        act=cancels,
        ends=(CANCELLED_LATE,),
        or_else=((COMPLETED,),),
        jobs_after=NEXT_DAY,
        jobs=RECONCILER_FIRST,
    ),
    Journey(
        "a refund is sent by the job",
        before=owed,
        act=reconciles,
        ends=(CANCELLED_LATE,),
        jobs=RECONCILER_FIRST,
    ),
    Journey("a refund at Stripe", before=refunded_in_the_dashboard, act=reads_webhooks, ends=(CANCELLED,)),
    Journey(
        "a partial refund at Stripe",
        before=partly_refunded_in_the_dashboard,
        act=reads_webhooks,
        ends=(PARTLY_REFUNDED,),
    ),
    Journey("a dispute at Stripe", before=disputed, act=reads_webhooks, ends=(DISPUTED,)),
    Journey(
        "an operator gives all back",
        before=booked_with_an_operator,
        act=gives_all_back,
        ends=(CANCELLED,),
        or_else=((BOOKED,),),
    ),
    Journey(
        "mails are sent",
        before=about_to_begin,
        act=sends_mail,
        ends=(BOOKED_AND_MAILED,),
        jobs_after=PAST_LEASES,
        jobs=(sends_mail, *EVENTS_FIRST),
    ),
    Journey("money that comes too late", before=released_while_debited, act=settles, ends=(CAME_TOO_LATE,)),
)
