"""Equal requests, without a key or with different ones: one hold, and the same answer for all."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from unittest.mock import Mock

import pytest

from mentormap.bookings import cancellation, idempotency
from mentormap.bookings.booking_request import BookingRequest
from mentormap.bookings.checkout import book, book_or_wait
from mentormap.bookings.errors import PaymentsUnavailable, RefusalKind
from mentormap.bookings.holds import own_holds
from mentormap.bookings.idempotency import KeyReused, RequestInProgress
from mentormap.bookings.models import BookingKey, Session
from mentormap.bookings.reconciliation import reconcile
from mentormap.bookings.settlement import settle
from mentormap.payments import gateway
from mentormap.payments.gateway import StripeRefused, StripeUnavailable
from mentormap.payments.models import Payment
from mentormap.payments.stripe_objects import StripeCheckout
from tests import make
from tests.conftest import StandingClock, Stripe
from tests.make import TUESDAY_14

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(stripe: Stripe) -> BookingRequest:
    """Sam's hour with Maya, without a key."""
    return make.request(student=make.sam(), mentor=make.mentor(), starts_at=TUESDAY_14)


def forget_checkout() -> dict[str, Any]:
    """As if the first request were still waiting for Stripe; gives what it will record."""
    payment = Payment.objects.get()
    known = {name: getattr(payment, name) for name in ("checkout_id", "checkout_url", "state")}
    Payment.objects.update(checkout_id=None, checkout_url="", state=Payment.State.CREATED)
    return known


def test_a_request_that_comes_while_the_first_is_at_stripe_leaves_its_hold_alone(
    asked: BookingRequest, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    create, twins = gateway.create_checkout, []

    def slow(request: Mapping[str, Any], *, idempotency_key: str) -> StripeCheckout:
        monkeypatch.setattr(gateway, "create_checkout", create)
        with pytest.raises(RequestInProgress) as refusal:
            book(asked, origin=make.ORIGIN, now=now)
        twins.append(refusal.value.kind)
        return create(request, idempotency_key=idempotency_key)

    monkeypatch.setattr(gateway, "create_checkout", slow)
    first = book(asked, origin=make.ORIGIN, now=now)
    again = book(asked, origin=make.ORIGIN, now=now)
    assert (twins, again.pk, again.payment.checkout_url) == (
        [RefusalKind.CONFLICT],
        first.pk,
        first.payment.checkout_url,
    )
    assert Session.objects.get().is_hold


@pytest.mark.parametrize("is_answered", [False, True])
def test_a_request_that_looked_before_the_first_held_finds_its_hold(
    asked: BookingRequest, now: datetime, monkeypatch: pytest.MonkeyPatch, is_answered: bool
) -> None:
    """Nothing but the key of the reserved cells stands between the two."""
    look = own_holds

    def look_too_early(*who: Any) -> list[Session]:
        seen = look(*who)
        monkeypatch.setattr("mentormap.bookings.checkout.own_holds", look)
        book(asked, origin=make.ORIGIN, now=now)
        if not is_answered:
            forget_checkout()
        return seen

    monkeypatch.setattr("mentormap.bookings.checkout.own_holds", look_too_early)
    if is_answered:
        assert book(asked, origin=make.ORIGIN, now=now) == Session.objects.get()
    else:
        with pytest.raises(RequestInProgress):
            book(asked, origin=make.ORIGIN, now=now)
    assert Session.objects.get().is_hold


def test_a_request_that_saw_the_hold_before_its_checkout_does_not_take_its_place(
    asked: BookingRequest, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is answered just after the second has looked: both were once answered with holds of their own."""
    book(asked, origin=make.ORIGIN, now=now)
    recorded, look = forget_checkout(), own_holds

    def look_early(*who: Any) -> list[Session]:
        seen = look(*who)
        Payment.objects.update(**recorded)
        return seen

    monkeypatch.setattr("mentormap.bookings.checkout.own_holds", look_early)
    with pytest.raises(RequestInProgress):
        book(asked, origin=make.ORIGIN, now=now)
    assert book(asked, origin=make.ORIGIN, now=now) == Session.objects.get()
    assert Session.objects.get().is_hold


def test_the_second_waits_for_the_answer_of_the_first(
    asked: BookingRequest, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = book(asked, origin=make.ORIGIN, now=now)
    recorded, pauses = forget_checkout(), []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            Payment.objects.update(**recorded)

    monkeypatch.setattr("time.sleep", sleep)
    second = book_or_wait(asked, origin=make.ORIGIN, now=now)
    assert (second.pk, second.payment.checkout_url) == (first.pk, first.payment.checkout_url)
    assert pauses == [0.2, 0.4, 0.8]


def test_nobody_waits_for_longer_than_three_seconds(
    asked: BookingRequest, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    book(asked, origin=make.ORIGIN, now=now)
    forget_checkout()
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    with pytest.raises(RequestInProgress):
        book_or_wait(asked, origin=make.ORIGIN, now=now)
    assert sum(pauses) == 3.0


def test_a_hold_whose_process_was_killed_is_continued(asked: BookingRequest, clock: StandingClock) -> None:
    first = book(asked, origin=make.ORIGIN, now=clock.now)
    forget_checkout()
    again = book(asked, origin=make.ORIGIN, now=clock.advance(seconds=60))
    assert (again.pk, again.payment.checkout_url) == (first.pk, first.payment.checkout_url)


def test_a_hold_that_was_let_go_does_not_count(asked: BookingRequest, now: datetime) -> None:
    first = book(asked, origin=make.ORIGIN, now=now)
    cancellation.release(first, actor=asked.student, now=now)
    again = book(asked, origin=make.ORIGIN, now=now)
    assert (again.is_hold, again == first) == (True, False)


def test_a_hold_whose_time_to_pay_is_over_does_not_count(asked: BookingRequest, clock: StandingClock) -> None:
    first = book(asked, origin=make.ORIGIN, now=clock.now)
    again = book(asked, origin=make.ORIGIN, now=clock.advance(minutes=36))
    assert (again.is_hold, again == first) == (True, False)
    first.refresh_from_db()
    assert first.is_released


def pay(session: Session, stripe: Stripe, now: datetime) -> None:
    stripe.pay(session.payment.checkout_id)
    settle.settle(session.payment_id, now=now)


@pytest.mark.parametrize("first_key", ["", "first"])
def test_another_key_gets_the_same_session_after_the_payment(
    asked: BookingRequest, stripe: Stripe, now: datetime, first_key: str
) -> None:
    first = book(replace(asked, key=first_key), origin=make.ORIGIN, now=now)
    second = replace(asked, key="second")
    assert book(second, origin=make.ORIGIN, now=now) == first
    pay(first, stripe, now)
    again = book(second, origin=make.ORIGIN, now=now)
    assert (again, again.is_hold) == (first, False)


@pytest.mark.parametrize("first_key", ["", "first"])
def test_a_key_that_came_while_the_first_was_at_stripe_gets_its_session_after_the_payment(
    asked: BookingRequest, stripe: Stripe, now: datetime, first_key: str
) -> None:
    first, second = book(replace(asked, key=first_key), origin=make.ORIGIN, now=now), replace(asked, key="second")  # fmt: skip
    recorded = forget_checkout()
    with pytest.raises(RequestInProgress):
        book(second, origin=make.ORIGIN, now=now)
    Payment.objects.update(**recorded)
    pay(first, stripe, now)
    assert book(second, origin=make.ORIGIN, now=now) == first == Session.objects.get()
    with pytest.raises(KeyReused):
        book(replace(second, duration_minutes=30), origin=make.ORIGIN, now=now)


def test_a_key_that_came_while_the_first_was_at_stripe_is_free_if_that_fails(
    asked: BookingRequest, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    create, second = gateway.create_checkout, replace(asked, key="second")

    def fail(*_: object, **__: object) -> StripeCheckout:
        with pytest.raises(RequestInProgress):
            book(second, origin=make.ORIGIN, now=now)
        raise StripeUnavailable("Out of reach.")

    monkeypatch.setattr(gateway, "create_checkout", fail)
    with pytest.raises(PaymentsUnavailable):
        book(asked, origin=make.ORIGIN, now=now)
    monkeypatch.setattr(gateway, "create_checkout", create)
    held = book(second, origin=make.ORIGIN, now=now)
    assert (held.is_hold, Session.objects.holds().count()) == (True, 1)


def test_another_key_with_another_booking_is_refused(asked: BookingRequest, now: datetime) -> None:
    book(replace(asked, key="first"), origin=make.ORIGIN, now=now)
    book(replace(asked, key="second"), origin=make.ORIGIN, now=now)
    with pytest.raises(KeyReused):
        book(replace(asked, key="second", duration_minutes=30), origin=make.ORIGIN, now=now)
    assert Session.objects.get().is_hold


def test_a_key_that_looked_before_the_first_held_is_bound_to_its_hold(
    asked: BookingRequest, stripe: Stripe, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, second = own_holds, replace(asked, key="second")

    def look_too_early(*who: Any) -> list[Session]:
        seen = look(*who)
        monkeypatch.setattr("mentormap.bookings.checkout.own_holds", look)
        book(replace(asked, key="first"), origin=make.ORIGIN, now=now)
        return seen

    monkeypatch.setattr("mentormap.bookings.checkout.own_holds", look_too_early)
    held = book(second, origin=make.ORIGIN, now=now)
    pay(held, stripe, now)
    assert book(second, origin=make.ORIGIN, now=now) == held == Session.objects.get()


def test_the_same_other_key_twice_at_once_gets_the_same_hold(
    asked: BookingRequest, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have looked for what the key made before either has kept it."""
    first = book(asked, origin=make.ORIGIN, now=now)
    second = replace(asked, key="second")
    book(second, origin=make.ORIGIN, now=now)
    monkeypatch.setattr(idempotency, "earlier", lambda *_, **__: None)
    assert book(second, origin=make.ORIGIN, now=now) == first
    assert BookingKey.objects.count() == 1


def test_a_key_that_came_with_another_booking_meanwhile_is_refused(
    asked: BookingRequest, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = book(replace(asked, key="first"), origin=make.ORIGIN, now=now)
    BookingKey.objects.create(
        student=asked.student, key="second", body_hash="of another", session=held, created_at=now
    )
    monkeypatch.setattr(idempotency, "earlier", lambda *_, **__: None)
    with pytest.raises(KeyReused):
        book(replace(asked, key="second"), origin=make.ORIGIN, now=now)


def test_a_hold_that_ended_meanwhile_answers_no_other_key(
    asked: BookingRequest, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was let go between the look and the lock: the time is held again."""
    first, look = book(asked, origin=make.ORIGIN, now=now), own_holds
    second = replace(asked, key="second")

    def look_early(*who: Any) -> list[Session]:
        seen = look(*who)
        cancellation.release(first, actor=asked.student, now=now)
        return seen

    monkeypatch.setattr("mentormap.bookings.checkout.own_holds", look_early)
    held = book(second, origin=make.ORIGIN, now=now)
    assert (held.is_hold, held == first) == (True, False)
    assert book(second, origin=make.ORIGIN, now=now) == held


def test_a_hold_that_was_paid_meanwhile_answers_the_other_key(
    asked: BookingRequest, stripe: Stripe, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, look = book(asked, origin=make.ORIGIN, now=now), own_holds

    def look_early(*who: Any) -> list[Session]:
        seen = look(*who)
        pay(first, stripe, now)
        return seen

    monkeypatch.setattr("mentormap.bookings.checkout.own_holds", look_early)
    second = replace(asked, key="second")
    assert [book(second, origin=make.ORIGIN, now=now) for _ in range(2)] == [first, first]


@pytest.mark.parametrize("who", ["request", "student", "reconciler", "reconciler, after a refusal"])
def test_every_key_is_free_after_a_hold_that_was_never_opened(
    asked: BookingRequest, clock: StandingClock, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    first = book(replace(asked, key="first"), origin=make.ORIGIN, now=clock.now)
    book(replace(asked, key="second"), origin=make.ORIGIN, now=clock.now)
    forget_checkout()
    first.payment.refresh_from_db()
    if who == "request":
        monkeypatch.setattr(gateway, "create_checkout", Mock(side_effect=StripeUnavailable("Out of reach.")))
        with pytest.raises(PaymentsUnavailable):
            book(replace(asked, key="third"), origin=make.ORIGIN, now=clock.advance(seconds=60))
    elif who == "student":
        cancellation.release(first, actor=asked.student, now=clock.now)
    else:
        if who != "reconciler":
            refusal = StripeRefused("No.", kind="invalid_request_error", code="", param="mode", status=400)
            monkeypatch.setattr(gateway, "create_checkout", Mock(side_effect=refusal))
        reconcile.run(clock.advance(minutes=3))
    assert not BookingKey.objects.exists()
