"""Equal requests at the same moment, without a key: one hold, and all are answered with it."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from threading import Event
from typing import Any

import pytest

from mentormap.bookings.checkout import book_or_wait
from mentormap.bookings.models import Session
from mentormap.payments import gateway
from mentormap.payments.facts import CheckoutFacts
from tests import make
from tests.agreement.invariants import assert_sound
from tests.agreement.test_races import ROUNDS, TUESDAY_14, all_at_once
from tests.conftest import Stripe

pytestmark = pytest.mark.django_db(transaction=True)
SLOW = 0.3
"""Seconds for which Stripe makes a checkout: the others come meanwhile."""


@pytest.mark.parametrize("pause", [0, SLOW])
def test_all_who_send_the_same_get_the_same_hold(
    stripe: Stripe, now: datetime, monkeypatch: pytest.MonkeyPatch, pause: float
) -> None:
    create = gateway.create_checkout

    def slow(request: Mapping[str, Any], *, idempotency_key: str) -> CheckoutFacts:
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
