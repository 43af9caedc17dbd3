"""The books notice money without a session, a session without money, and sums that differ."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from mentormap.bookings.models import Session
from mentormap.bookings.reconciliation.ledger import Ledger, ledgers
from mentormap.payments.models import Flag, Payment, Refund
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def booked(now: datetime) -> Session:
    """Sam's hour with Maya, paid with 120.00 USD."""
    return make.session(student=make.sam(), mentor=make.mentor(), starts_at=now + timedelta(days=1))


def test_a_session_that_stands_is_confirmed(booked: Session) -> None:
    assert ledgers() == {"USD": Ledger(captured=12_000, confirmed=12_000)}
    assert ledgers()["USD"].agree


@pytest.mark.parametrize(
    ("session", "payment"),
    [
        ({"status": "cancelled", "payment_status": "pending"}, {}),
        ({}, {"captured_minor": 0}),
        ({}, {"refunded_minor": 500}),
        ({}, {"owed_minor": 500}),
    ],
    ids=[
        "money without a session",
        "a session without money",
        "refunded without a refund",
        "owed and not sent",
    ],
)
def test_what_does_not_fit_is_noticed(
    booked: Session, session: dict[str, Any], payment: dict[str, Any]
) -> None:
    Session.objects.update(**session)
    Payment.objects.update(**payment)
    assert [line.agree for line in ledgers().values()] == [False]


def test_what_a_dispute_has_taken_for_good_was_never_captured(booked: Session) -> None:
    Payment.objects.update(lost_minor=12_000)
    assert ledgers() == {"USD": Ledger()}


def test_a_dispute_after_a_refund_takes_what_was_left(booked: Session, now: datetime) -> None:
    make_refund(booked.payment, 5_000, now, state=Refund.State.SUCCEEDED)
    Payment.objects.update(owed_minor=5_000, refunded_minor=5_000, lost_minor=12_000)
    assert ledgers() == {"USD": Ledger(captured=5_000, refunded=5_000)}


def test_what_is_requested_counts_as_given_back(booked: Session, now: datetime) -> None:
    make_refund(booked.payment, 5_000, now, state=Refund.State.REQUESTED)
    Payment.objects.update(owed_minor=5_000)
    assert ledgers() == {"USD": Ledger(captured=12_000, confirmed=7_000, refunded=5_000)}


def test_what_is_flagged_waits_for_the_operator(booked: Session, now: datetime) -> None:
    Flag.objects.create(payment=booked.payment, name=Flag.Name.DISPUTED, raised_at=now)
    make_refund(booked.payment, 5_000, now, state=Refund.State.REQUESTED)
    assert ledgers() == {"USD": Ledger(captured=12_000, refunded=5_000, flagged=7_000)}


def make_refund(payment: Payment, amount: int, now: datetime, *, state: str) -> None:
    Refund.objects.create(
        payment=payment, amount_minor=amount, currency="USD", state=state, created_at=now, updated_at=now
    )
