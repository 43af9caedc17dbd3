"""What an operator does by hand about a payment: within what is left, by the same steps as a cancellation, and with a trace."""

from datetime import datetime, timedelta

import pytest

from mentormap.accounts.models import User
from mentormap.bookings import cancellation, operator_refunds
from mentormap.bookings.models import AuditEntry, Session
from mentormap.bookings.operator_refunds import RefundOutOfRange
from mentormap.bookings.settlement.settle import settle
from mentormap.lib.money import Money
from mentormap.payments.models import Payment, Refund
from tests import make
from tests.conftest import StandingClock, Stripe
from tests.make import TUESDAY_14

pytestmark = [pytest.mark.django_db, pytest.mark.long]
FAILS_LATER = "4000000000005126"


@pytest.fixture
def ada() -> User:
    return make.ada()


def give(session: Session, minor: int, *, by: User, now: datetime, currency: str = "USD") -> None:
    operator_refunds.refund(session, Money(minor, currency), reason="Goodwill.", by=by, now=now)


def outcome() -> tuple[str, str, int, list[tuple[int, str]]]:
    session = Session.objects.with_people().get()
    given = list(Refund.objects.order_by("pk").values_list("amount_minor", "state"))
    return session.status, session.payment_status, session.payment.refunded_minor, given


def test_a_part_goes_back_and_the_session_stays(stripe: Stripe, ada: User, now: datetime) -> None:
    session = make.booked(stripe, now=now)
    give(session, 5_000, by=ada, now=now)
    assert outcome() == ("scheduled", "paid", 5_000, [(5_000, "succeeded")])
    make.assert_books_agree()
    entry = AuditEntry.objects.get()
    assert (entry.by, entry.at, entry.session_id) == (ada, now, session.pk)
    assert entry.what == "Gave back 50.00\u00a0USD: Goodwill."


def test_all_of_it_ends_a_session_that_is_still_to_come(stripe: Stripe, ada: User, now: datetime) -> None:
    session = make.booked(stripe, now=now)
    give(session, 5_000, by=ada, now=now)
    give(session, 7_000, by=ada, now=now)
    assert outcome() == ("cancelled", "refunded", 12_000, [(5_000, "succeeded"), (7_000, "succeeded")])
    assert session.history.filter(to_status="cancelled").first().actor == ada  # type: ignore[union-attr]
    make.assert_books_agree()


def test_all_of_it_after_the_session_leaves_it_completed(stripe: Stripe, ada: User, now: datetime) -> None:
    session = make.booked(stripe, now=now)
    Session.objects.update(status="completed")
    give(session, 12_000, by=ada, now=TUESDAY_14 + timedelta(hours=2))
    assert outcome() == ("completed", "refunded", 12_000, [(12_000, "succeeded")])
    make.assert_books_agree()


@pytest.mark.parametrize(("minor", "currency"), [(0, "USD"), (12_001, "USD"), (5_000, "EUR")])
def test_what_is_not_there_cannot_be_given_back(
    stripe: Stripe, ada: User, now: datetime, minor: int, currency: str
) -> None:
    session = make.booked(stripe, now=now)
    with pytest.raises(RefundOutOfRange) as refusal:
        give(session, minor, currency=currency, by=ada, now=now)
    assert refusal.value.sentence.startswith(
        "At most 120.00\u00a0USD of this payment can still be given back."
    )
    assert outcome() == ("scheduled", "paid", 0, [])
    assert not AuditEntry.objects.exists()


def test_a_fraction_that_the_currency_does_not_have_is_refused(
    stripe: Stripe, ada: User, now: datetime
) -> None:
    session = make.booked(stripe, now=now, rate=Money(1_200_000, "ISK"))
    with pytest.raises(RefundOutOfRange):
        give(session, 50_050, currency="ISK", by=ada, now=now)
    give(session, 50_000, currency="ISK", by=ada, now=now)
    assert outcome()[2] == 50_000


def test_what_is_on_its_way_counts(stripe: Stripe, ada: User, now: datetime) -> None:
    session = make.booked(stripe, now=now)
    stripe.sandbox.add_fault("server_error", method="POST", path="/v1/refunds", times=5)
    give(session, 9_000, by=ada, now=now)
    assert outcome() == ("scheduled", "paid", 0, [(9_000, "requested")])
    with pytest.raises(RefundOutOfRange, match=r"At most 30\.00"):
        give(session, 4_000, by=ada, now=now)
    session.payment.refresh_from_db()
    assert cancellation.refund_preview(session, actor=ada, now=now) == Money(3_000, "USD")


def test_what_was_paid_elsewhere_is_only_recorded(ada: User, now: datetime) -> None:
    session = make.session(student=make.sam(), mentor=make.mentor(), starts_at=TUESDAY_14, source="recorded")
    give(session, 2_000, by=ada, now=now)
    assert outcome() == ("scheduled", "paid", 2_000, [(2_000, "succeeded")])
    give(session, 10_000, by=ada, now=now)
    assert outcome()[:3] == ("cancelled", "refunded", 12_000)


@pytest.fixture
def failed(stripe: Stripe, clock: StandingClock) -> Refund:
    """Sam's refund was accepted, and failed an hour later."""
    session = make.booked(stripe, now=clock.now, card=FAILS_LATER)
    cancellation.cancel(session, actor=session.student, now=clock.now)
    clock.advance(hours=1)
    stripe.sandbox.catch_up()
    settle(session.payment_id, now=clock.now)
    refund = Refund.objects.get()
    assert refund.state == "failed"
    return refund


def test_a_failed_refund_is_tried_again_at_once(failed: Refund, ada: User, clock: StandingClock) -> None:
    assert operator_refunds.retry(failed, by=ada, now=clock.now)
    failed.refresh_from_db()
    assert (failed.state, failed.attempt) == ("succeeded", 2)
    assert [(entry.by, entry.what) for entry in AuditEntry.objects.all()] == [
        (ada, f"Tried refund {failed.pk} again.")
    ]
    assert not operator_refunds.retry(failed, by=ada, now=clock.now)
    assert AuditEntry.objects.count() == 1


def test_a_failed_refund_is_not_tried_beyond_what_is_left(
    failed: Refund, ada: User, clock: StandingClock
) -> None:
    session = Session.objects.with_people().get()
    give(session, 5_000, by=ada, now=clock.now)
    with pytest.raises(RefundOutOfRange):
        operator_refunds.retry(failed, by=ada, now=clock.now)
    make.assert_books_agree()


def test_asking_stripe_settles_and_says_who_asked(stripe: Stripe, ada: User, now: datetime) -> None:
    session = make.hold(now=now)
    stripe.pay(session.payment.checkout_id)
    operator_refunds.ask_stripe(Payment.objects.get(), by=ada, now=now)
    assert outcome()[:2] == ("scheduled", "paid")
    assert AuditEntry.objects.get().what == "Asked Stripe what became of this payment."
