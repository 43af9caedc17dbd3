"""How Stripe's news reach us, and whether webhooks seem dead."""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from mentormap.payments import inbox
from mentormap.payments.event_stats import SUBSCRIBED, EventStats, event_stats
from mentormap.payments.models import StripeEvent
from stripe_sandbox.webhooks import sign
from tests.conftest import StandingClock, Stripe

pytestmark = pytest.mark.django_db
README = Path(__file__).resolve().parents[2] / "README.md"


def asked_for(number: int, now: datetime, *, kind: str = "refund.updated") -> str:
    """An event that asking has brought."""
    event = {"id": f"evt_{number}", "type": kind}
    inbox._record([event], source="poller", now=now)
    return json.dumps(event)


def brought(body: str, now: datetime) -> None:
    """The same by a webhook."""
    signature = sign(body.encode(), secret=settings.STRIPE_WEBHOOK_SECRETS[0], sent_at=int(now.timestamp()))
    inbox.receive(body.encode(), signature, now=now)


def test_nothing_has_come_yet(now: datetime) -> None:
    assert event_stats(now) == EventStats(None, None, 0, None, 0, 0)


def test_a_webhook_that_comes_after_asking_is_seen(clock: StandingClock) -> None:
    body = asked_for(1, clock.now)
    later = clock.advance(seconds=2)
    brought(body, later)
    event = StripeEvent.objects.get()
    assert (event.source, event.received_at, event.delivered_at) == (
        "poller",
        later - timedelta(seconds=2),
        later,
    )
    assert event_stats(clock.advance(hours=1)).last_webhook == later
    assert not event_stats(clock.now).are_webhooks_dead


def test_webhooks_seem_dead_when_only_asking_brings_news(clock: StandingClock) -> None:
    brought(asked_for(1, clock.now), clock.now)
    asked_for(2, clock.advance(minutes=5))
    assert event_stats(clock.advance(minutes=9)).missed == 0
    assert event_stats(clock.advance(minutes=1)).missed == 1
    brought(asked_for(3, clock.now), clock.advance(seconds=1))
    assert not event_stats(clock.advance(hours=1)).are_webhooks_dead


def test_what_the_webhook_is_not_subscribed_to_is_not_missed(clock: StandingClock) -> None:
    asked_for(1, clock.now, kind="payment_intent.created")
    assert not event_stats(clock.advance(hours=1)).are_webhooks_dead


def test_what_waits_is_counted_and_what_has_failed(clock: StandingClock) -> None:
    first = clock.now
    for number in range(3):
        asked_for(number, clock.now)
        clock.advance(seconds=10)
    StripeEvent.objects.filter(event_id="evt_1").update(last_error="StripeUnavailable: nobody there")
    StripeEvent.objects.filter(event_id="evt_2").update(handled_at=clock.now)
    found = event_stats(clock.now)
    assert (found.waiting, found.oldest_waiting, found.failing) == (2, first, 1)


def test_asking_says_when_it_was(stripe: Stripe, now: datetime) -> None:
    inbox.poll(now=now)
    assert event_stats(now).last_asked == now


def test_the_readme_names_what_to_subscribe_to() -> None:
    (paragraph,) = re.findall(
        r"\*\*Add the webhook\*\*.*?signing secret", README.read_text(encoding="utf-8"), re.DOTALL
    )
    assert set(re.findall(r"`([a-z_]+\.[a-z_.]+)`", paragraph)) == SUBSCRIBED
