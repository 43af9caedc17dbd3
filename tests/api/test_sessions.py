"""One's sessions: listed, read, annotated, downloaded; anybody else's are not there."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from mentormap.accounts.models import User
from mentormap.bookings.models import Session
from mentormap.mentors.models import Mentor
from tests import make
from tests.api.conftest import Answer, Api
from tests.make import TUESDAY_14

pytestmark = pytest.mark.django_db


@pytest.fixture
def booked(sam: User, maya: Mentor) -> Session:
    return make.session(student=sam, mentor=maya, starts_at=TUESDAY_14)


def ids(answer: Answer) -> list[int]:
    assert answer.status == 200
    return [session["id"] for session in answer.json]


def test_a_session_has_the_columns_of_the_brief_and_more(api: Api, sam: User, booked: Session) -> None:
    answer = api.get(f"sessions/{booked.pk}", as_=sam)
    assert answer.json == {
        "id": booked.pk,
        "student_id": sam.pk,
        "mentor_id": booked.mentor_id,
        "title": "System design review",
        "description": "Need help with distributed systems",
        "scheduled_at": "2026-11-24T14:00:00Z",
        "duration_minutes": 60,
        "status": "scheduled",
        "price": 120.0,
        "payment_status": "paid",
        "stripe_payment_id": f"pi_{booked.uid.hex}",
        "notes": "",
        "created_at": "2026-11-22T14:00:00Z",
        "currency": "USD",
        "ends_at": "2026-11-24T15:00:00Z",
        "mentor": {"id": booked.mentor_id, "name": "Maya"},
        "hold_expires_at": None,
        "refunded_amount": 0.0,
        "cancellation_policy": {
            "full_refund_hours": 24,
            "late_refund_percent": 50,
            "sentence": "Full refund until 2026-11-23T14:00:00Z, then 50%, none after the start.",
            "full_refund_until": "2026-11-23T14:00:00Z",
            "late_refund_until": "2026-11-24T14:00:00Z",
        },
    }


def test_a_hold_says_until_when_it_holds(api: Api, sam: User, maya: Mentor) -> None:
    hold = make.session(student=sam, mentor=maya, starts_at=TUESDAY_14, payment_status="pending")
    answer = api.get(f"sessions/{hold.pk}", as_=sam).json
    assert (answer["hold_expires_at"], answer["stripe_payment_id"]) == ("2026-11-22T14:35:00Z", None)


def test_what_came_back_is_said(api: Api, sam: User, maya: Mentor) -> None:
    refunded = make.session(
        student=sam, mentor=maya, starts_at=TUESDAY_14, status="cancelled", payment_status="refunded"
    )
    assert api.get(f"sessions/{refunded.pk}", as_=sam).json["refunded_amount"] == 120.0


@pytest.fixture
def many(sam: User, maya: Mentor) -> dict[str, int]:
    """One in each state, made a day apart, the oldest first; and Olga's, which no one else may see."""
    states = [
        "scheduled paid",
        "completed paid",
        "cancelled refunded",
        "cancelled pending",
        "scheduled pending",
    ]
    made = {}
    for number, state in enumerate(states):
        status, payment_status = state.split()
        starts_at = TUESDAY_14 + timedelta(days=number)
        made[state] = make.session(
            student=sam, mentor=maya, starts_at=starts_at, status=status, payment_status=payment_status
        ).pk
    make.session(student=make.olga(), mentor=maya, starts_at=TUESDAY_14 + timedelta(days=9))
    return made


@pytest.mark.parametrize(
    ("query", "states"),
    [
        ("", ["scheduled pending", "cancelled refunded", "completed paid", "scheduled paid"]),
        ("?status=scheduled", ["scheduled pending", "scheduled paid"]),
        ("?status=completed", ["completed paid"]),
        ("?status=cancelled", ["cancelled pending", "cancelled refunded"]),
    ],
)
def test_the_newest_come_first_and_released_holds_only_when_asked_for(
    api: Api, sam: User, many: dict[str, int], query: str, states: list[str]
) -> None:
    assert ids(api.get(f"sessions/{query}", as_=sam)) == [many[state] for state in states]


def test_a_mentor_sees_no_unpaid_hold(api: Api, maya: Mentor, many: dict[str, int]) -> None:
    seen = ids(api.get("sessions", as_=maya.user))
    assert len(seen) == 4
    assert seen[1:] == [many[state] for state in ("cancelled refunded", "completed paid", "scheduled paid")]
    assert api.get(f"sessions/{many['scheduled pending']}", as_=maya.user).refusal[0] == 404


def test_an_unknown_status_is_refused(api: Api, sam: User) -> None:
    assert api.get("sessions?status=pending", as_=sam).refusal == (422, "invalid-request", ["status"])


def test_the_latest_is_what_one_booked_last(api: Api, sam: User, maya: Mentor, many: dict[str, int]) -> None:
    assert api.get("sessions/latest", as_=sam).json["id"] == many["scheduled pending"]
    assert api.get("sessions/latest", as_=maya.user).refusal == (404, "not-found", [])


def test_a_released_hold_is_not_the_latest(api: Api, sam: User, booked: Session, maya: Mentor) -> None:
    make.session(
        student=sam,
        mentor=maya,
        starts_at=TUESDAY_14 + timedelta(days=1),
        status="cancelled",
        payment_status="pending",
    )
    assert api.get("sessions/latest", as_=sam).json["id"] == booked.pk


def test_pages_follow_the_link_to_the_end(api: Api, sam: User, maya: Mentor) -> None:
    """Made at one instant: the number decides, and none is shown twice or left out."""
    made = [
        make.session(
            student=sam,
            mentor=maya,
            starts_at=TUESDAY_14 + timedelta(days=number),
            created_at=datetime(2026, 11, 1, 12, 0, 0, 123_456, tzinfo=UTC),
        ).pk
        for number in range(5)
    ]
    path, seen, pages = "sessions/?limit=2&status=scheduled", [], 0
    while path:
        answer = api.get(path, as_=sam)
        seen += ids(answer)
        pages += 1
        link = answer.headers.get("Link", "")
        path = link.removesuffix('>; rel="next"').removeprefix("<http://testserver/api/")
    assert (seen, pages) == (sorted(made, reverse=True), 3)


def test_a_page_has_at_most_a_hundred_rows(api: Api, sam: User, maya: Mentor) -> None:
    for number in range(101):
        make.session(student=sam, mentor=maya, starts_at=TUESDAY_14 + timedelta(days=number))
    answer = api.get("sessions", as_=sam)
    assert (len(answer.json), "Link" in answer.headers) == (100, True)


@pytest.mark.parametrize("cursor", ["x", "a:b:c", "%00", "x" * 1001])
def test_a_cursor_that_is_not_ours_is_refused(api: Api, sam: User, cursor: str) -> None:
    assert api.get(f"sessions?cursor={cursor}", as_=sam).refusal == (422, "invalid-request", ["cursor"])


def test_a_cursor_of_another_list_is_refused(api: Api, sam: User) -> None:
    make.mentors(2)
    link = api.get("mentors?limit=1").headers["Link"]
    cursor = link.split("cursor=")[1].split(">")[0]
    assert api.get(f"sessions?cursor={cursor}", as_=sam).refusal == (422, "invalid-request", ["cursor"])


def test_a_list_costs_as_much_for_thirty_as_for_one(
    api: Api, sam: User, maya: Mentor, booked: Session, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    api.token(sam)
    with CaptureQueriesContext(connection) as for_one:
        assert len(api.get("sessions", as_=sam).json) == 1
    assert len(for_one) <= 12
    for number in range(1, 30):
        other = make.mentor(make.person(f"Mentor{number}"))
        make.session(student=sam, mentor=other, starts_at=TUESDAY_14 + timedelta(days=number))
    with django_assert_num_queries(len(for_one)):
        assert len(api.get("sessions", as_=sam).json) == 30


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "sessions/{}"),
        ("PATCH", "sessions/{}"),
        ("PUT", "sessions/{}/cancel"),
        ("GET", "sessions/{}/calendar.ics"),
    ],
)
def test_a_stranger_finds_nothing(api: Api, booked: Session, method: str, path: str) -> None:
    body = {"notes": "Mine now"} if method == "PATCH" else None
    olga = make.olga()
    make.session(student=olga, mentor=booked.mentor, starts_at=TUESDAY_14 + timedelta(days=1))
    strange = api.send(method, path.format(booked.pk), body, as_=olga)
    unknown = api.send(method, path.format(9_999), body, as_=olga)
    assert strange.refusal == (404, "not-found", [])
    assert strange.json == unknown.json
    booked.refresh_from_db()
    assert (booked.notes, booked.status) == ("", "scheduled")


def test_both_may_write_the_notes(api: Api, sam: User, maya: Mentor, booked: Session) -> None:
    path = f"sessions/{booked.pk}"
    assert api.patch(path, {"notes": "Bring the diagram."}, as_=sam).json["notes"] == "Bring the diagram."
    assert api.get(path, as_=maya.user).json["notes"] == "Bring the diagram."
    assert api.patch(path, {"notes": ""}, as_=maya.user).json["notes"] == ""


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "notes"),
        ({"notes": None}, "notes"),
        ({"notes": 5}, "notes"),
        ({"notes": "x" * 4001}, "notes"),
        ({"notes": "\ud800"}, "notes"),
        ([], "body"),
    ],
)
def test_notes_are_text(api: Api, sam: User, booked: Session, body: object, field: str) -> None:
    assert api.patch(f"sessions/{booked.pk}", body, as_=sam).refusal == (422, "invalid-request", [field])


def test_nothing_but_the_notes_can_be_written(api: Api, sam: User, booked: Session) -> None:
    changes = {"notes": "Hm", "status": "completed", "price": 0}
    answer = api.patch(f"sessions/{booked.pk}", changes, as_=sam).json
    assert (answer["notes"], answer["status"], answer["price"]) == ("Hm", "scheduled", 120.0)


def test_the_invite_is_a_calendar_file(api: Api, sam: User, booked: Session) -> None:
    answer = api.get(f"sessions/{booked.pk}/calendar.ics", as_=sam)
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert (
        answer.headers["Content-Disposition"] == f'attachment; filename="mentormap-session-{booked.pk}.ics"'
    )
    assert answer.response.content.startswith(b"BEGIN:VCALENDAR\r\n")


def test_a_hold_has_no_invite(api: Api, sam: User, maya: Mentor) -> None:
    hold = make.session(student=sam, mentor=maya, starts_at=TUESDAY_14, payment_status="pending")
    assert api.get(f"sessions/{hold.pk}/calendar.ics", as_=sam).refusal == (409, "not-paid", [])


@pytest.mark.parametrize("path", ["sessions", "sessions/latest", "sessions/1", "sessions/1/calendar.ics"])
def test_every_endpoint_about_sessions_needs_a_token(api: Api, booked: Session, path: str) -> None:
    assert api.get(path).refusal == (401, "no-token", [])
