"""Booking: the hold, the checkout, and every reason to refuse."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from mentormap.accounts.models import User
from mentormap.availability.models import ReservedCell
from mentormap.bookings import cancellation
from mentormap.bookings.booking_request import (
    EmailNotVerified,
    MentorNotBookable,
    OwnMentor,
    TitleMissing,
    TitleTooLong,
)
from mentormap.bookings.cancellation import HoldNotEnded, JustPaid
from mentormap.bookings.checkout import book
from mentormap.bookings.errors import PaymentsUnavailable, Refused
from mentormap.bookings.models import Session
from mentormap.bookings.settlement import settle
from mentormap.bookings.slots.finder import BadDuration, OffGrid, OutsideHours, PastTime, TimeTaken
from mentormap.mentors.models import Mentor
from mentormap.payments import gateway
from mentormap.payments.models import Payment
from tests import make
from tests.conftest import StandingClock, Stripe
from tests.make import TUESDAY_14
from tests.sandbox_client import pay_by_debit

pytestmark = pytest.mark.django_db


def test_a_booking_holds_the_time_and_opens_a_checkout(stripe: Stripe, now: datetime) -> None:
    session = make.hold(now=now)
    assert make.states(session) == ("scheduled", "pending", "open")
    assert session.payment.checkout_url.startswith("http://localhost:12111/c/pay/cs_test_")
    assert session.hold_expires_at == now + timedelta(minutes=35)
    assert session.money.minor == 12_000
    cells = ReservedCell.objects.filter(session_id=session.pk).values_list("starts_at", flat=True)
    assert sorted(cells) == [TUESDAY_14 + timedelta(minutes=15) * step for step in range(4)]


def test_a_title_is_one_line_wherever_it_is_named(stripe: Stripe, now: datetime) -> None:
    """Letters put it beside "What:", and a line break would let it speak in the site's name."""
    title = " Design\r\n\r\nYour account is closed\u2028now "
    asked = make.request(
        student=make.sam(), mentor=make.mentor(), starts_at=now + timedelta(days=1), title=title
    )
    assert book(asked, origin=make.ORIGIN, now=now).title == "Design Your account is closed now"
    assert book(asked, origin=make.ORIGIN, now=now).title == "Design Your account is closed now"


def test_a_paid_checkout_confirms_the_session(stripe: Stripe, now: datetime) -> None:
    session = make.hold(now=now)
    stripe.pay(session.payment.checkout_id)
    settle.settle(session.payment_id, now=now)
    assert make.states(session) == ("scheduled", "paid", "paid")
    assert session.stripe_payment_id is not None
    assert session.payment.captured_minor == 12_000
    assert [row.why for row in session.history.all()] == ["Held until paid.", "Paid."]


def test_taken_time_is_refused_with_the_next_open_times(stripe: Stripe, now: datetime) -> None:
    maya = make.mentor()
    make.hold(student=make.sam(), mentor=maya, starts_at=TUESDAY_14, now=now)
    late = TUESDAY_14 + timedelta(minutes=30)
    with pytest.raises(TimeTaken) as refusal:
        make.hold(student=make.olga(), mentor=maya, starts_at=late, minutes=30, now=now)
    assert refusal.value.next_open == [late + timedelta(minutes=30) * step for step in (1, 2, 3)]
    assert Session.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"minutes": 45}, BadDuration),
        ({"title": "  "}, TitleMissing),
        ({"title": "\u200b\u202e"}, TitleMissing),
        ({"title": "x" * 201}, TitleTooLong),
        ({"starts_at": datetime(2026, 11, 22, 14, 0, tzinfo=UTC)}, PastTime),
        ({"starts_at": TUESDAY_14 + timedelta(minutes=7)}, OffGrid),
        ({"starts_at": TUESDAY_14 + timedelta(hours=12)}, OutsideHours),
        ({"starts_at": TUESDAY_14 + timedelta(days=90)}, OutsideHours),
    ],
)
def test_what_breaks_a_rule_is_refused_before_anything_is_held(
    stripe: Stripe, now: datetime, change: dict[str, object], kind: type[Refused]
) -> None:
    facts = {"student": make.sam(), "mentor": make.mentor(), "starts_at": TUESDAY_14} | change
    with pytest.raises(kind):
        book(make.request(**facts), origin=make.ORIGIN, now=now)  # type: ignore[arg-type]
    assert not Session.objects.exists()


def test_nobody_books_themselves(stripe: Stripe, now: datetime) -> None:
    maya = make.mentor()
    with pytest.raises(OwnMentor):
        make.hold(student=maya.user, mentor=maya, starts_at=TUESDAY_14, now=now)


@pytest.mark.parametrize("state", [Mentor.State.DRAFT, Mentor.State.PAUSED])
def test_a_mentor_who_takes_no_bookings_is_unknown(stripe: Stripe, now: datetime, state: str) -> None:
    with pytest.raises(MentorNotBookable):
        make.hold(student=make.sam(), mentor=make.mentor(state=state), starts_at=TUESDAY_14, now=now)


def test_an_unverified_student_is_told_where_the_mail_went(stripe: Stripe, now: datetime) -> None:
    sam = make.sam(verified=False)
    with pytest.raises(EmailNotVerified, match=r"sam@example\.com"):
        make.hold(student=sam, mentor=make.mentor(), starts_at=TUESDAY_14, now=now)


def test_the_same_request_again_continues_the_hold(stripe: Stripe, now: datetime) -> None:
    sam, maya = make.sam(), make.mentor()
    first = make.hold(student=sam, mentor=maya, starts_at=TUESDAY_14, now=now)
    assert make.hold(student=sam, mentor=maya, starts_at=TUESDAY_14, now=now) == first
    assert Session.objects.count() == 1


def test_another_duration_replaces_the_own_hold(stripe: Stripe, now: datetime) -> None:
    sam, maya = make.sam(), make.mentor()
    first = make.hold(student=sam, mentor=maya, starts_at=TUESDAY_14, now=now)
    second = make.hold(student=sam, mentor=maya, starts_at=TUESDAY_14, minutes=90, now=now)
    assert make.states(first) == ("cancelled", "pending", "expired")
    assert make.states(second) == ("scheduled", "pending", "open")


@pytest.mark.parametrize("kind", ["server_error", "rate_limit", "timeout_before", "reset_before"])
def test_when_stripe_cannot_be_reached_the_hold_is_released(stripe: Stripe, now: datetime, kind: str) -> None:
    stripe.sandbox.add_fault(kind, method="POST", path="/v1/checkout/sessions", times=10)
    with pytest.raises(PaymentsUnavailable):
        make.hold(now=now)
    session = Session.objects.get()
    assert make.states(session) == ("cancelled", "pending", "unknown")
    assert not ReservedCell.objects.exists()


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (
            TUESDAY_14,
            "Full refund until Mon 23 Nov 2026, 15:00 (Europe/Berlin), then 40%, none after the start.",
        ),
        (TUESDAY_14 - timedelta(days=1), "A cancellation brings 40% back until the start, nothing after."),
    ],
)
def test_where_they_pay_students_read_the_policy(
    stripe: Stripe, now: datetime, start: datetime, words: str
) -> None:
    maya = make.mentor(late_refund_percent=40)
    session = make.hold(student=make.sam(), mentor=maya, starts_at=start, now=now)
    shown = gateway.client().v1.checkout.sessions.retrieve(session.payment.checkout_id or "")
    assert shown.custom_text.submit is not None
    assert shown.custom_text.submit.message == words


def test_letting_go_frees_the_time_and_ends_the_checkout(stripe: Stripe, now: datetime) -> None:
    session = make.hold(now=now)
    cancellation.release(session, actor=session.student, now=now)
    assert make.states(session) == ("cancelled", "pending", "expired")
    assert not ReservedCell.objects.exists()
    last = session.history.order_by("pk").last()
    assert last is not None
    assert (last.why, last.actor) == ("Let go before it was paid.", session.student)


def test_letting_go_of_what_was_just_paid_confirms_it(stripe: Stripe, now: datetime) -> None:
    session = make.hold(now=now)
    stripe.pay(session.payment.checkout_id)
    assert cancellation.release(session, actor=session.student, now=now).is_upcoming


def test_a_hold_outlives_an_unreachable_stripe(stripe: Stripe, now: datetime) -> None:
    session = make.hold(now=now)
    stripe.sandbox.add_fault("server_error", times=20)
    with pytest.raises(PaymentsUnavailable):
        cancellation.release(session, actor=session.student, now=now)
    assert make.states(session) == ("scheduled", "pending", "open")


def stays_open(stripe: Stripe) -> None:
    """Stripe refuses to expire any checkout, and answers what it is asked."""
    stripe.sandbox.add_fault("forbidden", method="POST", path="/v1/checkout/sessions/*/expire", times=20)


@pytest.mark.parametrize("end", [cancellation.release, cancellation.cancel])
def test_a_checkout_that_stripe_leaves_open_keeps_its_hold(
    stripe: Stripe, now: datetime, end: Callable[..., Session]
) -> None:
    session = make.hold(now=now)
    stays_open(stripe)
    with pytest.raises(HoldNotEnded):
        end(session, actor=session.student, now=now)
    assert make.states(session) == ("scheduled", "pending", "open")
    assert ReservedCell.objects.filter(session_id=session.pk).count() == 4
    stripe.pay(session.payment.checkout_id)
    settle.settle(session.payment_id, now=now)
    assert make.states(session) == ("scheduled", "paid", "paid")


def test_booking_again_opens_no_second_page_while_the_first_can_be_paid(
    stripe: Stripe, now: datetime
) -> None:
    sam, maya = make.sam(), make.mentor()
    first = make.hold(student=sam, mentor=maya, starts_at=TUESDAY_14, now=now)
    stays_open(stripe)
    with pytest.raises(HoldNotEnded):
        make.hold(student=sam, mentor=maya, starts_at=TUESDAY_14 + timedelta(hours=2), now=now)
    assert make.states(first) == ("scheduled", "pending", "open")
    assert Session.objects.count() == 1


def test_a_debit_that_began_a_moment_ago_can_be_let_go(stripe: Stripe, now: datetime) -> None:
    """Its page can no longer be paid, and what the debit brings goes back."""
    session = make.hold(now=now)
    pay_by_debit(stripe.sandbox, session.payment.checkout_id or "")
    assert cancellation.release(session, actor=session.student, now=now).is_released
    assert make.states(session) == ("cancelled", "pending", "processing")


def test_the_student_is_asked_the_same_price_that_was_frozen(stripe: Stripe, clock: StandingClock) -> None:
    maya = make.mentor()
    session = make.hold(student=make.sam(), mentor=maya, starts_at=TUESDAY_14, now=clock.now)
    Mentor.objects.update(hourly_rate_minor=99_900)
    stripe.pay(session.payment.checkout_id)
    settle.settle(session.payment_id, now=clock.now)
    assert make.states(session) == ("scheduled", "paid", "paid")


def test_builders_make_whole_people(now: datetime) -> None:
    assert User.objects.count() == 0
    assert make.mentor().user.name == "Maya"
    assert Payment.objects.count() == 0


def test_cancelling_what_was_just_paid_asks_again(stripe: Stripe, now: datetime) -> None:
    session = make.hold(now=now)
    stripe.pay(session.payment.checkout_id)
    with pytest.raises(JustPaid, match=r"120\.00"):
        cancellation.cancel(session, actor=session.student, now=now)
    assert make.states(session) == ("scheduled", "paid", "paid")
    assert make.states(cancellation.cancel(session, actor=session.student, now=now)) == (
        "cancelled",
        "refunded",
        "paid",
    )


def test_the_same_request_after_the_time_to_pay_holds_anew(stripe: Stripe, clock: StandingClock) -> None:
    sam, maya = make.sam(), make.mentor()
    first = make.hold(student=sam, mentor=maya, starts_at=TUESDAY_14, now=clock.now)
    second = make.hold(student=sam, mentor=maya, starts_at=TUESDAY_14, now=clock.advance(minutes=36))
    assert make.states(first) == ("cancelled", "pending", "expired")
    assert make.states(second) == ("scheduled", "pending", "open")
