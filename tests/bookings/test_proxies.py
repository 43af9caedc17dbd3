"""A proxy between us and Stripe answers in its own words, although Stripe has done what was asked."""

from collections.abc import Callable
from typing import Any

import pytest

from mentormap.bookings import cancellation
from mentormap.bookings.checkout import book
from mentormap.bookings.errors import PaymentsUnavailable
from mentormap.bookings.models import Session
from mentormap.bookings.reconciliation import reconcile
from mentormap.bookings.settlement.settle import settle
from mentormap.payments import gateway
from mentormap.payments.models import Flag, Payment, Refund
from tests import make
from tests.conftest import StandingClock, Stripe
from tests.make import TUESDAY_14
from tests.sandbox_client import InProcessHTTPClient

pytestmark = [pytest.mark.django_db, pytest.mark.long]
PAGE = "<html><h1>Blocked by policy</h1></html>"


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Answers the next calls with its own page, after they have reached Stripe."""
    send = InProcessHTTPClient.request

    def will_answer(status: int, *, method: str, path: str, times: int = 1) -> None:
        left = [None] * times

        def answered(self: InProcessHTTPClient, how: str, url: str, *rest: Any, **more: Any) -> Any:
            answer = send(self, how, url, *rest, **more)
            if left and how == method and path in url:
                left.pop()
                return PAGE, status, {"Content-Type": "text/html"}
            return answer

        monkeypatch.setattr(InProcessHTTPClient, "request", answered)

    return will_answer


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_checkout_that_a_proxy_refused_is_looked_for_and_ended(
    stripe: Stripe, clock: StandingClock, proxy: Callable[..., None], status: int
) -> None:
    sam, maya = make.sam(), make.mentor()
    proxy(status, method="post", path="/v1/checkout/sessions")
    with pytest.raises(PaymentsUnavailable):
        book(
            make.request(student=sam, mentor=maya, starts_at=TUESDAY_14),
            origin="http://localhost",
            now=clock.now,
        )
    assert Payment.objects.get().state == "unknown"
    reconcile.run(clock.advance(minutes=3))
    payment = Payment.objects.get()
    assert payment.state == "expired"
    assert gateway.fetch_checkout(payment.checkout_id or "").status == "expired"


@pytest.mark.parametrize("status", [400, 403, 404, 504])
def test_a_refund_that_a_proxy_refused_is_sent_again_with_the_same_key(
    stripe: Stripe,
    clock: StandingClock,
    proxy: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    status: int,
) -> None:
    """Even while Stripe's list does not show it yet."""
    held = make.hold(now=clock.now)
    stripe.pay(held.payment.checkout_id)
    settle(held.payment_id, now=clock.now)
    late = clock.advance(hours=10)
    proxy(status, method="post", path="/v1/refunds", times=3)
    cancellation.cancel(Session.objects.get(), actor=held.student, now=late)
    refund = Refund.objects.get()
    assert (refund.state, refund.is_refused, refund.was_answered) == ("requested", False, False)
    assert not Flag.objects.exists()
    listed = gateway.list_refunds
    with monkeypatch.context() as lagging:
        lagging.setattr(gateway, "list_refunds", lambda _intent_id: [])
        reconcile.run(clock.advance(minutes=5))
    settle(held.payment_id, now=clock.advance(minutes=5))
    refund.refresh_from_db()
    assert (refund.state, refund.attempt) == ("succeeded", 1)
    assert len(listed(Payment.objects.get().payment_intent_id)) == 1


@pytest.mark.parametrize("status", [400, 404])
def test_a_hold_stays_when_a_proxy_answers_for_stripe(
    stripe: Stripe, clock: StandingClock, proxy: Callable[..., None], status: int
) -> None:
    held = make.hold(now=clock.now)
    proxy(status, method="get", path="/v1/checkout/sessions", times=9)
    reconcile.run(clock.advance(minutes=40))
    held.refresh_from_db()
    assert held.is_hold
    assert not Flag.objects.exists()
