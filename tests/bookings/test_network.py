"""Stripe may take ten seconds, or never answer: nobody waits for it with a transaction open."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from mentormap.bookings import cancellation
from mentormap.bookings.models import Session
from mentormap.bookings.reconciliation import reconcile, stripe_audit
from mentormap.bookings.settlement.settle import apply_event, settle
from mentormap.payments import inbox
from tests import make
from tests.conftest import StandingClock, Stripe
from tests.sandbox_client import InProcessHTTPClient

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
TUESDAY_14 = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each call to Stripe, and whether a transaction was open then."""
    seen: list[str] = []
    request = InProcessHTTPClient.request

    def watched(self: InProcessHTTPClient, method: str, url: str, *rest: Any, **more: Any) -> Any:
        seen.append(f"{method} inside a transaction: {connection.in_atomic_block}")
        return request(self, method, url, *rest, **more)

    monkeypatch.setattr(InProcessHTTPClient, "request", watched)
    return seen


def book(stripe: Stripe, now: datetime) -> Session:
    """Sam's hour, paid and settled."""
    held = make.hold(student=make.sam(), mentor=make.mentor(), starts_at=TUESDAY_14, now=now)
    stripe.pay(held.payment.checkout_id)
    settle(held.payment_id, now=now)
    return Session.objects.with_people().get()


def test_no_call_is_made_inside_a_transaction(stripe: Stripe, clock: StandingClock, calls: list[str]) -> None:
    session = book(stripe, clock.now)
    cancellation.cancel(session, actor=session.student, now=clock.now)
    other = make.hold(student=session.student, mentor=session.mentor, starts_at=TUESDAY_14, now=clock.now)
    cancellation.release(other, actor=session.student, now=clock.now)
    inbox.poll(now=clock.now)
    inbox.drain(apply=apply_event, now=clock.now)
    reconcile.run(clock.advance(hours=2))
    stripe_audit.run(clock.now)
    assert len(calls) > 10
    assert {call.partition(" ")[2] for call in calls} == {"inside a transaction: False"}
