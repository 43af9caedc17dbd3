"""What booking, settling and cancelling read: at most a dozen queries each, however much there is."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mentormap.bookings import cancellation, settlement
from mentormap.bookings.models import Session
from mentormap.payments.models import Payment
from tests import make
from tests.conftest import Stripe

pytestmark = pytest.mark.django_db
TUESDAY_14 = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


def reads(queries: CaptureQueriesContext) -> int:
    return sum(query["sql"].startswith("SELECT") for query in queries)


def test_booking_reads_little(stripe: Stripe, now: datetime) -> None:
    sam, maya = make.sam(), make.mentor()
    with CaptureQueriesContext(connection) as queries:
        make.hold(student=sam, mentor=maya, starts_at=TUESDAY_14, now=now)
    assert reads(queries) <= 10


@pytest.mark.parametrize("is_paid", [True, False])
def test_settling_and_cancelling_read_little(stripe: Stripe, now: datetime, *, is_paid: bool) -> None:
    session = make.hold(student=make.sam(), mentor=make.mentor(), starts_at=TUESDAY_14, now=now)
    if is_paid:
        stripe.pay(session.payment.checkout_id)
        with CaptureQueriesContext(connection) as queries:
            settlement.settle(session.payment_id, now=now)
        assert reads(queries) <= 7
    fresh = Session.objects.get(pk=session.pk)
    with CaptureQueriesContext(connection) as queries:
        cancellation.cancel(fresh, actor=session.student, now=now)
    assert reads(queries) <= 10
    assert Payment.objects.get().state == ("paid" if is_paid else "expired")
