"""A bank debit is begun on one day and paid on another: page, mail, history and the operator's timeline say both."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from mentormap.bookings.models import Session
from mentormap.bookings.notices.mails.facts import Facts
from mentormap.bookings.settlement.settle import apply_event, settle
from mentormap.operations.admin.timeline import timeline
from mentormap.payments import gateway, inbox
from mentormap.payments.gateway import StripeRefused
from mentormap.payments.models import Payment
from tests import make
from tests.conftest import StandingClock, Stripe
from tests.sandbox_client import pay_by_debit

pytestmark = [pytest.mark.django_db, pytest.mark.long, pytest.mark.usefixtures("standing_edge")]
NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FRIDAY_14 = datetime(2026, 11, 27, 14, 0, tzinfo=UTC)
BEGUN, ARRIVED, NOTICED = (
    NINE + timedelta(**span) for span in ({"minutes": 5}, {"days": 2}, {"days": 2, "hours": 3})
)


@pytest.fixture
def begun(stripe: Stripe, clock: StandingClock) -> Session:
    """Sam's bank has been asked."""
    held = make.hold(student=make.sam(), mentor=make.mentor(), starts_at=FRIDAY_14, now=clock.now)
    clock.now = BEGUN
    pay_by_debit(stripe.sandbox, held.payment.checkout_id or "")
    return held


def arrive(stripe: Stripe, session: Session, clock: StandingClock) -> None:
    clock.now = ARRIVED
    stripe.sandbox.settle(session.payment.checkout_id or "")


def by_webhook(stripe: Stripe, _session: Session, now: datetime) -> None:
    stripe.deliver()
    inbox.drain(apply=apply_event, now=now)


def by_looking(_stripe: Stripe, session: Session, now: datetime) -> None:
    settle(session.payment_id, now=now)


@pytest.mark.parametrize("is_seen_under_way", [True, False])
@pytest.mark.parametrize("heard", [by_webhook, by_looking])
def test_it_is_begun_when_the_bank_was_asked_and_paid_when_the_money_came(
    stripe: Stripe,
    begun: Session,
    clock: StandingClock,
    heard: Callable[[Stripe, Session, datetime], None],
    *,
    is_seen_under_way: bool,
) -> None:
    """However late we hear of it, and whether we saw it under way or not."""
    if is_seen_under_way:
        settle(begun.payment_id, now=clock.now)
        assert (Payment.objects.get().begun_at, Payment.objects.get().paid_at) == (BEGUN, None)
    arrive(stripe, begun, clock)
    clock.now = NOTICED
    heard(stripe, begun, clock.now)
    payment = Payment.objects.get()
    assert (payment.state, payment.begun_at, payment.paid_at) == ("paid", BEGUN, ARRIVED)
    history = list(begun.history.values_list("at", "to_payment_status"))
    assert history == [(NINE, "pending"), (BEGUN, "pending"), (ARRIVED, "paid")]


def text(client: Client, session: Session) -> str:
    client.force_login(session.student)
    answer = client.get(f"/sessions/{session.pk}")
    assert isinstance(answer, HttpResponse)
    return " ".join(answer.content.decode().replace("\u202f", " ").replace("\u00a0", " ").split())


def test_receipt_page_and_timeline_say_both(
    stripe: Stripe, begun: Session, clock: StandingClock, client: Client
) -> None:
    settle(begun.payment_id, now=clock.now)
    assert "The bank has not confirmed the payment yet." in text(client, begun)
    arrive(stripe, begun, clock)
    settle(begun.payment_id, now=clock.now)
    session = Session.objects.with_people().get()
    facts = Facts(session, session.student, clock.now)
    receipt = dict(facts.receipt)
    assert receipt["Started"] == facts.instant(BEGUN)
    assert receipt["On"] == facts.instant(ARRIVED)
    shown = text(client, session)
    assert shown.index("<dt>Started</dt>") < shown.index("<dt>Paid</dt>")
    assert "Payment started" in shown
    entries = {entry.what: entry.at for entry in timeline(session, zone="UTC", now=clock.now)}
    assert entries["the bank was asked for the payment"] == BEGUN
    assert next(at for what, at in entries.items() if what.endswith(" paid")) == ARRIVED


def test_a_card_is_begun_and_paid_at_once(
    stripe: Stripe, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "find_arrival", None)
    held = make.hold(student=make.sam(), mentor=make.mentor(), starts_at=FRIDAY_14, now=clock.now)
    stripe.pay(held.payment.checkout_id)
    settle(held.payment_id, now=clock.advance(minutes=5))
    assert (Payment.objects.get().begun_at, Payment.objects.get().paid_at) == (None, NINE)


def test_where_no_event_may_be_read_it_is_paid_when_we_saw_it(
    stripe: Stripe, begun: Session, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_asked: Any, **_more: Any) -> None:
        raise StripeRefused("Not with this key.", kind="invalid_request_error", code="", param="", status=403)

    settle(begun.payment_id, now=clock.now)
    arrive(stripe, begun, clock)
    monkeypatch.setattr(gateway, "find_arrival", refuse)
    settle(begun.payment_id, now=NOTICED)
    assert (Payment.objects.get().begun_at, Payment.objects.get().paid_at) == (BEGUN, NOTICED)


def test_a_debit_that_arrives_after_the_start_goes_back(
    stripe: Stripe, begun: Session, clock: StandingClock
) -> None:
    """Begun before, but paid after: nobody looked in between."""
    clock.now = FRIDAY_14 + timedelta(minutes=10)
    stripe.sandbox.settle(begun.payment.checkout_id or "")
    settle(begun.payment_id, now=clock.now)
    begun.refresh_from_db()
    assert (begun.status, begun.payment_status) == ("cancelled", "refunded")
