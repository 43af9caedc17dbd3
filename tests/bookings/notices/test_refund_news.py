"""What a student hears of a refund on a long way: that it was sent, however late and after whatever came in between."""

from datetime import datetime, timedelta

import pytest

from mentormap.bookings import cancellation, operator_refunds
from mentormap.bookings.models import Session
from mentormap.bookings.notices import scheduled
from mentormap.bookings.notices.render import render_notice
from mentormap.bookings.reconciliation import reconcile
from mentormap.bookings.settlement.settle import apply_event, settle
from mentormap.notifications.channels.email import Message
from mentormap.notifications.models import Delivery, Notice
from mentormap.payments import inbox
from mentormap.payments.models import Refund
from tests import make
from tests.conftest import StandingClock, Stripe

pytestmark = [pytest.mark.django_db, pytest.mark.long]
SUCCEEDS_THEN_FAILS = "4000000000005126"


def cancelled(stripe: Stripe, now: datetime, *, card: str = "4242424242424242", disputed: bool = False) -> Session:  # fmt: skip
    """Sam's hour with Maya, paid, and cancelled by Sam."""
    held = make.hold(now=now)
    stripe.pay(held.payment.checkout_id, card=card)
    settle(held.payment_id, now=now)
    held.payment.refresh_from_db()
    if disputed:
        stripe.sandbox.dispute(held.payment.payment_intent_id)
    return cancellation.cancel(Session.objects.get(), actor=held.student, now=now)


def hear(stripe: Stripe, now: datetime) -> None:
    """What is due has happened at Stripe and come by webhook, and the worker has done its round."""
    stripe.sandbox.catch_up()
    stripe.deliver()
    inbox.drain(apply=apply_event, now=now)
    reconcile.run(now)
    scheduled.run(now)


def news(now: datetime) -> list[str]:
    """The mails about refunds that would be sent now, by their occasions."""
    mails = Delivery.objects.filter(channel="email", notice__occasion__startswith="refund").order_by("pk")
    found = [(mail.notice.occasion, render_notice(mail, now)) for mail in mails]
    return [occasion for occasion, mail in found if isinstance(mail, Message)]


def revisions_of(occasion: str) -> list[str]:
    written = Notice.objects.filter(occasion=occasion).order_by("pk")
    return list(written.values_list("revision", flat=True))


def test_a_refund_that_failed_and_was_tried_again_is_told_to_be_sent_again(
    stripe: Stripe, clock: StandingClock
) -> None:
    cancelled(stripe, clock.now, card=SUCCEEDS_THEN_FAILS)
    scheduled.run(clock.now)
    assert news(clock.now) == ["refund_done"]
    hear(stripe, clock.advance(minutes=10))
    assert news(clock.now) == ["refund_failed"]
    assert operator_refunds.retry(Refund.objects.get(), by=make.ada(), now=clock.advance(days=9))
    assert [scheduled.run(clock.now) for _ in range(2)] == [1, 0]
    refund = Refund.objects.get()
    assert (refund.state, refund.attempt, news(clock.now)) == ("succeeded", 2, ["refund_done"])
    assert revisions_of("refund_done") == [f"{refund.pk}.1", f"{refund.pk}.2"]


def test_a_refund_that_waited_for_the_bank_is_told_to_be_sent(stripe: Stripe, clock: StandingClock) -> None:
    session = cancelled(stripe, clock.now, disputed=True)
    for _ in range(20):
        hear(stripe, clock.advance(days=1))
    assert (Refund.objects.get().state, news(clock.now)) == ("requested", [])
    stripe.sandbox.move_dispute(session.payment.payment_intent_id, status="won")
    hear(stripe, clock.advance(seconds=20))
    assert (Refund.objects.get().state, news(clock.now)) == ("succeeded", ["refund_done"])


def test_a_refund_that_is_slow_when_it_is_tried_again_is_on_its_way_only_once(
    stripe: Stripe, clock: StandingClock
) -> None:
    cancelled(stripe, clock.now)
    refund = Refund.objects.all()
    refund.update(state=Refund.State.REQUESTED, next_try_at=clock.now + timedelta(days=30))
    for attempt in (1, 2, 3):
        refund.update(attempt=attempt)
        scheduled.run(clock.advance(hours=1))
    assert revisions_of("refund_requested") == [str(refund.get().pk)]


def test_what_was_sent_long_ago_is_no_news_however_often_it_is_looked_at(
    stripe: Stripe, clock: StandingClock
) -> None:
    session = cancelled(stripe, clock.now)
    for _ in range(8):
        settle(session.payment_id, now=clock.advance(days=1))
    hear(stripe, clock.now)
    assert revisions_of("refund_done") == []
