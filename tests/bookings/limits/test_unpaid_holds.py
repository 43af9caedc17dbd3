"""Unpaid holds with one mentor: after three within 24 hours, or 120 minutes, a student pauses; a network after more."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from mentormap.accounts.models import User
from mentormap.bookings import cancellation, limits
from mentormap.bookings.checkout import book
from mentormap.bookings.errors import PaymentsUnavailable, RefusalKind
from mentormap.bookings.limits import HoldsPaused, TooManyHolds
from mentormap.bookings.models import Session
from mentormap.bookings.reconciliation import reconcile
from mentormap.bookings.settlement.settle import settle
from mentormap.mentors.models import Mentor
from mentormap.payments.models import Payment
from stripe_sandbox import debits
from tests import make
from tests.conftest import StandingClock, Stripe
from tests.sandbox_client import pay_by_debit

pytestmark = pytest.mark.django_db
THURSDAY_8 = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)


@pytest.fixture
def maya(db: None) -> Mentor:
    return make.mentor()


@pytest.fixture(autouse=True)
def slow_banks(monkeypatch: pytest.MonkeyPatch) -> None:
    """No debit settles by itself."""
    monkeypatch.setattr(debits, "SETTLES_AFTER", timedelta(days=30).total_seconds())


def hold(student: User, mentor: Mentor, now: datetime, *, hour: int = 0, **fields: Any) -> Session:
    asked = make.request(
        student=student, mentor=mentor, starts_at=THURSDAY_8 + timedelta(hours=hour), **fields
    )
    return book(asked, origin=make.ORIGIN, now=now)


def expire(session: Session, clock: StandingClock, **span: float) -> None:
    """Nobody pays, and the jobs end the hold."""
    reconcile.run(clock.advance(**span))
    session.refresh_from_db()
    assert session.is_released


def test_after_three_holds_that_were_not_paid_there_is_a_pause(
    stripe: Stripe, sam: User, maya: Mentor, clock: StandingClock
) -> None:
    begun = clock.now
    for hour in range(3):
        expire(hold(sam, maya, clock.now, hour=hour), clock, minutes=36)
    with pytest.raises(HoldsPaused) as refusal:
        hold(sam, maya, clock.now)
    end = begun + timedelta(hours=24, minutes=36)
    assert (refusal.value.ends_at, refusal.value.kind) == (end, RefusalKind.LIMIT)
    assert refusal.value.retry_after == int((end - clock.now).total_seconds()) + 1
    assert "You can hold a time again from Tue 24 Nov 2026, 10:36 (Europe/Berlin)." in refusal.value.sentence
    other = make.mentor(make.person("Mia"))
    assert hold(sam, other, clock.now).is_hold
    assert hold(make.olga(), maya, clock.now).is_hold
    clock.now = end
    assert hold(sam, maya, clock.now, hour=2).is_hold


def test_holds_that_were_paid_do_not_count(stripe: Stripe, sam: User, maya: Mentor, now: datetime) -> None:
    for hour in range(4):
        held = hold(sam, maya, now, hour=hour)
        stripe.pay(held.payment.checkout_id)
        settle(held.payment_id, now=now)
    assert hold(sam, maya, now, hour=5).is_hold


def test_a_new_title_renews_a_hold_no_more_than_twice(
    stripe: Stripe, sam: User, maya: Mentor, clock: StandingClock
) -> None:
    """The refusal leaves the third alone: it can still be paid."""
    for number in range(3):
        last = hold(sam, maya, clock.now, title=f"Title {number}")
        clock.advance(minutes=5)
    with pytest.raises(HoldsPaused):
        hold(sam, maya, clock.now, title="Title 3")
    assert hold(sam, maya, clock.now, title="Title 2") == last
    stripe.pay(last.payment.checkout_id)
    settle(last.payment_id, now=clock.now)
    last.refresh_from_db()
    assert last.is_upcoming


@pytest.mark.parametrize("minutes", [30, 120])
def test_holds_are_counted_by_the_minutes_for_which_their_time_was_reserved(
    stripe: Stripe, sam: User, maya: Mentor, clock: StandingClock, settings: Settings, minutes: int
) -> None:
    settings.HOLD_MINUTES = 60
    for hour in (0, 4):
        expire(hold(sam, maya, clock.now, hour=hour, minutes=minutes), clock, minutes=61)
    with pytest.raises(HoldsPaused):
        hold(sam, maya, clock.now, minutes=30)


def test_a_hold_that_is_let_go_soon_counts_few_minutes(
    stripe: Stripe, sam: User, maya: Mentor, clock: StandingClock, settings: Settings
) -> None:
    settings.HOLD_MINUTES = 115
    first = hold(sam, maya, clock.now)
    cancellation.release(first, actor=sam, now=clock.advance(minutes=4))
    expire(hold(sam, maya, clock.now), clock, minutes=116)
    assert hold(sam, maya, clock.now).is_hold


def test_a_checkout_that_is_ended_late_counts_until_its_end(
    stripe: Stripe, sam: User, maya: Mentor, clock: StandingClock
) -> None:
    """Nobody is paused because Stripe or the worker was away."""
    expire(hold(sam, maya, clock.now), clock, hours=5)
    assert hold(sam, maya, clock.now).is_hold


def test_a_payment_page_that_could_not_be_opened_does_not_count(
    stripe: Stripe, sam: User, maya: Mentor, now: datetime
) -> None:
    for hour in range(3):
        stripe.sandbox.add_fault("unavailable", method="POST", path="/v1/checkout/sessions", times=3)
        with pytest.raises(PaymentsUnavailable):
            hold(sam, maya, now, hour=hour)
    assert hold(sam, maya, now).is_hold


def debit(session: Session, stripe: Stripe, now: datetime) -> None:
    """The student's bank is asked."""
    pay_by_debit(stripe.sandbox, session.payment.checkout_id or "")
    settle(session.payment_id, now=now)


def bounce(session: Session, stripe: Stripe, now: datetime) -> None:
    """The bank refuses."""
    stripe.sandbox.settle(session.payment.checkout_id or "", succeeds=False)
    settle(session.payment_id, now=now)
    session.refresh_from_db()
    assert (session.is_released, session.payment.state) == (True, Payment.State.FAILED)


@pytest.mark.parametrize("hours", [3, 50])
def test_a_debit_under_way_leaves_room_for_another_hold_and_counts_once_it_has_failed(
    stripe: Stripe, sam: User, maya: Mentor, clock: StandingClock, hours: int
) -> None:
    """Banks take days: those within the last 24 hours count, whenever it began."""
    held = hold(sam, maya, clock.now)
    debit(held, stripe, clock.now)
    failed_at = clock.advance(hours=hours)
    other = hold(sam, maya, clock.now, hour=2)
    assert cancellation.release(other, actor=sam, now=clock.now).is_released
    bounce(held, stripe, clock.now)
    with pytest.raises(HoldsPaused) as refusal:
        hold(sam, maya, clock.now, hour=2)
    end = failed_at + timedelta(hours=22, minutes=1)
    assert refusal.value.ends_at == end
    clock.now = end
    assert hold(sam, maya, clock.now, hour=24).is_hold


@pytest.mark.parametrize("are_released", [False, True])
def test_three_debits_that_fail_after_days_lead_to_a_pause_that_names_its_end(
    stripe: Stripe, sam: User, maya: Mentor, clock: StandingClock, are_released: bool
) -> None:
    """Letting go of them just before the bank refuses changes nothing."""
    held: list[Session] = []
    for hour in range(3):
        held.append(hold(sam, maya, clock.now, hour=hour))
        debit(held[-1], stripe, clock.now)
    failed_at = clock.advance(hours=50)
    for each in held:
        if are_released:
            cancellation.release(each, actor=sam, now=clock.now)
        else:
            bounce(each, stripe, clock.now)
    with pytest.raises(HoldsPaused) as refusal:
        hold(sam, maya, clock.now, hour=24)
    end = failed_at + timedelta(hours=24, minutes=1)
    assert refusal.value.ends_at == end
    with pytest.raises(HoldsPaused):
        hold(sam, maya, clock.advance(hours=23, minutes=59), hour=24)
    clock.now = end
    assert hold(sam, maya, clock.now, hour=24).is_hold


def test_a_pause_ends_once_enough_of_the_kept_time_is_a_day_old(
    stripe: Stripe, sam: User, maya: Mentor, clock: StandingClock, settings: Settings
) -> None:
    """Of two holds of 90 minutes one after the other, 61 minutes must be older."""
    settings.HOLD_MINUTES = 90
    begun = clock.now
    for hour in range(2):
        expire(hold(sam, maya, clock.now, hour=hour), clock, minutes=90)
    with pytest.raises(HoldsPaused) as refusal:
        hold(sam, maya, clock.now)
    assert refusal.value.ends_at == begun + timedelta(hours=24, minutes=61)
    assert hold(sam, maya, begun + timedelta(hours=24, minutes=61), hour=2).is_hold


def make_students(count: int) -> list[User]:
    return [make.person(f"Student{number}") for number in range(count)]


def test_a_network_holds_six_times_with_one_mentor(
    stripe: Stripe, maya: Mentor, clock: StandingClock
) -> None:
    """An IPv6 /64 is one; another mentor, or another network, is not stopped. The pause ends with the first of the holds."""
    *students, last = make_students(7)
    for hour, student in enumerate(students):
        hold(student, maya, clock.now, hour=hour, address=f"2001:db8:0:1::{hour}")
    now = clock.advance(minutes=5)
    with pytest.raises(HoldsPaused) as refusal:
        hold(last, maya, now, hour=7, address="2001:db8:0:1:ffff::1")
    assert refusal.value.ends_at == now + timedelta(minutes=31)
    other = make.mentor(make.person("Mia"))
    assert hold(last, other, now, address="2001:db8:0:1:ffff::1").is_hold
    assert hold(last, maya, now, hour=7, address="2001:db8:0:2::1").is_hold


def test_a_network_whose_debits_are_all_under_way_pauses_until_the_first_of_them_starts(
    stripe: Stripe, sam: User, maya: Mentor, clock: StandingClock, settings: Settings
) -> None:
    """Their times are free then at the latest; when the banks answer, nobody knows."""
    settings.HOLDS_PER_ADDRESS_AND_MENTOR = 1
    debit(hold(sam, maya, clock.now, address="192.0.2.7"), stripe, clock.now)
    with pytest.raises(HoldsPaused) as refusal:
        hold(make.olga(), maya, clock.advance(hours=3), hour=2, address="192.0.2.7")
    assert refusal.value.ends_at == THURSDAY_8 + timedelta(minutes=1)


def test_the_network_of_a_debit_counts_for_a_day_after_it_has_failed(
    stripe: Stripe, sam: User, maya: Mentor, clock: StandingClock
) -> None:
    held = hold(sam, maya, clock.now, address="192.0.2.7")
    debit(held, stripe, clock.now)
    bounce(held, stripe, clock.advance(hours=50))
    assert limits.forget_networks(now=clock.advance(hours=23)) == 0
    assert limits.forget_networks(now=clock.advance(hours=1)) == 1


def test_a_network_leaves_twelve_times_a_day_unpaid_with_one_mentor(
    stripe: Stripe, maya: Mentor, clock: StandingClock
) -> None:
    """Many accounts of one person do not empty a mentor's calendar."""
    begun, students = clock.now, make_students(8)
    for number in range(12):
        held = hold(students[number % 6], maya, clock.now, address="192.0.2.7")
        cancellation.release(held, actor=held.student, now=clock.advance(minutes=1))
    with pytest.raises(HoldsPaused) as refusal:
        hold(students[6], maya, clock.now, address="192.0.2.7")
    assert refusal.value.ends_at == begun + timedelta(hours=24, minutes=2)
    assert hold(students[7], maya, clock.now, address="192.0.2.8").is_hold


def test_the_cap_of_an_address_counts_an_ipv6_network_as_one(
    stripe: Stripe, now: datetime, settings: Settings
) -> None:
    settings.HOLDS_PER_ADDRESS = 2
    mentors = make.mentors(3)
    for number, student in enumerate(make_students(2)):
        hold(student, mentors[number], now, address=f"2001:db8::{number + 1}")
    with pytest.raises(TooManyHolds):
        hold(make.sam(), mentors[2], now, address="2001:db8::3")
    assert hold(make.olga(), mentors[2], now, address="2001:db8:0:1::3").is_hold


def test_where_holds_came_from_is_forgotten_after_a_day_and_once_they_are_paid(
    stripe: Stripe, sam: User, maya: Mentor, clock: StandingClock
) -> None:
    unpaid = hold(sam, maya, clock.now, address="192.0.2.7")
    cancellation.release(unpaid, actor=sam, now=clock.now)
    paid = hold(sam, maya, clock.now, address="192.0.2.7")
    stripe.pay(paid.payment.checkout_id)
    settle(paid.payment_id, now=clock.now)
    kept = Session.objects.order_by("pk").values_list("held_from", flat=True)
    assert list(kept) == ["192.0.2.7", ""]
    assert limits.forget_networks(now=clock.advance(hours=23)) == 0
    assert limits.forget_networks(now=clock.advance(hours=1)) == 1
    assert list(kept.all()) == ["", ""]
