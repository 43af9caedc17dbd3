"""A payment's timeline: every table that knows of it, in order of time, in plain words."""

from datetime import datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from mentormap.bookings import cancellation, operator_refunds
from mentormap.bookings.models import Session
from mentormap.bookings.settlement.settle import apply_event, settle
from mentormap.lib.money import Money
from mentormap.operations.admin.timeline import TimelineEntry, timeline
from mentormap.payments import flags, inbox
from mentormap.payments.models import Dispute, Flag, FraudWarning, Payment, Refund, StripeEvent
from tests import make
from tests.conftest import StandingClock, Stripe
from tests.make import TUESDAY_14

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(now: datetime) -> Session:
    """As if Stripe had said so, two days before."""
    return make.session(student=make.sam(), mentor=make.mentor(), starts_at=TUESDAY_14, created_at=now)


def entries(session: Session, now: datetime, *, zone: str = "UTC") -> list[TimelineEntry]:
    return timeline(Session.objects.with_people().get(pk=session.pk), zone=zone, now=now)


def words(session: Session, now: datetime) -> list[str]:
    return [f"{entry.kind}: {entry.what}".replace("\u00a0", " ") for entry in entries(session, now)]


def test_tells_a_whole_story_in_order(stripe: Stripe, clock: StandingClock) -> None:
    ada, sam = make.ada(), make.sam()
    session = make.hold(student=sam, mentor=make.mentor(), starts_at=TUESDAY_14, now=clock.now)
    clock.advance(minutes=1)
    stripe.pay(session.payment.checkout_id)
    settle(session.payment_id, now=clock.now)
    clock.advance(minutes=1)
    session = Session.objects.with_people().get()
    operator_refunds.refund(session, Money(2_000, "USD"), reason="Cut short.", by=ada, now=clock.now)
    clock.advance(minutes=1)
    cancellation.cancel(session, actor=sam, now=clock.now)
    number = Refund.objects.order_by("pk").values_list("pk", flat=True)
    assert words(session, clock.now)[:8] == [
        "payment: 120.00 USD asked for",
        "session: Sam: Held until paid.",
        "session: Paid.",
        "payment: 120.00 USD paid",
        "operator: Ada: Gave back 20.00 USD: Cut short.",
        f"refund: Refund {number[0]} of 20.00 USD requested",
        f"refund: Refund {number[0]} of 20.00 USD is succeeded",
        "session: Sam: Cancelled by the student.",
    ]
    assert words(session, clock.now)[-1] == "session: the session starts"


def test_names_stripes_events_and_how_they_came(stripe: Stripe, clock: StandingClock) -> None:
    session = make.hold(now=clock.now)
    stripe.pay(session.payment.checkout_id)
    inbox.poll(now=clock.now)
    inbox.drain(apply=apply_event, now=clock.now)
    clock.advance(seconds=5)
    stripe.deliver()
    (entry,) = [
        entry for entry in entries(session, clock.now) if entry.what == "Stripe: the checkout was completed"
    ]
    assert entry.detail == (
        f"made 09:00:00 UTC, found by asking, and by a webhook later; payment {session.payment_id} is paid"
    )
    assert entry.url.startswith("/admin/payments/stripeevent/")


def test_says_when_a_refund_is_tried_next_and_what_was_answered(
    stripe: Stripe, paid: Session, now: datetime
) -> None:
    Refund.objects.create(
        payment=paid.payment,
        amount_minor=500,
        currency="USD",
        tries=2,
        last_error="Nobody there.",
        created_at=now,
        updated_at=now,
        next_try_at=now + timedelta(minutes=4),
    )
    (ahead,) = [entry for entry in entries(paid, now) if entry.is_ahead and entry.kind == "refund"]
    assert (ahead.at, ahead.detail) == (now + timedelta(minutes=4), "2 tries; Nobody there.")


def test_a_refund_of_the_dashboard_is_found_not_requested(paid: Session, now: datetime) -> None:
    Refund.objects.create(
        payment=paid.payment,
        amount_minor=500,
        currency="USD",
        is_foreign=True,
        state=Refund.State.SUCCEEDED,
        stripe_id="re_1",
        created_at=now,
        updated_at=now,
    )
    number = Refund.objects.get().pk
    assert f"refund: Refund {number} of 5.00 USD found in Stripe's list" in words(paid, now)


def test_tells_disputes_warnings_and_flags(paid: Session, clock: StandingClock) -> None:
    now, payment = clock.now, paid.payment
    due = now + timedelta(days=7)
    Dispute.objects.create(
        payment=payment,
        stripe_id="dp_1",
        status="needs_response",
        reason="product_not_received",
        amount_minor=12_000,
        currency="USD",
        evidence_due_by=due,
        opened_at=now,
        updated_at=now,
    )
    FraudWarning.objects.create(
        payment=payment, stripe_id="issfr_1", fraud_type="made_with_lost_card", created_at=now
    )
    flags.raise_flag(payment, Flag.Name.DISPUTED, "Look.", now=now)
    later = clock.advance(hours=1)
    flags.resolve(Flag.objects.get(), by=make.ada(), resolution="Answered.", now=later)
    found = {entry.what.replace("\u00a0", " "): entry.detail for entry in entries(paid, later)}
    assert found["Dispute over 120.00 USD opened"] == "product not received; dp_1"
    assert (
        found["The card's issuer warns of fraud: made with lost card"] == "a refund may still avert a dispute"
    )
    assert found["Flagged: Disputed"] == "Look."
    assert found["Disputed: Ada resolved it"] == "Answered."
    (evidence,) = [entry for entry in entries(paid, later) if entry.kind == "dispute" and entry.is_ahead]
    assert evidence.at == due


def test_shows_the_readers_own_clock_beside_utc(paid: Session, now: datetime) -> None:
    first = entries(paid, now, zone="America/New_York")[0]
    assert (first.utc, first.local) == ("2026-11-23 09:00:00 UTC", "2026-11-23 04:00:00 America/New_York")
    assert entries(paid, now)[0].local == ""


def test_fifty_events_cost_no_more(
    paid: Session, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    StripeEvent.objects.bulk_create(
        StripeEvent(
            event_id=f"evt_{number}",
            type="refund.updated",
            body={"created": 1},
            source="webhook",
            payment=paid.payment,
            received_at=now + timedelta(seconds=number),
        )
        for number in range(50)
    )
    session = Session.objects.with_people().get()
    with django_assert_num_queries(7):
        entries = timeline(session, zone="UTC", now=now)
    assert [entry.kind for entry in entries].count("stripe") == 50
    assert Payment.objects.count() == 1
