"""A hold whose checkout was not opened, because its process was killed: one process opens it, or ends it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from mentormap.bookings.booking_request import BookingRequest
from mentormap.bookings.checkout import HoldLetGo, book
from mentormap.bookings.errors import PaymentsUnavailable
from mentormap.bookings.idempotency import RequestInProgress
from mentormap.bookings.models import BookingKey, Session
from mentormap.bookings.reconciliation import reconcile
from mentormap.payments import gateway
from mentormap.payments.gateway import StripeUnavailable
from mentormap.payments.models import Payment
from mentormap.payments.stripe_objects import StripeCheckout
from tests import make
from tests.conftest import StandingClock, Stripe
from tests.make import TUESDAY_14

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(stripe: Stripe) -> BookingRequest:
    """Sam's hour with Maya."""
    return make.request(student=make.sam(), mentor=make.mentor(), starts_at=TUESDAY_14, key="first")


@pytest.fixture
def unopened(asked: BookingRequest, clock: StandingClock) -> Session:
    """Its process was killed a minute ago, before it could record the checkout."""
    book(asked, origin=make.ORIGIN, now=clock.now)
    Payment.objects.update(checkout_id=None, checkout_url="", state=Payment.State.CREATED)
    clock.advance(seconds=60)
    return Session.objects.with_people().get()


@pytest.fixture
def at_stripe(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Has something happen while the next checkout is being made, before the answer arrives."""

    def meanwhile(happens: Callable[[], object]) -> None:
        create = gateway.create_checkout

        def slow(request: Mapping[str, Any], *, idempotency_key: str) -> StripeCheckout:
            monkeypatch.setattr(gateway, "create_checkout", create)
            made = create(request, idempotency_key=idempotency_key)
            happens()
            return made

        monkeypatch.setattr(gateway, "create_checkout", slow)

    return meanwhile


def page_of(session: Session) -> tuple[str, str]:
    """The payment page that it was answered with, and what Stripe says of its checkout."""
    return session.payment.checkout_url, gateway.fetch_checkout(session.payment.checkout_id or "").status


@pytest.mark.parametrize("key", ["", "first", "second"])
def test_a_repeat_leaves_a_hold_alone_that_another_is_opening(
    asked: BookingRequest, unopened: Session, clock: StandingClock, at_stripe: Any, key: str
) -> None:
    def repeat() -> None:
        with pytest.raises(RequestInProgress):
            book(replace(asked, key=key), origin=make.ORIGIN, now=clock.now)

    at_stripe(repeat)
    first = book(asked, origin=make.ORIGIN, now=clock.now)
    assert page_of(first)[1] == "open"
    second = book(replace(asked, key=key), origin=make.ORIGIN, now=clock.now)
    assert (second, page_of(second)) == (unopened, page_of(first))


def test_two_that_read_the_hold_before_either_opens_it_do_not_both_open_it(
    asked: BookingRequest, unopened: Session, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other claims it between this one's look and its claim."""
    claim = Payment.claim

    def too_late(payment: Payment, now: datetime) -> bool:
        assert claim(Payment.objects.get(), now)
        return claim(payment, now)

    monkeypatch.setattr(Payment, "claim", too_late)
    with pytest.raises(RequestInProgress):
        book(asked, origin=make.ORIGIN, now=clock.now)
    assert Session.objects.get().is_hold


def test_a_process_that_slept_for_more_than_a_minute_expires_no_page_that_was_handed_out(
    asked: BookingRequest, unopened: Session, clock: StandingClock, at_stripe: Any
) -> None:
    answers: list[Session] = []
    at_stripe(
        lambda: answers.append(book(asked, origin=make.ORIGIN, now=clock.advance(seconds=61))),
    )
    answers.append(book(asked, origin=make.ORIGIN, now=clock.now))
    assert [(answer.pk, *page_of(answer)) for answer in answers] == [
        (unopened.pk, answers[0].payment.checkout_url, "open")
    ] * 2


def test_a_failure_leaves_a_hold_to_the_process_that_has_claimed_it_since(
    asked: BookingRequest, unopened: Session, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = gateway.create_checkout

    def fail(*_: object, **__: object) -> StripeCheckout:
        assert Payment.objects.get().claim(clock.advance(seconds=61))
        raise StripeUnavailable("Out of reach.")

    monkeypatch.setattr(gateway, "create_checkout", fail)
    with pytest.raises(PaymentsUnavailable):
        book(asked, origin=make.ORIGIN, now=clock.now)
    assert (Session.objects.get().is_hold, BookingKey.objects.count()) == (True, 1)
    monkeypatch.setattr(gateway, "create_checkout", create)
    assert book(asked, origin=make.ORIGIN, now=clock.advance(seconds=60)) == unopened


def test_the_reconciler_leaves_a_page_alone_that_was_handed_out_while_it_asked_stripe(
    asked: BookingRequest, unopened: Session, clock: StandingClock, at_stripe: Any
) -> None:
    answers: list[Session] = []
    late = clock.advance(minutes=3)
    at_stripe(
        lambda: answers.append(book(asked, origin=make.ORIGIN, now=clock.advance(seconds=60))),
    )
    reconcile.run(late)
    assert (answers, page_of(answers[0])[1]) == ([unopened], "open")
    assert Session.objects.get().is_hold


def test_a_repeat_is_not_answered_with_the_page_that_the_reconciler_is_about_to_expire(
    asked: BookingRequest, unopened: Session, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    expire, answers = gateway.expire_checkout, []

    def just_before(checkout_id: str) -> None:
        monkeypatch.setattr(gateway, "expire_checkout", expire)
        answers.append(book(asked, origin=make.ORIGIN, now=clock.now))
        expire(checkout_id)

    monkeypatch.setattr(gateway, "expire_checkout", just_before)
    reconcile.run(clock.advance(minutes=3))
    assert [(answer == unopened, page_of(answer)[1]) for answer in answers] == [(False, "open")]
    unopened.refresh_from_db()
    assert (unopened.is_released, gateway.fetch_checkout(unopened_id()).status) == (True, "expired")


def unopened_id() -> str:
    return Payment.objects.order_by("pk").values_list("checkout_id", flat=True)[0] or ""


def test_a_request_gets_no_page_that_the_reconciler_has_taken_over(
    asked: BookingRequest, unopened: Session, clock: StandingClock, at_stripe: Any
) -> None:
    at_stripe(lambda: reconcile.run(clock.advance(minutes=3)))
    with pytest.raises(HoldLetGo):
        book(asked, origin=make.ORIGIN, now=clock.now)
    assert gateway.fetch_checkout(unopened_id()).status == "expired"


def test_a_page_that_was_paid_although_no_answer_was_recorded_books_the_session(
    unopened: Session, stripe: Stripe, clock: StandingClock
) -> None:
    """As after a backup from before the answer was restored."""
    stripe.pay(gateway.create_checkout(unopened.payment.checkout_request, idempotency_key=unopened.payment.idempotency_key).id)  # fmt: skip
    reconcile.run(clock.advance(minutes=3))
    moves = Session.objects.get().history.values_list("to_status", "to_payment_status")
    assert list(moves) == [("scheduled", "pending"), ("scheduled", "paid")]
