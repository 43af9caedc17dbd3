"""The inbox with several at work, and with events that show late in Stripe's list."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from mentormap.bookings.settlement import apply_event
from mentormap.payments import inbox
from mentormap.payments.models import StripeEvent
from stripe_sandbox.webhooks import sign
from tests import make
from tests.conftest import StandingClock, Stripe

pytestmark = pytest.mark.django_db
TUESDAY_14 = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


def test_an_event_that_shows_after_it_was_made_is_found_by_the_next_poll(
    stripe: Stripe, clock: StandingClock
) -> None:
    inbox.poll(now=clock.now + timedelta(minutes=9))
    held = make.hold(student=make.sam(), mentor=make.mentor(), starts_at=TUESDAY_14, now=clock.now)
    stripe.pay(held.payment.checkout_id)
    assert inbox.poll(now=clock.now + timedelta(minutes=10)) > 0
    assert StripeEvent.objects.filter(type="checkout.session.completed").exists()


def test_two_workers_do_not_act_upon_the_same_event(now: datetime) -> None:
    """The second reads the event before the first has claimed it."""
    receive(b'{"id": "evt_1"}', now)
    acted: list[str] = []

    def apply(event: StripeEvent, at: datetime) -> None:
        acted.append("first")
        inbox.drain(apply=lambda *_: acted.append("second"), now=at)

    inbox.drain(apply=apply, now=now)
    assert acted == ["first"]


def test_an_event_whose_worker_died_is_tried_again_after_its_lease(now: datetime) -> None:
    receive(b'{"id": "evt_1"}', now)
    with pytest.raises(KeyboardInterrupt):
        inbox.drain(apply=die, now=now)
    assert inbox.drain(apply=apply_event, now=now + timedelta(minutes=1)) == 0
    assert inbox.drain(apply=apply_event, now=now + timedelta(minutes=2)) == 1


def die(_event: StripeEvent, _now: datetime) -> None:
    raise KeyboardInterrupt


def receive(body: bytes, now: datetime) -> None:
    signature = sign(body, secret=settings.STRIPE_WEBHOOK_SECRETS[0], sent_at=int(now.timestamp()))
    inbox.receive(body, signature, now=now)
