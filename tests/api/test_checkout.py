"""Booking through the API: what is held, and every reason to refuse."""

from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any

import pytest

from mentormap.accounts.models import User
from mentormap.bookings.models import Session
from mentormap.bookings.settlement.settle import settle
from mentormap.lib.money import Money
from mentormap.lib.spans import Span
from mentormap.mentors.models import Mentor
from mentormap.payments.models import Payment
from tests import make
from tests.api.conftest import Api
from tests.conftest import StandingClock, Stripe
from tests.sandbox_client import pay_by_debit

pytestmark = pytest.mark.django_db
PATH = "payments/create-checkout-session"


def booking(mentor_number: int = 1, **changes: Any) -> dict[str, Any]:
    """As in the brief, at a time that is still ahead."""
    return {
        "mentor_id": mentor_number,
        "title": "System Design Review",
        "description": "Need help with distributed systems",
        "scheduled_at": "2026-11-24T14:00:00",
        "duration_minutes": 60,
    } | changes


def test_a_booking_holds_the_time_and_says_where_to_pay(
    api: Api, stripe: Stripe, sam: User, maya: Mentor
) -> None:
    answer = api.post(PATH, booking(maya.pk), as_=sam)
    session = Session.objects.get()
    assert answer.status == 201
    assert answer.json == {
        "session_id": session.pk,
        "checkout_session_id": session.payment.checkout_id,
        "checkout_url": session.payment.checkout_url,
        "expires_at": "2026-11-23T09:35:00Z",
        "price": 120.0,
        "currency": "USD",
        "status": "scheduled",
        "payment_status": "pending",
    }
    assert answer.headers["Location"] == f"/api/sessions/{session.pk}"
    assert (session.title, session.description) == (
        "System Design Review",
        "Need help with distributed systems",
    )


@pytest.mark.parametrize(
    ("zone", "sent", "instant"),
    [
        ("Europe/Berlin", "2026-11-24T14:00:00", datetime(2026, 11, 24, 13, tzinfo=UTC)),
        ("America/New_York", "2026-11-24T10:00:00", datetime(2026, 11, 24, 15, tzinfo=UTC)),
        ("", "2026-11-24T14:00:00", datetime(2026, 11, 24, 13, tzinfo=UTC)),
        ("America/New_York", "2026-11-24T14:00:00Z", datetime(2026, 11, 24, 14, tzinfo=UTC)),
        ("", "2026-11-24T14:00:00+05:30", datetime(2026, 11, 24, 8, 30, tzinfo=UTC)),
    ],
)
def test_a_time_without_an_offset_is_the_users_else_the_mentors(
    api: Api, stripe: Stripe, maya: Mentor, *, zone: str, sent: str, instant: datetime
) -> None:
    answer = api.post(PATH, booking(maya.pk, scheduled_at=sent), as_=make.sam(time_zone=zone))
    assert answer.status == 201
    assert Session.objects.get().scheduled_at == instant


def test_success_and_cancel_lead_to_the_host_that_one_came_by(
    api: Api, stripe: Stripe, sam: User, maya: Mentor
) -> None:
    headers = {"Host": "127.0.0.1:3002"}
    assert api.send("POST", PATH, booking(maya.pk), as_=sam, headers=headers).status == 201
    sent = Session.objects.get().payment.checkout_request
    assert sent["success_url"].startswith("http://127.0.0.1:3002/sessions/success")
    assert sent["cancel_url"].startswith("http://127.0.0.1:3002/checkout/back/")


TIMES = "scheduled_at"


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({TIMES: "2026-11-23T09:00:00"}, 422, "past-time", TIMES),
        ({TIMES: "2024-01-20T14:00:00"}, 422, "past-time", TIMES),
        ({TIMES: "2026-11-24T14:10:00"}, 422, "off-grid", TIMES),
        ({TIMES: "2026-11-24T14:00:01"}, 422, "off-grid", TIMES),
        ({TIMES: "2026-11-24T22:00:00"}, 422, "outside-hours", TIMES),
        ({TIMES: "2026-11-24T19:30:00"}, 422, "outside-hours", TIMES),
        ({TIMES: "2028-11-24T14:00:00"}, 422, "outside-hours", TIMES),
        ({TIMES: "2026-10-25T02:30:00"}, 422, "ambiguous-time", TIMES),
        ({TIMES: "2027-03-28T02:30:00"}, 422, "nonexistent-time", TIMES),
        ({TIMES: "2026-02-30T14:00:00"}, 422, "invalid-request", TIMES),
        ({TIMES: "tomorrow"}, 422, "invalid-request", TIMES),
        ({TIMES: "2026-11-24"}, 422, "invalid-request", TIMES),
        ({TIMES: 1_795_000_000}, 422, "invalid-request", TIMES),
        ({"duration_minutes": 45}, 422, "bad-duration", "duration_minutes"),
        ({"duration_minutes": 0}, 422, "bad-duration", "duration_minutes"),
        ({"duration_minutes": "60"}, 422, "invalid-request", "duration_minutes"),
        ({"duration_minutes": 10**30}, 422, "bad-duration", "duration_minutes"),
        ({"mentor_id": 999}, 422, "unknown-mentor", "mentor_id"),
        ({"mentor_id": 10**30}, 422, "unknown-mentor", "mentor_id"),
        ({"mentor_id": True}, 422, "invalid-request", "mentor_id"),
        ({"title": ""}, 422, "title-missing", "title"),
        ({"title": " "}, 422, "title-missing", "title"),
        ({"title": "x" * 201}, 422, "title-too-long", "title"),
        ({"title": None}, 422, "invalid-request", "title"),
        ({"title": "a\0b"}, 422, "invalid-request", "title"),
        ({"description": "x" * 4001}, 422, "invalid-request", "description"),
    ],
)
def test_what_cannot_be_booked_names_its_field(
    api: Api, sam: User, maya: Mentor, *, changes: dict[str, Any], status: int, code: str, field: str
) -> None:
    answer = api.post(PATH, booking(maya.pk, **changes), as_=sam)
    assert answer.refusal == (status, code, [field])
    assert Session.objects.count() == 0


def test_nothing_at_all_names_all_that_is_needed(api: Api, sam: User) -> None:
    fields = ["mentor_id", "title", "scheduled_at", "duration_minutes"]
    assert api.post(PATH, {}, as_=sam).refusal == (422, "invalid-request", fields)


@pytest.mark.parametrize(
    ("wanted", "days"),
    [("2026-12-01", ["12-02", "12-03", "12-04"]), ("2028-12-01", ["11-24", "11-25", "11-26"])],
)
def test_outside_the_hours_the_next_open_slots_are_offered(
    api: Api, sam: User, wanted: str, days: list[str]
) -> None:
    """Those after the time that was wanted; where no bookings are taken yet by then, the first of all."""
    mentor = make.mentor(hours=((time(10), time(11)),))
    answer = api.post(PATH, booking(mentor.pk, scheduled_at=f"{wanted}T14:00:00"), as_=sam)
    assert answer.refusal == (422, "outside-hours", ["scheduled_at"])
    assert answer.json["next_open_slots"] == [f"2026-{day}T09:00:00Z" for day in days]


def test_booking_oneself_is_refused(api: Api, maya: Mentor) -> None:
    answer = api.post(PATH, booking(maya.pk), as_=maya.user)
    assert answer.refusal == (422, "own-mentor", ["mentor_id"])


@pytest.mark.parametrize(
    ("sent", "minutes"), [("T14:00:00", 60), ("T13:30:00", 60), ("T14:30:00", 30), ("T13:00:00", 120)]
)
def test_time_that_is_taken_in_whole_or_in_part_is_a_conflict(
    api: Api, sam: User, maya: Mentor, sent: str, minutes: int
) -> None:
    make.session(student=make.olga(), mentor=maya, starts_at=datetime(2026, 11, 24, 13, tzinfo=UTC))
    asked = booking(maya.pk, scheduled_at=f"2026-11-24{sent}", duration_minutes=minutes)
    answer = api.post(PATH, asked, as_=sam)
    assert answer.refusal == (409, "time-taken", ["scheduled_at"])
    assert len(answer.json["next_open_slots"]) == 3


def test_a_time_at_which_the_mentors_calendar_is_busy_is_a_conflict(
    api: Api, sam: User, maya: Mentor, now: datetime
) -> None:
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    make.busy_calendar(maya, Span(noon, noon + timedelta(hours=1)), now=now)
    slots = api.get(f"mentors/{maya.pk}/slots?from=2026-11-24&to=2026-11-24&duration_minutes=60")
    offered = [slot["starts_at"] for slot in slots.json["slots"]]
    answer = api.post(PATH, booking(maya.pk, scheduled_at="2026-11-24T12:30:00Z"), as_=sam)
    assert answer.refusal == (409, "time-taken", ["scheduled_at"])
    assert answer.json["next_open_slots"][0] == "2026-11-24T13:00:00Z"
    assert [start for start in offered if "T11:00" <= start[10:16] <= "T13:00"] == [
        "2026-11-24T11:00:00Z",
        "2026-11-24T13:00:00Z",
    ]


def test_without_a_token_nothing_is_booked(api: Api, maya: Mentor) -> None:
    assert api.post(PATH, booking(maya.pk)).refusal == (401, "no-token", [])
    assert Session.objects.count() == 0


def test_a_price_below_what_can_be_charged_is_refused(api: Api, sam: User) -> None:
    cheap = make.mentor(rate=Money(60, "USD"))
    answer = api.post(PATH, booking(cheap.pk, duration_minutes=30), as_=sam)
    assert answer.refusal == (422, "price-out-of-range", ["duration_minutes"])


def test_a_replay_continues_the_hold_that_it_made(api: Api, stripe: Stripe, sam: User, maya: Mentor) -> None:
    headers = {"Idempotency-Key": "4f1c"}
    sent = [api.send("POST", PATH, booking(maya.pk), as_=sam, headers=headers) for _ in range(2)]
    assert [answer.status for answer in sent] == [201, 201]
    assert sent[0].json == sent[1].json
    assert Session.objects.count() == 1


@pytest.mark.parametrize(
    ("by_then", "status", "payment_status"),
    [
        ("let go", "cancelled", "pending"),
        ("paid", "scheduled", "paid"),
        ("with the bank", "scheduled", "pending"),
        ("past its end", "scheduled", "pending"),
    ],
)
def test_a_replay_hands_out_no_page_that_can_no_longer_be_paid(
    api: Api,
    stripe: Stripe,
    clock: StandingClock,
    sam: User,
    maya: Mentor,
    by_then: str,
    status: str,
    payment_status: str,
) -> None:
    """It answers with the session that the key made, as it is by then, and makes no other."""
    headers = {"Idempotency-Key": "4f1c"}
    first = api.send("POST", PATH, booking(maya.pk), as_=sam, headers=headers).json
    made = Session.objects.get()
    if by_then == "let go":
        api.put(f"sessions/{made.pk}/cancel", as_=sam)
    elif by_then == "past its end":
        clock.advance(minutes=36)
    else:
        pay = stripe.pay if by_then == "paid" else partial(pay_by_debit, stripe.sandbox)
        pay(made.payment.checkout_id or "")
        settle(made.payment_id, now=clock.now)
    again = api.send("POST", PATH, booking(maya.pk), as_=sam, headers=headers)
    now_so = {"checkout_url": None, "status": status, "payment_status": payment_status}
    assert (again.status, again.json) == (201, first | now_so)
    assert Session.objects.count() == 1


def test_a_new_key_books_again_after_the_hold_was_let_go(
    api: Api, stripe: Stripe, sam: User, maya: Mentor
) -> None:
    first = api.send("POST", PATH, booking(maya.pk), as_=sam, headers={"Idempotency-Key": "one"}).json
    api.put(f"sessions/{first['session_id']}/cancel", as_=sam)
    second = api.send("POST", PATH, booking(maya.pk), as_=sam, headers={"Idempotency-Key": "two"}).json
    assert second["checkout_url"] == Session.objects.holds().get().payment.checkout_url


def test_an_idempotency_key_has_an_end(api: Api, sam: User, maya: Mentor) -> None:
    headers = {"Idempotency-Key": "x" * 256}
    answer = api.send("POST", PATH, booking(maya.pk), as_=sam, headers=headers)
    assert answer.refusal == (422, "invalid-request", ["Idempotency-Key"])


def test_another_booking_with_the_same_mentor_replaces_the_hold(
    api: Api, stripe: Stripe, sam: User, maya: Mentor
) -> None:
    first = api.post(PATH, booking(maya.pk), as_=sam).json
    second = api.post(PATH, booking(maya.pk, duration_minutes=90), as_=sam).json
    assert (first["session_id"] != second["session_id"], second["price"]) == (True, 180.0)
    assert api.get("sessions/latest", as_=sam).json["id"] == second["session_id"]
    assert api.get(f"sessions/{first['session_id']}", as_=sam).json["status"] == "cancelled"


def test_when_payments_are_out_of_reach_one_is_told_when_to_come_back(
    api: Api, stripe: Stripe, sam: User, maya: Mentor
) -> None:
    stripe.sandbox.add_fault("unavailable", times=9)
    answer = api.post(PATH, booking(maya.pk), as_=sam)
    assert answer.refusal == (503, "payments-unavailable", [])
    assert answer.headers["Retry-After"] == "60"


def test_an_overnight_clock_change_does_not_confuse_a_booking(
    api: Api, stripe: Stripe, clock: StandingClock, sam: User, maya: Mentor
) -> None:
    clock.now = datetime(2027, 3, 27, 9, tzinfo=UTC)
    answer = api.post(PATH, booking(maya.pk, scheduled_at="2027-03-28T14:00:00"), as_=sam)
    assert answer.status == 201
    assert Session.objects.get().scheduled_at == datetime(2027, 3, 28, 12, tzinfo=UTC)


def test_the_same_request_at_the_same_moment_gets_the_same_answer(
    api: Api, stripe: Stripe, sam: User, maya: Mentor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a key. The second comes while the first is still at Stripe, and waits for it."""
    first = api.post(PATH, booking(maya.pk), as_=sam)
    recorded = Payment.objects.values("checkout_id", "checkout_url", "state").get()
    Payment.objects.update(checkout_id=None, checkout_url="", state=Payment.State.CREATED)
    monkeypatch.setattr("time.sleep", lambda _: Payment.objects.update(**recorded))
    second = api.post(PATH, booking(maya.pk), as_=sam)
    assert (second.status, second.json) == (first.status, first.json)
    assert Session.objects.get().is_hold


def test_a_pause_says_when_it_ends(
    api: Api, stripe: Stripe, sam: User, maya: Mentor, clock: StandingClock
) -> None:
    for number in range(3):
        assert api.post(PATH, booking(maya.pk, title=f"Title {number}"), as_=sam).status == 201
    answer = api.post(PATH, booking(maya.pk, title="Title 3"), as_=sam)
    assert answer.refusal == (429, "holds-paused", [])
    end = clock.now + timedelta(hours=24, minutes=1)
    assert datetime.fromisoformat(answer.json["paused_until"]) == end
    assert answer.headers["Retry-After"] == str(24 * 60 * 60 + 61)
    assert "Tue 24 Nov 2026, 10:01 (Europe/Berlin)" in answer.json["detail"]
