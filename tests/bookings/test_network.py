"""Stripe may take ten seconds, or never answer: nobody waits for it with a transaction open."""

from typing import Any

import pytest
from django.db import connection

from mentormap.bookings import cancellation
from mentormap.bookings.reconciliation import reconcile, stripe_audit
from mentormap.bookings.settlement.settle import apply_event
from mentormap.payments import inbox
from tests import make
from tests.conftest import StandingClock, Stripe
from tests.make import TUESDAY_14
from tests.sandbox_client import InProcessHTTPClient

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]


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


def test_no_call_is_made_inside_a_transaction(stripe: Stripe, clock: StandingClock, calls: list[str]) -> None:
    session = make.booked(stripe, now=clock.now)
    cancellation.cancel(session, actor=session.student, now=clock.now)
    other = make.hold(student=session.student, mentor=session.mentor, starts_at=TUESDAY_14, now=clock.now)
    cancellation.release(other, actor=session.student, now=clock.now)
    inbox.poll(now=clock.now)
    inbox.drain(apply=apply_event, now=clock.now)
    reconcile.run(clock.advance(hours=2))
    stripe_audit.run(clock.now)
    assert len(calls) > 10
    assert {call.partition(" ")[2] for call in calls} == {"inside a transaction: False"}
