"""The inbox: what is signed is kept once and never fatal, what is not leaves no trace; and it catches up after an outage."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from mentormap.bookings.models import Session
from mentormap.bookings.settlement.settle import apply_event, settle
from mentormap.payments import gateway, inbox
from mentormap.payments.models import EventCursor, Payment, Refund, StripeEvent
from stripe_sandbox.webhooks import sign
from tests import make
from tests.conftest import StandingClock, Stripe
from tests.sandbox_client import InProcessHTTPClient

pytestmark = pytest.mark.django_db
NOT_OURS = "names no payment of ours"


def receive(body: Any, now: datetime, secret: str = "") -> None:
    """With the first of our secrets, unless told otherwise."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    secret = secret or the_secrets()[0]
    inbox.receive(sent, sign(sent, secret=secret, sent_at=int(now.timestamp())), now=now)


def the_secrets() -> list[str]:
    return list(django_settings.STRIPE_WEBHOOK_SECRETS)


def completed(held: Session, **changes: Any) -> dict[str, Any]:
    """The event that a checkout is complete, as Stripe would send it, but for the changes."""
    object_ = {"id": held.payment.checkout_id, "object": "checkout.session"}
    event = {"id": "evt_1", "object": "event", "type": "checkout.session.completed", "livemode": False}
    return event | {"data": {"object": object_}} | changes


def outcome() -> str:
    return StripeEvent.objects.get().outcome


def drain(now: datetime) -> int:
    return inbox.drain(apply=apply_event, now=now)


def test_any_of_several_secrets_opens_it_and_no_other(settings: Settings, now: datetime) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_old", "whsec_new", "whsec_connect"]
    for number, secret in enumerate(settings.STRIPE_WEBHOOK_SECRETS):
        receive({"id": f"evt_{number}"}, now, secret)
    with pytest.raises(inbox.BadSignature):
        receive({"id": "evt_3"}, now, "whsec_gone")
    assert StripeEvent.objects.count() == 3


def test_no_secret_opens_it_to_nobody(settings: Settings, now: datetime) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = []
    with pytest.raises(inbox.BadSignature):
        inbox.receive(b"{}", sign(b"{}", secret="", sent_at=int(now.timestamp())), now=now)
    assert not StripeEvent.objects.exists()


def test_the_same_event_by_webhook_and_by_asking_is_one_row(
    stripe: Stripe, held: Session, now: datetime
) -> None:
    stripe.pay(held.payment.checkout_id)
    stripe.deliver()
    known = StripeEvent.objects.count()
    assert inbox.poll(now=now) == known
    assert StripeEvent.objects.count() == known


@pytest.mark.parametrize("type_", ["customer.created", "invoice.paid", "v3.something.new", "", "x" * 300])
def test_an_event_type_that_we_do_not_know_is_kept_and_done_with(
    stripe: Stripe, now: datetime, type_: str
) -> None:
    receive({"id": "evt_1", "type": type_, "data": {"object": {"id": "x_1", "object": "thing"}}}, now)
    assert drain(now) == 1
    assert (outcome(), StripeEvent.objects.get().type) == (NOT_OURS, type_[:100])


def test_an_event_of_another_account_is_never_acted_upon(
    stripe: Stripe, held: Session, now: datetime
) -> None:
    """A connected account's objects bear ids of their own; if they name one of ours all the same, it is not ours to touch."""
    stripe.pay(held.payment.checkout_id)
    receive(completed(held, account="acct_of_a_connected_mentor"), now)
    assert drain(now) == 1
    held.refresh_from_db()
    assert (outcome(), held.payment_status) == (NOT_OURS, "pending")
    assert StripeEvent.objects.get().account == "acct_of_a_connected_mentor"


def test_a_dispute_of_another_account_is_not_even_asked_about(stripe: Stripe, now: datetime) -> None:
    """Our key could not read its charge."""
    dispute = {"id": "du_1", "object": "dispute", "charge": "ch_of_theirs"}
    receive(
        {"id": "evt_1", "type": "charge.dispute.created", "account": "acct_1", "data": {"object": dispute}},
        now,
    )
    client = InProcessHTTPClient(stripe.sandbox)
    assert drain(now) == 1
    assert (outcome(), client.requests) == (NOT_OURS, [])


def test_an_event_of_live_mode_does_not_touch_a_payment_of_test_mode(
    stripe: Stripe, held: Session, now: datetime
) -> None:
    stripe.pay(held.payment.checkout_id)
    receive(completed(held, livemode=True), now)
    assert drain(now) == 1
    assert outcome() == NOT_OURS


def test_another_api_versions_payload_is_only_a_hint(stripe: Stripe, held: Session, now: datetime) -> None:
    """Its fields may have other names and shapes: nothing but the ids is read, and the object is fetched."""
    stripe.pay(held.payment.checkout_id)
    strange = {
        "id": held.payment.checkout_id,
        "object": "checkout.session",
        "payment_status": {"state": "never_heard_of"},
        "amount_total": "12000.00",
        "payment_intent": ["pi_1"],
        "metadata": "none",
    }
    receive(completed(held, api_version="2031-01-01.unheard", data={"object": strange}), now)
    assert drain(now) == 1
    held.refresh_from_db()
    assert (held.status, held.payment_status) == ("scheduled", "paid")


def test_an_event_that_lies_changes_nothing(stripe: Stripe, held: Session, now: datetime) -> None:
    """It says paid, Stripe says open."""
    receive(completed(held), now)
    assert drain(now) == 1
    held.refresh_from_db()
    assert (held.payment_status, outcome()) == ("pending", f"payment {held.payment_id} is open")


@pytest.mark.parametrize(
    "body",
    [
        {"id": "evt_1", "object": "v2.core.event", "type": "v2.core.account.closed", "related_object": {"id": "a"}},
        {"id": "evt_1", "type": "charge.refunded"},
        {"id": "evt_1", "type": "charge.refunded", "data": None},
        {"id": "evt_1", "type": "charge.refunded", "data": []},
        {"id": "evt_1", "type": "charge.refunded", "data": {"object": []}},
        {"id": "evt_1", "type": "charge.refunded", "data": {"object": {"object": ["charge"], "payment_intent": 7}}},
        {"id": "evt_1", "type": "charge.refunded", "data": {"object": {"object": "charge", "metadata": ["reference"]}}},
        {"id": "evt_1", "type": "charge.refunded", "data": {"object": {"object": "charge", "metadata": {"reference": {}}}}},
        {"id": "evt_1", "type": "charge.dispute.created", "data": {"object": {"object": "dispute", "charge": {}}}},
        {"id": "evt_1", "type": "charge.dispute.created", "data": {"object": {"object": "dispute", "charge": "ch_none"}}},
        {"id": 17, "type": {"a": 1}, "account": ["x"], "livemode": "maybe"},
        {"id": "e" * 400},
        {"version": "0", "detail-type": "checkout.session.completed", "detail": {"id": "evt_1"}},
        [], None, 1, "text", 1.5, b"not json", b"{", b"", b"[" * 100_000, b"[" * 400 + b"]" * 400, b"9" * 9_000, b"1e999",
    ],
)  # fmt: skip
def test_thin_and_malformed_payloads_are_kept_once_and_done_with(
    stripe: Stripe, now: datetime, body: Any
) -> None:
    receive(body, now)
    receive(body, now)
    assert drain(now) == 1
    assert outcome() == NOT_OURS


def test_a_number_that_is_not_json_is_kept_once(stripe: Stripe, now: datetime) -> None:
    """Python reads NaN, and databases refuse to keep it."""
    receive(b'{"id": "evt_1", "data": {"object": {"amount": NaN, "other": -Infinity}}}', now)
    assert drain(now) == 1
    assert StripeEvent.objects.get().body["data"]["object"] == {"amount": "nan", "other": "-inf"}


def test_a_garbled_body_is_refused_whatever_its_signature(now: datetime) -> None:
    with pytest.raises(inbox.BadSignature):
        inbox.receive(b"\xff\xfe{}", sign(b"\xff\xfe{}", secret=the_secrets()[0], sent_at=int(now.timestamp())), now=now)  # fmt: skip
    assert not StripeEvent.objects.exists()


@pytest.mark.parametrize("stamp", ["-1", "9" * 30, "1795424400.5", "1e9", "\u0661"])
def test_a_stamp_that_is_no_time_is_refused(now: datetime, stamp: str) -> None:
    good = sign(b"{}", secret=the_secrets()[0], sent_at=int(now.timestamp()))
    with pytest.raises(inbox.BadSignature):
        inbox.receive(b"{}", f"t={stamp},{good.partition(',')[2]}", now=now)


@pytest.mark.parametrize("sent_at", [10**10, 10**30])
def test_a_stamp_beyond_the_calendar_is_refused(now: datetime, sent_at: int) -> None:
    with pytest.raises(inbox.BadSignature):
        inbox.receive(b"{}", sign(b"{}", secret=the_secrets()[0], sent_at=sent_at), now=now)


def test_the_first_look_reaches_back_to_the_oldest_payment_that_is_open(
    stripe: Stripe, held: Session, clock: StandingClock
) -> None:
    """Whose cursor was lost, as by restoring a copy, hears of what was paid meanwhile."""
    stripe.pay(held.payment.checkout_id)
    assert inbox.poll(now=clock.advance(days=5)) > 0
    drain(clock.now)
    assert Payment.objects.get().state == "paid"


def test_the_first_look_of_a_new_installation_reaches_back_an_hour(stripe: Stripe, now: datetime) -> None:
    assert inbox._first_look_back(now) == now - timedelta(hours=1)


def test_the_first_look_reaches_back_no_further_than_stripe_does(held: Session, now: datetime) -> None:
    Payment.objects.update(created_at=now - timedelta(days=400))
    assert inbox._first_look_back(now) == now - timedelta(days=30)


def test_after_a_long_outage_everything_is_heard_of(
    stripe: Stripe, held: Session, clock: StandingClock
) -> None:
    stripe.pay(held.payment.checkout_id)
    settle(held.payment_id, now=clock.now)
    inbox.poll(now=clock.now)
    drain(clock.now)
    known = StripeEvent.objects.count()
    clock.advance(days=2)
    stripe.sandbox.refund(Payment.objects.get().payment_intent_id, amount=5_000)
    inbox.poll(now=clock.advance(days=25))
    assert StripeEvent.objects.count() == known + 2
    assert EventCursor.objects.get().read_to == clock.now
    drain(clock.now)
    assert Refund.objects.get().amount_minor == 5_000


def test_an_outage_is_read_by_days_so_that_who_is_cut_off_goes_on_from_there(
    stripe: Stripe, held: Session, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox.poll(now=clock.now)
    began = clock.now
    listed = gateway.list_events
    spans: list[tuple[datetime, datetime | None]] = []

    def list_or_break(*, created_from: datetime, created_to: datetime | None) -> list[dict[str, Any]]:
        spans.append((created_from, created_to))
        if len(spans) == 2:
            raise gateway.StripeUnavailable("cut off")
        return listed(created_from=created_from, created_to=created_to)

    monkeypatch.setattr(gateway, "list_events", list_or_break)
    clock.advance(days=2, hours=12)
    with pytest.raises(gateway.StripeUnavailable):
        inbox.poll(now=clock.now)
    first = began + timedelta(days=1)
    assert EventCursor.objects.get().read_to == first
    inbox.poll(now=clock.now)
    overlap = timedelta(minutes=10)
    assert spans == [
        (began - overlap, first),
        (first - overlap, first + timedelta(days=1)),
        (first - overlap, first + timedelta(days=1)),
        (first + timedelta(days=1) - overlap, None),
    ]


def test_an_event_that_shows_after_it_was_made_is_found_by_the_next_poll(
    stripe: Stripe, clock: StandingClock
) -> None:
    inbox.poll(now=clock.now + timedelta(minutes=9))
    held = make.hold(now=clock.now)
    stripe.pay(held.payment.checkout_id)
    assert inbox.poll(now=clock.now + timedelta(minutes=10)) > 0
    assert StripeEvent.objects.filter(type="checkout.session.completed").exists()


def test_what_is_polled_again_is_kept_once(stripe: Stripe, clock: StandingClock) -> None:
    held = make.hold(now=clock.now)
    stripe.pay(held.payment.checkout_id)
    listed = [inbox.poll(now=clock.now) for _ in range(2)]
    assert listed == [StripeEvent.objects.count()] * 2


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
