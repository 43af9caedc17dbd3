"""Idempotent booking, and how many holds one may have."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from mentormap.bookings import cancellation, idempotency
from mentormap.bookings.checkout import book
from mentormap.bookings.errors import PaymentsUnavailable
from mentormap.bookings.idempotency import IdempotencyRequest, KeyReused, RequestInProgress
from mentormap.bookings.limits import TooManyHolds
from mentormap.bookings.models import BookingKey, Session
from mentormap.bookings.reconciliation import reconcile
from mentormap.bookings.slots.finder import TimeTaken
from mentormap.mentors.models import Mentor
from mentormap.payments.models import Payment
from tests import make
from tests.conftest import StandingClock, Stripe
from tests.make import TUESDAY_14

pytestmark = pytest.mark.django_db


def test_the_same_key_gets_the_same_hold(stripe: Stripe, clock: StandingClock) -> None:
    asked = make.request(student=make.sam(), mentor=make.mentor(), starts_at=TUESDAY_14, key="k")
    first = book(asked, origin=make.ORIGIN, now=clock.now)
    again = book(asked, origin=make.ORIGIN, now=clock.advance(hours=23))
    assert (again.pk, again.payment.checkout_url) == (first.pk, first.payment.checkout_url)


def test_a_key_is_forgotten_after_a_day(stripe: Stripe, clock: StandingClock) -> None:
    asked = make.request(student=make.sam(), mentor=make.mentor(), starts_at=TUESDAY_14, key="k")
    first = book(asked, origin=make.ORIGIN, now=clock.now)
    assert book(asked, origin=make.ORIGIN, now=clock.advance(hours=24)).pk != first.pk


def test_a_key_with_another_booking_is_refused(stripe: Stripe, now: datetime) -> None:
    sam, maya = make.sam(), make.mentor()
    book(make.request(student=sam, mentor=maya, starts_at=TUESDAY_14, key="k"), origin=make.ORIGIN, now=now)
    other = make.request(student=sam, mentor=maya, starts_at=TUESDAY_14, minutes=30, key="k")
    with pytest.raises(KeyReused):
        book(other, origin=make.ORIGIN, now=now)


def test_keys_of_different_students_do_not_meet(stripe: Stripe, now: datetime) -> None:
    maya = make.mentor()
    book(
        make.request(student=make.sam(), mentor=maya, starts_at=TUESDAY_14, key="k"),
        origin=make.ORIGIN,
        now=now,
    )
    later = make.request(student=make.olga(), mentor=maya, starts_at=TUESDAY_14 + timedelta(hours=2), key="k")
    assert book(later, origin=make.ORIGIN, now=now).is_hold


def test_a_request_whose_checkout_is_unfinished_is_continued(stripe: Stripe, clock: StandingClock) -> None:
    asked = make.request(student=make.sam(), mentor=make.mentor(), starts_at=TUESDAY_14, key="k")
    first = book(asked, origin=make.ORIGIN, now=clock.now)
    url = first.payment.checkout_url
    Payment.objects.update(checkout_id=None, checkout_url="", state=Payment.State.CREATED)
    with pytest.raises(RequestInProgress):
        book(asked, origin=make.ORIGIN, now=clock.advance(seconds=30))
    again = book(asked, origin=make.ORIGIN, now=clock.advance(seconds=60))
    assert (again.pk, again.payment.checkout_url) == (first.pk, url)


@pytest.mark.parametrize("is_answered", [False, True])
def test_of_two_at_once_the_later_leaves_the_others_hold_alone(
    stripe: Stripe, now: datetime, monkeypatch: pytest.MonkeyPatch, is_answered: bool
) -> None:
    """The first holds the time just after the second has looked for what their key made."""
    asked = make.request(student=make.sam(), mentor=make.mentor(), starts_at=TUESDAY_14, key="k")
    look = idempotency.earlier

    def look_too_early(request: IdempotencyRequest, *, now: datetime) -> None:
        monkeypatch.setattr(idempotency, "earlier", look)
        book(asked, origin=make.ORIGIN, now=now)
        if not is_answered:
            Payment.objects.update(checkout_id=None, checkout_url="", state=Payment.State.CREATED)

    monkeypatch.setattr(idempotency, "earlier", look_too_early)
    if is_answered:
        assert book(asked, origin=make.ORIGIN, now=now) == Session.objects.get()
    else:
        with pytest.raises(RequestInProgress):
            book(asked, origin=make.ORIGIN, now=now)
    assert Session.objects.get().is_hold


def test_what_failed_does_not_bind_the_key(stripe: Stripe, now: datetime) -> None:
    asked = make.request(student=make.sam(), mentor=make.mentor(), starts_at=TUESDAY_14, key="k")
    stripe.sandbox.add_fault("server_error", method="POST", path="/v1/checkout/sessions", times=3)
    with pytest.raises(PaymentsUnavailable):
        book(asked, origin=make.ORIGIN, now=now)
    assert not BookingKey.objects.exists()
    assert book(asked, origin=make.ORIGIN, now=now).is_hold


@pytest.mark.parametrize("who", ["reconciler", "student"])
def test_a_hold_that_was_ended_before_anybody_was_answered_frees_its_key(
    stripe: Stripe, clock: StandingClock, who: str
) -> None:
    """Its process was killed after it had held the time."""
    asked = make.request(student=make.sam(), mentor=make.mentor(), starts_at=TUESDAY_14, key="k")
    first = book(asked, origin=make.ORIGIN, now=clock.now)
    Payment.objects.update(checkout_id=None, checkout_url="", state=Payment.State.CREATED)
    first.payment.refresh_from_db()
    if who == "reconciler":
        reconcile.run(clock.advance(minutes=3))
    else:
        cancellation.release(first, actor=first.student, now=clock.now)
    again = book(asked, origin=make.ORIGIN, now=clock.now)
    assert again.pk != first.pk
    assert (again.is_hold, again.payment.state) == (True, Payment.State.OPEN)


def holds(stripe: Stripe, now: datetime, count: int, **fields: Any) -> list[Mentor]:
    """As many mentors, with each of whom Sam holds the same hour."""
    sam, mentors = make.sam(), make.mentors(count)
    for one in mentors:
        asked = make.request(student=sam, mentor=one, starts_at=TUESDAY_14, **fields)
        book(asked, origin=make.ORIGIN, now=now)
    return mentors


def test_a_student_has_at_most_three_holds(stripe: Stripe, clock: StandingClock) -> None:
    holds(stripe, clock.now, 3)
    sam, maya = Session.objects.latest("pk").student, make.mentor()
    asked = make.request(student=sam, mentor=maya, starts_at=TUESDAY_14)
    with pytest.raises(TooManyHolds) as refusal:
        book(asked, origin=make.ORIGIN, now=clock.advance(minutes=5))
    assert refusal.value.retry_after == 30 * 60
    assert Session.objects.count() == 3


def test_an_address_has_its_own_cap(stripe: Stripe, now: datetime, settings: Settings) -> None:
    settings.HOLDS_PER_ADDRESS = 2
    mentors = holds(stripe, now, 2, address="192.0.2.7")
    olga = make.olga()
    wish = {"student": olga, "mentor": mentors[0], "starts_at": TUESDAY_14 + timedelta(hours=2)}
    with pytest.raises(TooManyHolds) as refusal:
        book(make.request(**wish, address="192.0.2.7"), origin=make.ORIGIN, now=now)  # type: ignore[arg-type]
    assert refusal.value.sentence == (
        "2 times that are not paid yet are held from your network address, and that is the most. "
        "The first of them ends within 35 minutes: try again then."
    )
    assert book(make.request(**wish, address="192.0.2.8"), origin=make.ORIGIN, now=now).is_hold  # type: ignore[arg-type]


def test_taken_time_is_said_before_the_cap(stripe: Stripe, now: datetime) -> None:
    mentors = holds(stripe, now, 3)
    sam = Session.objects.latest("pk").student
    taken = TUESDAY_14 + timedelta(hours=3)
    make.session(student=make.olga(), mentor=mentors[0], starts_at=taken)
    with pytest.raises(TimeTaken):
        book(make.request(student=sam, mentor=mentors[0], starts_at=taken), origin=make.ORIGIN, now=now)
