"""What the requests that change money or time ask of the database, from the first statement to the last: docs/decisions/0018."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from mentormap.accounts.models import User
from mentormap.availability.models import BookingRules
from mentormap.bookings.models import Session
from mentormap.bookings.settlement import settle
from mentormap.mentors.models import Mentor
from tests import make
from tests.api.conftest import Api
from tests.conftest import StandingClock, Stripe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_edge")]

MOST_READS = 12
UNCOUNTED = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
WEDNESDAY_14 = datetime(2026, 11, 25, 14, 0, tzinfo=UTC)
BOOKING = {
    "mentor_id": 1,
    "title": "System Design Review",
    "description": "Need help with distributed systems",
    "scheduled_at": "2026-11-25T14:00:00Z",
    "duration_minutes": 60,
}
FORM = {
    "title": "System Design Review",
    "starts_at": "2026-11-25T14:00:00Z",
    "duration_minutes": "60",
    "nonce": "of this form",
}


@pytest.fixture
def maya(db: None) -> Mentor:
    return make.mentor(id=1)


@pytest.fixture
def sam_api(sam: User) -> Api:
    """Has its token already."""
    api = Api()
    api.token(sam)
    return api


@pytest.fixture
def sam_client(sam: User) -> Client:
    """Logged in by the form."""
    client = Client()
    client.post("/login", {"login": sam.email, "password": make.PASSWORD})
    return client


@pytest.fixture
def held(stripe: Stripe, sam: User, maya: Mentor, now: datetime) -> Session:
    """Paid at Stripe, and not yet known to be."""
    session = make.hold(student=sam, mentor=maya, starts_at=WEDNESDAY_14, now=now)
    stripe.pay(session.payment.checkout_id)
    return session


@pytest.fixture
def booked(held: Session, now: datetime) -> Session:
    settle.settle(held.payment_id, now=now)
    return held


@contextmanager
def asking(*, reads: int, writes: int, most: int = MOST_READS) -> Iterator[None]:
    """Exactly as many as that: who changes a number changes it in the decision record, too."""
    with CaptureQueriesContext(connection) as queries:
        yield
    asked = [query["sql"] for query in queries if not query["sql"].startswith(UNCOUNTED)]
    read = [sql for sql in asked if sql.startswith("SELECT")]
    assert (len(read), len(asked) - len(read)) == (reads, writes), "\n".join(asked)
    assert reads <= most


def test_booking_by_the_api(stripe: Stripe, sam_api: Api, sam: User, maya: Mentor) -> None:
    with asking(reads=11, writes=5):
        assert sam_api.post("payments/create-checkout-session", BOOKING, as_=sam).status == 201


def test_booking_by_the_api_with_a_key(stripe: Stripe, sam_api: Api, sam: User, maya: Mentor) -> None:
    key, path = {"Idempotency-Key": "one"}, "payments/create-checkout-session"
    with asking(reads=12, writes=6):
        assert sam_api.send("POST", path, BOOKING, as_=sam, headers=key).status == 201


def test_booking_by_the_form(stripe: Stripe, sam_client: Client, maya: Mentor) -> None:
    with asking(reads=12, writes=6):
        assert sam_client.post("/mentors/1", FORM).status_code == 303


def test_landing_after_the_payment(sam_client: Client, held: Session) -> None:
    with asking(reads=12, writes=6):
        response = sam_client.get(f"/sessions/success?checkout={held.payment.checkout_id}")
        assert "You are booked!" in response.content.decode()


def test_moving_by_the_api(sam_api: Api, sam: User, booked: Session) -> None:
    there = {"scheduled_at": "2026-11-25T16:00:00Z"}
    with asking(reads=12, writes=6):
        assert sam_api.send("PUT", f"sessions/{booked.pk}/reschedule", there, as_=sam).status == 200


def test_cancelling_by_the_api(sam_api: Api, sam: User, booked: Session) -> None:
    with asking(reads=12, writes=15):
        assert sam_api.put(f"sessions/{booked.pk}/cancel", as_=sam).json["payment_status"] == "refunded"


def test_cancelling_by_the_page(sam_client: Client, booked: Session) -> None:
    with asking(reads=12, writes=15):
        sam_client.post(f"/sessions/{booked.pk}/cancel", {"comes_back": "120.00"})
    booked.refresh_from_db()
    assert booked.payment_status == "refunded"


def test_letting_go_by_the_api(stripe: Stripe, sam_api: Api, sam: User, maya: Mentor, now: datetime) -> None:
    """Nothing is told, and nothing goes back."""
    hold = make.hold(student=sam, mentor=maya, starts_at=WEDNESDAY_14, now=now)
    with asking(reads=11, writes=4):
        assert sam_api.put(f"sessions/{hold.pk}/cancel", as_=sam).json["status"] == "cancelled"


def test_the_caps_of_a_mentor_take_two_reads_more(
    stripe: Stripe, sam_api: Api, sam: User, maya: Mentor
) -> None:
    BookingRules.objects.update(most_a_day=3)
    with asking(reads=13, writes=5, most=14):
        assert sam_api.post("payments/create-checkout-session", BOOKING, as_=sam).status == 201


def test_moving_with_a_mentor_who_has_caps(sam_api: Api, sam: User, booked: Session) -> None:
    BookingRules.objects.update(most_a_day=3)
    there = {"scheduled_at": "2026-11-25T16:00:00Z"}
    with asking(reads=14, writes=6, most=14):
        assert sam_api.send("PUT", f"sessions/{booked.pk}/reschedule", there, as_=sam).status == 200


def test_cancelling_late_by_the_page_asks_about_disputes(
    sam_client: Client, booked: Session, clock: StandingClock
) -> None:
    clock.now = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
    with asking(reads=13, writes=13, most=14):
        sam_client.post(f"/sessions/{booked.pk}/cancel", {"comes_back": "60.00"})
    booked.refresh_from_db()
    assert (booked.status, booked.payment.refunded_minor) == ("cancelled", 6_000)
