"""Moving a session through the API: who may, to when, and how times without an offset are read."""

from datetime import UTC, datetime, timedelta

import pytest

from mentormap.accounts.models import User
from mentormap.bookings.models import Session
from mentormap.mentors.models import Mentor
from tests import make
from tests.api.conftest import Answer, Api

pytestmark = pytest.mark.django_db
THURSDAY_14 = datetime(2026, 11, 26, 14, 0, tzinfo=UTC)


@pytest.fixture
def booked(sam: User, maya: Mentor) -> Session:
    return make.session(student=sam, mentor=maya, starts_at=THURSDAY_14)


def move(api: Api, session: Session, sent: object, as_: User) -> Answer:
    return api.send("PUT", f"sessions/{session.pk}/reschedule", {"scheduled_at": sent}, as_=as_)


def test_student_and_mentor_move_what_they_have_booked(
    api: Api, booked: Session, sam: User, maya: Mentor
) -> None:
    answer = move(api, booked, "2026-11-27T14:00:00Z", sam)
    assert (answer.status, answer.json["id"], answer.json["scheduled_at"], answer.json["ends_at"]) == (
        200,
        booked.pk,
        "2026-11-27T14:00:00Z",
        "2026-11-27T15:00:00Z",
    )
    assert (
        move(api, booked, "2026-11-27T16:00:00+01:00", maya.user).json["scheduled_at"]
        == "2026-11-27T15:00:00Z"
    )


def test_a_moved_session_says_its_own_deadlines(api: Api, booked: Session, sam: User) -> None:
    by_student = move(api, booked, "2026-12-04T14:00:00Z", sam).json["cancellation_policy"]
    assert (by_student["full_refund_until"], by_student["late_refund_until"], by_student["sentence"]) == (
        "2026-11-25T14:00:00Z",
        "2026-11-26T14:00:00Z",
        "Full refund until 2026-11-25T14:00:00Z, then 50% until 2026-11-26T14:00:00Z, nothing after that.",
    )


def test_a_time_without_an_offset_is_the_movers(api: Api, booked: Session, sam: User) -> None:
    assert move(api, booked, "2026-11-27T14:00:00", sam).json["scheduled_at"] == "2026-11-27T13:00:00Z"


def test_the_same_again_is_no_refusal(api: Api, booked: Session, sam: User) -> None:
    first = move(api, booked, "2026-11-27T14:00:00Z", sam)
    again = move(api, booked, "2026-11-27T14:00:00Z", sam)
    assert (again.status, again.json) == (200, first.json)


def test_a_strangers_session_is_not_there(api: Api, booked: Session) -> None:
    assert move(api, booked, "2026-11-27T14:00:00Z", make.olga()).refusal == (404, "not-found", [])


@pytest.mark.parametrize(
    ("sent", "refusal"),
    [
        ("2026-11-27T14:07:00Z", (422, "off-grid", ["scheduled_at"])),
        ("2026-11-27T23:00:00Z", (422, "outside-hours", ["scheduled_at"])),
        ("2026-11-20T14:00:00Z", (422, "past-time", ["scheduled_at"])),
        ("2026-10-25T02:30:00", (422, "ambiguous-time", ["scheduled_at"])),
        ("2027-03-28T02:30:00", (422, "nonexistent-time", ["scheduled_at"])),
        ("tomorrow", (422, "invalid-request", ["scheduled_at"])),
        (None, (422, "invalid-request", ["scheduled_at"])),
    ],
)
def test_a_time_that_cannot_be_is_refused(
    api: Api, booked: Session, sam: User, sent: object, refusal: tuple[int, str, list[str]]
) -> None:
    assert move(api, booked, sent, sam).refusal == refusal


def test_a_taken_time_comes_with_others_that_are_open(
    api: Api, booked: Session, sam: User, maya: Mentor
) -> None:
    make.session(student=make.olga(), mentor=maya, starts_at=THURSDAY_14 + timedelta(days=1))
    answer = move(api, booked, "2026-11-27T14:00:00Z", sam)
    assert answer.refusal == (409, "time-taken", ["scheduled_at"])
    assert answer.json["next_open_slots"][0] == "2026-11-27T15:00:00Z"


def test_what_cannot_be_moved_any_more_says_why(api: Api, sam: User, maya: Mentor, now: datetime) -> None:
    tomorrow = make.session(student=sam, mentor=maya, starts_at=now + timedelta(hours=23))
    hold = make.session(student=sam, mentor=maya, starts_at=THURSDAY_14, payment_status="pending")
    late = move(api, tomorrow, "2026-11-27T14:00:00Z", sam)
    assert late.refusal == (409, "too-late-to-move", [])
    assert late.json["detail"] == (
        "This session could be moved until 24 hours before its start, and that is past. It can still be cancelled."
    )
    assert move(api, hold, "2026-11-27T14:00:00Z", sam).refusal == (409, "cannot-move", [])


def test_a_mentors_unpaid_hold_stays_hidden(api: Api, sam: User, maya: Mentor) -> None:
    hold = make.session(student=sam, mentor=maya, starts_at=THURSDAY_14, payment_status="pending")
    assert move(api, hold, "2026-11-27T14:00:00Z", maya.user).refusal == (404, "not-found", [])
