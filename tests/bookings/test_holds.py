"""What a hold asks of Stripe, what it reserves, and what becomes of a checkout whose hold is gone."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from mentormap.availability.models import BookingRules, ReservedCell
from mentormap.bookings import cancellation
from mentormap.bookings.booking_request import PriceOutOfRange
from mentormap.bookings.checkout import HoldLetGo
from mentormap.bookings.models import Session
from mentormap.lib.money import NO_BREAK_SPACE, Money
from mentormap.payments import gateway
from mentormap.payments.gateway import StripeRefused
from mentormap.payments.models import Payment
from mentormap.payments.stripe_objects import StripeCheckout
from tests import make
from tests.conftest import Stripe
from tests.consistency.world import objects
from tests.make import TUESDAY_14

pytestmark = pytest.mark.django_db


def test_the_checkout_ends_with_the_hold(stripe: Stripe, now: datetime) -> None:
    held = make.hold(now=now)
    (checkout,) = objects(stripe, "checkout.session")
    assert held.hold_expires_at is not None
    assert checkout["expires_at"] == held.hold_expires_at.timestamp()


def test_buffers_are_reserved_too(stripe: Stripe, now: datetime) -> None:
    maya = make.mentor()
    BookingRules.objects.filter(mentor=maya).update(buffer_before_minutes=15, buffer_after_minutes=30)
    make.hold(student=make.sam(), mentor=maya, starts_at=TUESDAY_14, now=now)
    cells = sorted(ReservedCell.objects.values_list("starts_at", flat=True))
    assert (cells[0], cells[-1]) == (
        TUESDAY_14 - timedelta(minutes=15),
        TUESDAY_14 + timedelta(minutes=60 + 30 - 15),
    )


@pytest.mark.parametrize("rate", [Money(90, "USD"), Money(80_000_000, "USD"), Money(90, "JPY")])
def test_what_stripe_would_not_charge_is_refused_before_anything_is_held(
    stripe: Stripe, now: datetime, rate: Money
) -> None:
    """Half an hour would be too little, two hours too much."""
    minutes = 30 if rate.minor < 1_000 else 120
    with pytest.raises(PriceOutOfRange):
        make.hold(
            student=make.sam(), mentor=make.mentor(rate=rate), starts_at=TUESDAY_14, minutes=minutes, now=now
        )
    assert not Session.objects.exists()


def test_what_is_too_little_in_the_accounts_own_currency_is_said_so(
    stripe: Stripe, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stripe publishes no least charge in dinars."""

    def refuse(request: Mapping[str, Any], *, idempotency_key: str) -> StripeCheckout:
        raise StripeRefused(
            "No.", kind="invalid_request_error", code="amount_too_small", param="", status=400
        )

    monkeypatch.setattr(gateway, "create_checkout", refuse)
    with pytest.raises(PriceOutOfRange) as refusal:
        make.hold(
            student=make.sam(), mentor=make.mentor(rate=Money(100, "KWD")), starts_at=TUESDAY_14, now=now
        )
    assert refusal.value.sentence.replace(NO_BREAK_SPACE, " ") == (
        "This would cost 0.100 KWD, which is too little for a card payment. Pick a longer duration."
    )
    assert (Session.objects.get().is_released, Payment.objects.get().state) == (True, "failed")


def test_a_hold_that_is_let_go_while_its_checkout_is_made_gets_no_payment_page(
    stripe: Stripe, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = gateway.create_checkout

    def overtaken(request: Mapping[str, Any], *, idempotency_key: str) -> StripeCheckout:
        held = Session.objects.with_people().get()
        cancellation.release(held, actor=held.student, now=now)
        return create(request, idempotency_key=idempotency_key)

    monkeypatch.setattr(gateway, "create_checkout", overtaken)
    with pytest.raises(HoldLetGo):
        make.hold(now=now)
    assert [checkout["status"] for checkout in objects(stripe, "checkout.session")] == ["expired"]
    payment = Payment.objects.get()
    assert (payment.checkout_id is None, payment.session.is_released) == (False, True)


def test_a_create_that_is_replayed_makes_one_checkout(stripe: Stripe, now: datetime) -> None:
    """Asked anew by the row: the same key and the same parameters."""
    make.hold(now=now)
    payment = Payment.objects.get()
    gateway.create_checkout(payment.checkout_request, idempotency_key=payment.idempotency_key)
    assert len(objects(stripe, "checkout.session")) == 1
