"""Equal requests at the same moment: one hold, and all are answered with it and its one open checkout."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from threading import Event
from typing import Any

import pytest

from mentormap.bookings.checkout import book, book_or_wait
from mentormap.bookings.models import Session
from mentormap.payments import gateway
from mentormap.payments.models import Payment
from mentormap.payments.stripe_objects import StripeCheckout
from tests import make
from tests.conftest import StandingClock, Stripe
from tests.consistency.invariants import assert_sound
from tests.consistency.test_races import ROUNDS
from tests.make import TUESDAY_14
from tests.racing import all_at_once

pytestmark = pytest.mark.django_db(transaction=True)
SLOW = 0.3
"""Seconds for which Stripe makes a checkout: the others come meanwhile."""


@pytest.mark.parametrize("pause", [0, SLOW])
def test_all_who_send_the_same_get_the_same_hold(
    stripe: Stripe, now: datetime, monkeypatch: pytest.MonkeyPatch, pause: float
) -> None:
    create = gateway.create_checkout

    def slow(request: Mapping[str, Any], *, idempotency_key: str) -> StripeCheckout:
        made = create(request, idempotency_key=idempotency_key)
        Event().wait(pause)
        return made

    monkeypatch.setattr(gateway, "create_checkout", slow)
    for number, mentor in enumerate(make.mentors(ROUNDS)):
        wish = make.request(student=make.person(f"Student{number}"), mentor=mentor, starts_at=TUESDAY_14)
        answers = all_at_once([partial(book_or_wait, wish, origin=make.ORIGIN, now=now)] * 4)
        assert answers == [Session.objects.get(mentor=mentor)] * 4
        urls = {answer.payment.checkout_url for answer in answers if isinstance(answer, Session)}
        assert [bool(url) for url in urls] == [True]
    assert Session.objects.holds().count() == ROUNDS
    assert_sound()


@pytest.mark.parametrize("keys", [("k", "k"), ("", ""), ("k", "other")])
@pytest.mark.parametrize("pause", [0, SLOW])
def test_all_who_continue_an_unopened_hold_get_its_one_open_checkout(
    stripe: Stripe, clock: StandingClock, monkeypatch: pytest.MonkeyPatch, pause: float, keys: tuple[str, str]
) -> None:
    """The first was killed before it could record the checkout; its repeats come more than a minute later."""
    create = gateway.create_checkout

    def slow(request: Mapping[str, Any], *, idempotency_key: str) -> StripeCheckout:
        made = create(request, idempotency_key=idempotency_key)
        Event().wait(pause)
        return made

    wishes = [
        make.request(student=make.person(f"Student{n}"), mentor=mentor, starts_at=TUESDAY_14, key=keys[0])
        for n, mentor in enumerate(make.mentors(ROUNDS))
    ]
    for wish in wishes:
        book(wish, origin=make.ORIGIN, now=clock.now)
    Payment.objects.update(checkout_id=None, checkout_url="", state=Payment.State.CREATED)
    monkeypatch.setattr(gateway, "create_checkout", slow)
    now = clock.advance(seconds=70)
    for wish in wishes:
        repeats = [replace(wish, key=key) for key in keys]
        answers = all_at_once(
            [partial(book_or_wait, repeat, origin=make.ORIGIN, now=now) for repeat in repeats]
        )
        held = Session.objects.get(mentor=wish.mentor)
        assert answers == [held, held]
        urls = {answer.payment.checkout_url for answer in answers if isinstance(answer, Session)}
        assert urls == {held.payment.checkout_url}
        assert gateway.fetch_checkout(held.payment.checkout_id or "").status == "open"
    assert_sound()
