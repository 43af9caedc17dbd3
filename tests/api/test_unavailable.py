"""A database that is out of reach is a 503 at the API too, and costs nobody a booking or a payment."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from mentormap.accounts.models import User
from mentormap.bookings.models import Session
from mentormap.mentors.models import Mentor
from tests.api.conftest import Api
from tests.conftest import StandingClock, Stripe
from tests.outages import PASSING, failing

BOOKING = {"title": "Review", "scheduled_at": "2026-11-24T14:00:00", "duration_minutes": 60}


@pytest.mark.django_db
@pytest.mark.parametrize("error", PASSING, ids=str)
def test_at_the_api_it_is_a_problem_document(api: Api, error: Exception) -> None:
    with failing(error):
        answer = api.get("mentors/")
    assert answer.refusal == (503, "service-unavailable", [])
    assert answer.headers["Retry-After"] == "5"


@pytest.mark.django_db(transaction=True)
def test_a_commit_of_unknown_outcome_is_503_and_the_same_request_finds_its_hold(
    api: Api,
    stripe: Stripe,
    sam: User,
    maya: Mentor,
    clock: StandingClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    api.token(sam)
    booking = BOOKING | {"mentor_id": maya.pk}
    commit, lost = connection.commit, [True]

    def lose() -> None:
        commit()
        if lost and Session.objects.exists():
            lost.clear()
            raise PASSING[0]

    monkeypatch.setattr(connection, "commit", lose)
    path, headers = "payments/create-checkout-session", {"Idempotency-Key": "once"}
    first = api.send("POST", path, booking, as_=sam, headers=headers)
    assert first.refusal == (503, "service-unavailable", [])
    clock.advance(minutes=2)
    second = api.send("POST", path, booking, as_=sam, headers=headers)
    session = Session.objects.get()
    assert (second.status, second.json["checkout_session_id"]) == (201, session.payment.checkout_id)
    assert session.is_hold


@pytest.mark.django_db(transaction=True)
def test_a_checkout_that_could_not_be_recorded_is_recorded_by_the_same_request(
    api: Api, stripe: Stripe, sam: User, maya: Mentor, clock: StandingClock
) -> None:
    """Stripe has made it, and the database was gone before its address was kept."""
    path, headers = "payments/create-checkout-session", {"Idempotency-Key": "once"}
    booking = BOOKING | {"mentor_id": maya.pk}
    api.token(sam)

    def fail(execute: Callable[..., Any], sql: str, params: Any, *rest: Any) -> Any:
        if sql.startswith("UPDATE") and "payments" in sql and "checkout_url" in sql:
            raise PASSING[0]
        return execute(sql, params, *rest)

    with connection.execute_wrapper(fail):
        first = api.send("POST", path, booking, as_=sam, headers=headers)
    clock.advance(minutes=2)
    second = api.send("POST", path, booking, as_=sam, headers=headers)
    assert (first.status, second.status) == (503, 201)
    assert Session.objects.get().payment.checkout_id == second.json["checkout_session_id"]


def fill(spare_pages: int) -> None:
    """To the last page, and without free pages that earlier tests have left: SQLite itself then says that the disk is full."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA page_count")
        cursor.execute(f"PRAGMA max_page_count={cursor.fetchone()[0] + spare_pages}")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own limit makes the disk full")
@pytest.mark.django_db(transaction=True)
def test_a_booking_on_a_full_disk_is_503_and_holds_nothing(
    api: Api, stripe: Stripe, sam: User, maya: Mentor
) -> None:
    booking = BOOKING | {"mentor_id": maya.pk, "description": "long " * 790}
    api.token(sam)
    fill(0)
    try:
        refused = api.post("payments/create-checkout-session", booking, as_=sam)
        assert api.get("mentors/").status == 200
    finally:
        fill(1_000_000)
    assert refused.refusal == (503, "service-unavailable", [])
    assert not Session.objects.exists()
    assert api.post("payments/create-checkout-session", booking, as_=sam).status == 201
