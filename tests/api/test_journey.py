"""The whole journey through the API: log in, find, hold, pay, hear of it, download, cancel, get the money back."""

import re
from datetime import datetime
from typing import Any

import pytest

from mentormap.bookings.settlement import settle
from mentormap.payments import inbox
from tests import make
from tests.api.conftest import Api
from tests.conftest import StandingClock, Stripe

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def hear(stripe: Stripe, now: datetime) -> int:
    """Stripe's webhooks arrive, and the worker acts upon them."""
    stripe.deliver()
    return inbox.drain(apply=settle.apply_event, now=now)


def state(session: dict[str, Any]) -> tuple[str, str, float]:
    return session["status"], session["payment_status"], session["refunded_amount"]


def test_from_login_to_refund(api: Api, stripe: Stripe, clock: StandingClock) -> None:
    sam, maya = make.sam(), make.mentor()
    found = api.get("mentors?q=systems").json[0]
    slots = api.get(f"mentors/{found['id']}/slots?duration_minutes=90").json["slots"]
    clock.advance(minutes=1)
    held = api.post(
        "payments/create-checkout-session",
        {
            "mentor_id": found["id"],
            "title": "System Design Review",
            "description": "Need help with distributed systems",
            "scheduled_at": slots[-1]["starts_at"],
            "duration_minutes": 90,
        },
        as_=sam,
    ).json
    assert (held["price"], held["currency"]) == (180.0, "USD")
    assert state(api.get("sessions/latest", as_=sam).json) == ("scheduled", "pending", 0.0)

    stripe.pay(held["checkout_session_id"])
    clock.advance(minutes=1)
    assert hear(stripe, clock.now) > 0
    latest = api.get("sessions/latest", as_=sam).json
    assert (latest["id"], state(latest)) == (held["session_id"], ("scheduled", "paid", 0.0))
    assert re.fullmatch("pi_[A-Za-z0-9]+", latest["stripe_payment_id"])
    assert latest["scheduled_at"] == slots[-1]["starts_at"]
    assert [session["id"] for session in api.get("sessions/", as_=maya.user).json] == [latest["id"]]

    invite = api.get(f"sessions/{latest['id']}/calendar.ics", as_=sam).response.content.decode()
    assert "METHOD:PUBLISH" in invite
    assert "TRIGGER:-PT15M" in invite

    cancelled = api.put(f"sessions/{latest['id']}/cancel", as_=sam)
    assert (cancelled.status, state(cancelled.json)) == (200, ("cancelled", "refunded", 180.0))
    clock.advance(minutes=1)
    hear(stripe, clock.now)
    again = api.put(f"sessions/{latest['id']}/cancel", as_=sam)
    assert (again.status, again.json) == (200, cancelled.json)
    assert [state(session) for session in api.get("sessions?status=cancelled", as_=sam).json] == [
        ("cancelled", "refunded", 180.0)
    ]


def test_a_hold_is_let_go(api: Api, stripe: Stripe, now: datetime) -> None:
    sam = make.sam()
    hold = make.hold(student=sam, mentor=make.mentor(), starts_at=now.replace(hour=14), now=now)
    released = api.put(f"sessions/{hold.pk}/cancel", as_=sam)
    assert (released.status, state(released.json)) == (200, ("cancelled", "pending", 0.0))
    assert api.get("sessions", as_=sam).json == []
    assert len(api.get("sessions?status=cancelled", as_=sam).json) == 1


def test_the_mentor_may_cancel_and_everything_comes_back(
    api: Api, stripe: Stripe, clock: StandingClock
) -> None:
    """Two hours before, when a student who cancels gets half."""
    sam, maya = make.sam(), make.mentor()
    hold = make.hold(student=sam, mentor=maya, starts_at=clock.now.replace(hour=11), now=clock.now)
    stripe.pay(hold.payment.checkout_id)
    hear(stripe, clock.now)
    answer = api.put(f"sessions/{hold.pk}/cancel", as_=maya.user)
    assert state(answer.json) == ("cancelled", "refunded", 120.0)


def test_a_late_cancellation_brings_back_half(api: Api, stripe: Stripe, clock: StandingClock) -> None:
    sam = make.sam()
    hold = make.hold(student=sam, mentor=make.mentor(), starts_at=clock.now.replace(hour=11), now=clock.now)
    stripe.pay(hold.payment.checkout_id)
    hear(stripe, clock.now)
    answer = api.put(f"sessions/{hold.pk}/cancel", as_=sam)
    assert state(answer.json) == ("cancelled", "paid", 60.0)


@pytest.mark.parametrize("status", ["scheduled", "completed"])
def test_what_has_started_or_is_over_can_no_longer_be_cancelled(
    api: Api, clock: StandingClock, status: str
) -> None:
    sam = make.sam()
    begun = make.session(student=sam, mentor=make.mentor(), starts_at=clock.now, status=status)
    answer = api.put(f"sessions/{begun.pk}/cancel", as_=sam)
    assert answer.refusal == (409, "cannot-cancel", [])
    assert state(api.get(f"sessions/{begun.pk}", as_=sam).json) == (status, "paid", 0.0)


def test_a_hold_cannot_be_let_go_while_stripe_is_out_of_reach(
    api: Api, stripe: Stripe, now: datetime
) -> None:
    sam = make.sam()
    hold = make.hold(student=sam, mentor=make.mentor(), starts_at=now.replace(hour=14), now=now)
    stripe.sandbox.add_fault("unavailable", times=99)
    answer = api.put(f"sessions/{hold.pk}/cancel", as_=sam)
    assert answer.refusal == (503, "payments-unavailable", [])
    assert state(api.get(f"sessions/{hold.pk}", as_=sam).json) == ("scheduled", "pending", 0.0)


def test_a_hold_whose_page_can_still_be_paid_is_not_reported_as_cancelled(
    api: Api, stripe: Stripe, now: datetime
) -> None:
    sam = make.sam()
    hold = make.hold(student=sam, mentor=make.mentor(), starts_at=now.replace(hour=14), now=now)
    stripe.sandbox.add_fault("forbidden", method="POST", path="/v1/checkout/sessions/*/expire")
    answer = api.put(f"sessions/{hold.pk}/cancel", as_=sam)
    assert answer.refusal == (503, "payments-unavailable", [])
    assert state(api.get(f"sessions/{hold.pk}", as_=sam).json) == ("scheduled", "pending", 0.0)
    answer = api.put(f"sessions/{hold.pk}/cancel", as_=sam)
    assert state(answer.json) == ("cancelled", "pending", 0.0)
