"""Reporting through the API that the other did not come."""

from datetime import timedelta

import pytest

from mentormap.accounts.models import User
from mentormap.bookings.models import Session
from mentormap.mentors.models import Mentor
from tests import make
from tests.api.conftest import Api
from tests.conftest import StandingClock

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(sam: User, maya: Mentor, clock: StandingClock) -> Session:
    """Sam's hour with Maya, which began ten minutes ago."""
    return make.session(student=sam, mentor=maya, starts_at=clock.now - timedelta(minutes=10))


def test_a_report_is_made_and_read_by_both(api: Api, session: Session, sam: User, maya: Mentor) -> None:
    path = f"sessions/{session.pk}/no-show"
    assert api.get(path, as_=maya.user).refusal == (404, "not-found", [])
    made = api.post(path, {"text": "Nobody came."}, as_=sam)
    assert (made.status, made.json) == (
        201,
        {
            "session_id": session.pk,
            "reported_by": "student",
            "text": "Nobody came.",
            "reported_at": "2026-11-23T09:00:00Z",
            "contestable_until": "2026-11-26T09:00:00Z",
            "contested_at": None,
            "contest_text": "",
            "withdrawn_at": None,
            "decided_at": None,
            "decision": None,
        },
    )
    assert api.post(path, {"text": "Again."}, as_=sam).json == made.json
    assert api.get(path, as_=maya.user).json == made.json


def test_words_are_not_needed(api: Api, session: Session, maya: Mentor) -> None:
    path = f"sessions/{session.pk}/no-show"
    made = api.post(path, {}, as_=maya.user)
    assert (made.status, made.json["reported_by"], made.json["text"]) == (201, "mentor", "")


def test_a_body_is_not_needed(api: Api, session: Session, sam: User) -> None:
    assert api.post(f"sessions/{session.pk}/no-show", as_=sam).status == 201


def test_the_others_report_contests_it(api: Api, session: Session, sam: User, maya: Mentor) -> None:
    path = f"sessions/{session.pk}/no-show"
    api.post(path, {"text": "Nobody came."}, as_=sam)
    contested = api.post(path, {"text": "I was there."}, as_=maya.user).json
    assert (contested["reported_by"], contested["contest_text"], contested["contested_at"]) == (
        "student",
        "I was there.",
        "2026-11-23T09:00:00Z",
    )


def test_before_ten_minutes_and_when_time_is_over_it_is_refused(
    api: Api, session: Session, sam: User, maya: Mentor, clock: StandingClock
) -> None:
    path = f"sessions/{session.pk}/no-show"
    clock.now = session.scheduled_at + timedelta(minutes=9)
    assert api.post(path, {}, as_=sam).refusal == (409, "cannot-report", [])
    clock.now = session.scheduled_at + timedelta(hours=72)
    api.tokens.clear()
    assert api.post(path, {}, as_=sam).status == 201
    clock.advance(hours=72)
    api.tokens.clear()
    assert api.post(path, {}, as_=maya.user).refusal == (409, "cannot-contest", [])


def test_a_strangers_session_is_not_there(api: Api, session: Session) -> None:
    assert api.post(f"sessions/{session.pk}/no-show", {}, as_=make.olga()).refusal == (404, "not-found", [])


def test_a_contested_report_is_not_withdrawn(api: Api, session: Session, sam: User, maya: Mentor) -> None:
    path = f"sessions/{session.pk}/no-show"
    api.post(path, {}, as_=sam)
    contested = api.post(path, {}, as_=maya.user).json
    assert api.send("DELETE", path, as_=sam).refusal == (409, "cannot-withdraw", [])
    assert api.get(path, as_=sam).json == contested


def test_a_report_is_withdrawn_by_who_made_it(api: Api, session: Session, sam: User, maya: Mentor) -> None:
    path = f"sessions/{session.pk}/no-show"
    assert api.send("DELETE", path, as_=sam).refusal == (409, "cannot-withdraw", [])
    api.post(path, {}, as_=sam)
    assert api.send("DELETE", path, as_=maya.user).refusal == (409, "cannot-withdraw", [])
    withdrawn = api.send("DELETE", path, as_=sam)
    assert (withdrawn.status, withdrawn.json["withdrawn_at"]) == (200, "2026-11-23T09:00:00Z")
    assert api.send("DELETE", path, as_=sam).json == withdrawn.json
    assert api.get(path, as_=maya.user).json == withdrawn.json
    assert api.send("DELETE", path, as_=make.olga()).refusal == (404, "not-found", [])


def test_three_withdrawn_reports_of_the_mentor_leave_the_students_possible(
    api: Api, session: Session, sam: User, maya: Mentor
) -> None:
    path = f"sessions/{session.pk}/no-show"
    for _ in range(3):
        assert api.post(path, {}, as_=maya.user).status == 201
        assert api.send("DELETE", path, as_=maya.user).status == 200
    assert api.post(path, {}, as_=maya.user).refusal == (409, "cannot-report", [])
    made = api.post(path, {}, as_=sam)
    assert (made.status, made.json["reported_by"]) == (201, "student")
