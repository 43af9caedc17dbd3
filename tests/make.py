"""Builders of the cast and of what they do: Maya mentors, Sam learns, Olga is a stranger, Ada operates."""

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from django.contrib.admin.models import CHANGE, LogEntry

from mentormap.accounts.models import User
from mentormap.availability import reservations
from mentormap.availability.models import BookingRules, BusyCalendar, BusyTime, WeeklyHours
from mentormap.bookings import no_shows
from mentormap.bookings.booking_request import BookingRequest
from mentormap.bookings.checkout import book
from mentormap.bookings.models import (
    TIME_BEFORE_REPORT,
    PaymentStatus,
    Session,
    SessionHistory,
    SessionStatus,
)
from mentormap.bookings.notices import write
from mentormap.bookings.policy import CancellationPolicy
from mentormap.bookings.reconciliation.ledger import ledgers
from mentormap.bookings.settlement.settle import settle
from mentormap.lib.money import Money, price_of
from mentormap.lib.spans import Span, cells
from mentormap.mentors.models import Expertise, Mentor
from mentormap.mentors.reviews import record_review
from mentormap.notifications import suppressions
from mentormap.notifications.models import Suppression
from mentormap.payments import flags
from mentormap.payments.models import Flag, Payment, Refund, StripeEvent

if TYPE_CHECKING:
    from tests.conftest import Stripe

TUESDAY_14 = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
"""Tomorrow for the standing clock, within every mentor's hours."""
PASSWORD = "a-fine-password-for-tests"
ORIGIN = "http://testserver"


def person(name: str, *, email: str = "", verified: bool = True, **fields: Any) -> User:
    """Somebody who can log in with PASSWORD."""
    fields.setdefault("time_zone", "Europe/Berlin")
    user = User.objects.create_user(email or f"{name.lower()}@example.com", PASSWORD, name=name, **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=verified, primary=True)
    return user


def sam(**fields: Any) -> User:
    """A student in Berlin."""
    return person("Sam", **fields)


def olga(**fields: Any) -> User:
    """A stranger in New York."""
    fields.setdefault("time_zone", "America/New_York")
    return person("Olga", **fields)


def ada(**fields: Any) -> User:
    """An operator in London."""
    fields.setdefault("time_zone", "Europe/London")
    return person("Ada", is_staff=True, is_superuser=True, **fields)


def mentor(
    user: User | None = None,
    *,
    rate: Money = Money(12_000, "USD"),  # noqa: B008 - frozen
    zone: str = "Europe/Berlin",
    expertise: tuple[str, ...] = ("System design",),
    hours: tuple[tuple[time, time], ...] = ((time(8), time(20)),),
    notice_minutes: int = 0,
    **fields: Any,
) -> Mentor:
    """A published mentor with the same hours every day; Maya unless told otherwise."""
    facts = {
        "headline": "Staff engineer who makes systems simple",
        "about": "I have run large systems for fifteen years and like to draw them on one page.",
        "state": Mentor.State.PUBLISHED,
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    } | fields
    made = Mentor.objects.create(
        user=user or person("Maya", time_zone=zone),
        hourly_rate_minor=rate.minor,
        currency=rate.currency,
        time_zone=zone,
        **facts,
    )
    made.expertise.add(*(_expertise(name) for name in expertise))
    WeeklyHours.objects.bulk_create(
        WeeklyHours(mentor=made, weekday=weekday, starts=starts, ends=ends)
        for weekday in range(7)
        for starts, ends in hours
    )
    BookingRules.objects.create(mentor=made, minimum_notice_minutes=notice_minutes)
    return made


def maya() -> Mentor:
    """For parameters that are called `mentor`."""
    return mentor()


def _expertise(name: str) -> Expertise:
    found, _ = Expertise.objects.get_or_create(name=name, slug=name.lower().replace(" ", "-"))
    return found


def mentors(count: int, **fields: Any) -> list[Mentor]:
    """As many published mentors, none of them Maya."""
    return [mentor(person(f"Mentor{number}"), **fields) for number in range(count)]


def busy_calendar(mentor: Mentor, *spans: Span, now: datetime, **fields: Any) -> BusyCalendar:
    """A calendar of the mentor's that was read just now, with these busy times."""
    facts: dict[str, Any] = {
        "url": f"https://calendar.example.com/{BusyCalendar.objects.count()}/secret.ics",
        "added_at": now,
        "next_read_at": now + timedelta(minutes=15),
        "read_at": now,
    } | fields
    calendar = BusyCalendar.objects.create(mentor=mentor, **facts)
    BusyTime.objects.bulk_create(
        BusyTime(calendar=calendar, starts_at=span.starts_at, ends_at=span.ends_at) for span in spans
    )
    return calendar


def session(
    *,
    student: User,
    mentor: Mentor,
    starts_at: datetime,
    minutes: int = 60,
    status: str = SessionStatus.SCHEDULED,
    payment_status: str = PaymentStatus.PAID,
    source: str = Payment.Source.STRIPE,
    created_at: datetime | None = None,
    **fields: Any,
) -> Session:
    """A row in any state, as if Stripe had said so, without asking Stripe; live ones reserve their cells."""
    rate = mentor.hourly_rate or Money(12_000, "USD")
    price = price_of(rate, minutes=minutes)
    created_at = created_at or starts_at - timedelta(days=2)
    ends_at = starts_at + timedelta(minutes=minutes)
    is_paid = payment_status != PaymentStatus.PENDING
    made = Session(
        student=student,
        mentor=mentor,
        title="System design review",
        description="Need help with distributed systems",
        scheduled_at=starts_at,
        earliest_start=starts_at,
        duration_minutes=minutes,
        ends_at=ends_at,
        reserves_from=starts_at,
        reserves_to=ends_at,
        status=status,
        payment_status=payment_status,
        price=price.major,
        currency=price.currency,
        policy=CancellationPolicy.of(mentor).to_json(),
        created_at=created_at,
        was_paid=is_paid,
        hold_expires_at=None if is_paid else created_at + timedelta(minutes=35),
    )
    for name, value in fields.items():
        setattr(made, name, value)
    made.payment = _payment(made, price, source=source, created_at=created_at)
    made.stripe_payment_id = made.payment.payment_intent_id or None
    made.save()
    SessionHistory.objects.create(
        session=made,
        at=created_at,
        to_status=status,
        to_payment_status=payment_status,
        why="Made for a test.",
    )
    if status == SessionStatus.SCHEDULED:
        reservations.reserve(mentor_id=mentor.pk, session_id=made.pk, cells=cells(Span(starts_at, ends_at)))
    return made


def traces(session: Session, *, at: datetime) -> None:
    """One more row in each of the operator's tables, about this session and its student, who has lost and said everything."""
    student, mentor, payment = session.student, session.mentor, session.payment
    write.session_cancelled(session, now=at)
    Refund.objects.create(payment=payment, amount_minor=1, currency="USD", created_at=at, updated_at=at)
    StripeEvent.objects.create(
        event_id=f"evt_{session.pk}", body={}, source="poller", received_at=at, payment=payment
    )
    suppressions.suppress(student.email, Suppression.Reason.BOUNCE, detail="550 no such user", at=at)
    LogEntry.objects.log_actions(student.pk, [session], CHANGE, change_message="Cancel with refund")
    no_shows.report(session, actor=student, text="", now=max(at, session.scheduled_at + TIME_BEFORE_REPORT))
    flags.raise_flag(payment, Flag.Name.DISPUTED, "Disputed.", now=at)
    record_review(mentor=mentor, student=student, session_id=session.pk, stars=5, text="", now=at)


def _payment(session: Session, price: Money, *, source: str, created_at: datetime) -> Payment:
    is_paid = session.payment_status != PaymentStatus.PENDING
    is_refunded = session.payment_status == PaymentStatus.REFUNDED
    is_hold = session.is_hold
    state = Payment.State.PAID if is_paid else Payment.State.OPEN if is_hold else Payment.State.EXPIRED
    number = session.uid.hex
    return Payment.objects.create(
        source=source,
        state=state,
        reference=number,
        amount_minor=price.minor,
        currency=price.currency,
        idempotency_key=f"test-{number}",
        checkout_id=f"cs_test_{number}" if source == Payment.Source.STRIPE else None,
        checkout_url=f"http://localhost:12111/c/pay/cs_test_{number}" if is_hold else "",
        payment_intent_id=f"pi_{number}" if is_paid and source == Payment.Source.STRIPE else "",
        captured_minor=price.minor if is_paid else 0,
        owed_minor=price.minor if is_refunded else 0,
        refunded_minor=price.minor if is_refunded else 0,
        expires_at=created_at + timedelta(minutes=35),
        created_at=created_at,
        paid_at=created_at if is_paid else None,
    )


def request(
    *, student: User, mentor: Mentor, starts_at: datetime, minutes: int = 60, **fields: Any
) -> BookingRequest:
    """What Sam asks for in the brief, of the mentor as a request reads them."""
    found = Mentor.objects.select_related("user", "booking_rules").get(pk=mentor.pk)
    facts = {"title": "System Design Review", "description": "Need help with distributed systems"} | fields
    return BookingRequest(
        student=student, mentor=found, starts_at=starts_at, duration_minutes=minutes, **facts
    )


def hold(
    *,
    now: datetime,
    student: User | None = None,
    mentor: Mentor | None = None,
    starts_at: datetime = TUESDAY_14,
    minutes: int = 60,
) -> Session:
    """A hold with its open checkout at the sandbox: needs the `stripe` fixture. Sam's hour with Maya by default."""
    asked = request(student=student or sam(), mentor=mentor or maya(), starts_at=starts_at, minutes=minutes)
    return book(asked, origin=ORIGIN, now=now)


def booked(
    stripe: "Stripe", *, now: datetime, card: str = "4242424242424242", rate: Money | None = None
) -> Session:
    """Sam's hour with Maya, paid and settled."""
    held = hold(now=now, mentor=mentor(rate=rate) if rate else None)
    stripe.pay(held.payment.checkout_id, card=card)
    settle(held.payment_id, now=now)
    return current(held)


def current(session: Session) -> Session:
    """As the database has it."""
    return Session.objects.with_people().get(pk=session.pk)


def states(session: Session) -> tuple[str, str, str]:
    """Status, payment status and the payment's own state, read again."""
    session.refresh_from_db()
    session.payment.refresh_from_db()
    return session.status, session.payment_status, session.payment.state


def assert_books_agree() -> None:
    """Of at least one currency, as nothing agrees with nothing."""
    lines = list(ledgers().values())
    assert lines
    assert [line for line in lines if not line.agree] == []
