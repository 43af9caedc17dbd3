"""The reconciler and what it must bear: hopeless rows, foreign keys, kept answers, and two workers."""

from datetime import datetime, timedelta

import pytest
import stripe as sdk
from pytest_django import Settings

from mentormap.bookings import cancellation, checkout
from mentormap.bookings.models import Session
from mentormap.bookings.reconciliation import reconcile
from mentormap.bookings.settlement.settle import settle
from mentormap.notifications.models import Notice
from mentormap.payments import gateway, inbox, snapshot
from mentormap.payments.gateway import StripeUnavailable
from mentormap.payments.models import Payment, StripeEvent
from tests import make
from tests.bookings.settlement.test_settle import signed
from tests.conftest import StandingClock, Stripe
from tests.flagged import open_flags
from tests.make import TUESDAY_14
from tests.sandbox_client import pay_by_debit

pytestmark = pytest.mark.django_db


def states(session: Session) -> tuple[str, str, str, str]:
    session.refresh_from_db()
    session.payment.refresh_from_db()
    return session.status, session.payment_status, session.payment.state, open_flags(session.payment)


def test_a_wrong_key_for_a_while_costs_no_paid_session(stripe: Stripe, held: Session, now: datetime) -> None:
    stripe.pay(held.payment.checkout_id)
    settle(held.payment_id, now=now)
    checkout_id = held.payment.checkout_id
    Payment.objects.update(checkout_id="cs_test_of_another_account")
    settle(held.payment_id, now=now)
    assert states(held) == ("scheduled", "paid", "paid", "checkout-missing")
    Payment.objects.update(checkout_id=checkout_id)
    settle(held.payment_id, now=now)
    assert states(held) == ("scheduled", "paid", "paid", "")


def test_a_create_that_stripe_only_repeats_a_500_for_is_looked_up(
    stripe: Stripe, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the answer and the release: the time must not stay held until Stripe forgets the key."""

    class Killed(BaseException):
        pass

    def die(*_args: object, **_names: object) -> None:
        raise Killed

    stripe.sandbox.add_fault("server_error", method="POST", path="/v1/checkout/sessions")
    monkeypatch.setattr(checkout, "_abandon", die)
    with pytest.raises(Killed):
        make.hold(now=clock.now)
    reconcile.run(clock.advance(minutes=3))
    assert states(Session.objects.get()) == ("cancelled", "pending", "failed", "")


def test_letting_go_sees_a_checkout_that_has_become_known_since(held: Session, now: datetime) -> None:
    as_read_before = Session.objects.with_people().get()
    as_read_before.payment.checkout_id = None
    cancellation.release(as_read_before, actor=held.student, now=now)
    assert states(held) == ("cancelled", "pending", "expired", "")


def test_one_payment_that_breaks_does_not_stop_the_jobs(
    held: Session, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stands = make.session(
        student=make.olga(), mentor=held.mentor, starts_at=TUESDAY_14 + timedelta(hours=2), source="recorded"
    )
    monkeypatch.setattr(snapshot, "fetch", {}.__getitem__)
    reconcile.run(clock.advance(days=2))
    assert (states(held)[0], states(stands)[0]) == ("scheduled", "completed")


def test_hopeless_payments_do_not_hold_up_the_others(
    stripe: Stripe, held: Session, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "BATCH", 1)
    other = make.hold(student=make.olga(), mentor=held.mentor, starts_at=TUESDAY_14 + timedelta(hours=2), now=clock.now)  # fmt: skip
    path = f"/v1/checkout/sessions/{held.payment.checkout_id}*"
    stripe.sandbox.add_fault("server_error", method="*", path=path, times=100)
    clock.advance(minutes=40)
    for _ in range(2):
        reconcile.run(clock.advance(minutes=2))
    assert (states(held)[0], states(other)[0]) == ("scheduled", "cancelled")


def test_what_another_worker_has_just_looked_at_is_left_to_it(
    stripe: Stripe, held: Session, clock: StandingClock
) -> None:
    late = clock.advance(minutes=40)
    seen, also_seen = reconcile.overdue(late), reconcile.overdue(late)
    assert list(reconcile._claim(seen, now=late)) == [held.payment]
    assert list(reconcile._claim(also_seen, now=late)) == []


def test_a_bank_debit_that_is_not_there_by_the_start_ends_the_hold_and_is_told(
    stripe: Stripe, held: Session, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    pay_by_debit(stripe.sandbox, held.payment.checkout_id or "")
    settle(held.payment_id, now=clock.now)
    assert states(held) == ("scheduled", "pending", "processing", "")
    settle(held.payment_id, now=TUESDAY_14)  # the sandbox's bank stands still meanwhile
    assert states(held) == ("cancelled", "pending", "processing", "")
    assert [(row.occasion, str(row.person)) for row in Notice.objects.order_by("pk")] == [
        ("cancelled", "Sam"),
        ("cancelled", "Maya"),
    ]


def test_an_event_with_characters_that_postgresql_refuses_is_kept(settings: Settings, now: datetime) -> None:
    body = rb'{"id": "evt_1", "type": "x", "data": {"object": {"na\u0000me": ["a\u0000b\ud800"]}}}'
    inbox.receive(body, signed(body, settings.STRIPE_WEBHOOK_SECRETS[0], now), now=now)
    assert StripeEvent.objects.get().body["data"] == {"object": {"name": ["ab"]}}


def test_an_answer_that_is_not_stripes_own_decides_nothing() -> None:
    with pytest.raises(StripeUnavailable), gateway._translate_errors():
        raise sdk.APIError("Invalid response body from API: <html>", http_status=200)
