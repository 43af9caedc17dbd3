"""The page that moves a session: pick, see what changes, confirm."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from mentormap.accounts.models import User
from mentormap.availability.models import WeeklyHours
from mentormap.bookings.models import Session
from mentormap.bookings.reschedule import reschedule
from mentormap.mentors.models import Mentor
from tests import make
from tests.conftest import StandingClock
from tests.web.reading import browser, links, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_edge", "jinja_only")]

FRIDAY_15 = "2026-11-27T15:00:00Z"
CONFIRMED = {"starts_at": FRIDAY_15, "seen": "0", "confirmed": "yes"}


@pytest.fixture
def session(sam: User, maya: Mentor, now: datetime) -> Session:
    """Sam, in Berlin, with Maya, in New York, on Thursday at 14:00 UTC."""
    starts_at = now.replace(hour=14) + timedelta(days=3)
    return make.session(student=sam, mentor=maya, starts_at=starts_at)


@pytest.fixture
def page(session: Session) -> str:
    return f"/sessions/{session.pk}/reschedule"


def picked(response: Any) -> list[str]:
    return re.findall(r'name="starts_at"[^>]*value="([^"]*)" checked', response.content.decode())


def test_it_shows_the_open_times_around_the_present_one(sam_client: Client, page: str) -> None:
    shown = sam_client.get(page)
    assert "It can be moved until Wed 25 Nov 2026, 15:00 (Europe/Berlin)" in words(shown)
    assert "Starts on Thu 26 Nov" in words(shown)
    assert picked(shown) == []


def test_htmx_gets_the_times_alone(sam_client: Client, page: str) -> None:
    part = sam_client.get(f"{page}?day=2026-11-28", headers={"HX-Request": "true"})
    assert "Starts on Sat 28 Nov" in words(part)
    assert "<form" not in part.content.decode()


def test_looking_for_times_moves_nothing(sam_client: Client, session: Session, page: str) -> None:
    shown = sam_client.post(page, CONFIRMED | {"day": "2026-11-27"})
    assert (shown.status_code, picked(shown)) == (200, [FRIDAY_15])
    session.refresh_from_db()
    assert session.sequence == 0


def test_both_times_and_the_policy_are_shown_before_anything_moves(
    sam_client: Client, session: Session, page: str
) -> None:
    asked = sam_client.post(page, {"starts_at": FRIDAY_15, "seen": "0"})
    text = words(asked)
    assert "Thu 26 Nov 2026, 15:00 (Europe/Berlin) to Fri 27 Nov 2026, 16:00 (Europe/Berlin)" in text
    assert "10:00 America/New York" in text
    assert (
        "Full refund until Wed 25 Nov 2026, 15:00 (Europe/Berlin), then 50% until Thu 26 Nov 2026, 15:00 "
        "(Europe/Berlin), nothing after that. A move does not put these deadlines off" in text
    )
    session.refresh_from_db()
    assert session.sequence == 0


def test_the_mentor_reads_what_the_move_means_for_the_student(session: Session, page: str) -> None:
    asked = browser(session.mentor.user).post(page, {"starts_at": FRIDAY_15, "seen": "0"})
    assert "For Sam: Full refund until" in words(asked)
    assert "Sam hears of it at least 24 hours ahead" in words(browser(session.mentor.user).get(page))


def test_what_is_confirmed_moves(sam_client: Client, session: Session, page: str) -> None:
    answer = sam_client.post(page, CONFIRMED, follow=True)
    assert answer.redirect_chain == [(f"/sessions/{session.pk}", 302)]
    text = words(answer)
    assert "Moved to another time by you" in text
    assert "From Thu 26 Nov 2026, 15:00 (Europe/Berlin) to Fri 27 Nov 2026, 16:00 (Europe/Berlin)." in text
    assert "The session is moved to Fri 27 Nov 2026, 16:00" in answer.content.decode()


def test_the_second_of_a_double_click_finds_it_moved(sam_client: Client, session: Session, page: str) -> None:
    sam_client.post(page, CONFIRMED)
    again = sam_client.post(page, CONFIRMED)
    session.refresh_from_db()
    assert (again.headers["Location"], session.sequence) == (f"/sessions/{session.pk}", 1)


def test_a_time_that_is_taken_meanwhile_is_refused_with_others(
    sam_client: Client, session: Session, page: str
) -> None:
    starts_at = session.scheduled_at + timedelta(days=1, hours=1)
    make.session(student=make.olga(), mentor=session.mentor, starts_at=starts_at)
    for values in ({"starts_at": FRIDAY_15, "seen": "0"}, CONFIRMED):
        refused = sam_client.post(page, values)
        assert refused.status_code == 409
        assert "That time has just been taken" in words(refused)
        assert 'aria-label="The next open times"' in refused.content.decode()


@pytest.mark.parametrize("sent", ["", "tomorrow", "2026-11-26T14:00:00Z"])
def test_another_time_must_be_picked(sam_client: Client, page: str, sent: str) -> None:
    assert sam_client.post(page, {"starts_at": sent, "seen": "0"}).status_code == 422


def test_a_page_that_is_older_than_a_move_moves_nothing(
    sam_client: Client, session: Session, page: str, now: datetime
) -> None:
    later = session.scheduled_at + timedelta(days=2)
    reschedule(session, actor=session.mentor.user, starts_at=later, now=now)
    answer = sam_client.post(page, CONFIRMED, follow=True)
    assert "This session was just moved to another time." in answer.content.decode()
    session.refresh_from_db()
    assert session.scheduled_at == later


def test_what_is_too_late_says_so(
    sam_client: Client, session: Session, page: str, clock: StandingClock
) -> None:
    clock.now = session.scheduled_at - timedelta(hours=23)
    assert "This session could be moved until 24 hours before its start" in words(sam_client.get(page))
    answer = sam_client.post(page, CONFIRMED, follow=True)
    assert "This session could be moved until 24 hours before its start" in answer.content.decode()


def test_buttons_are_there_as_long_as_it_can_be_moved(
    sam_client: Client, session: Session, page: str, clock: StandingClock
) -> None:
    both = (sam_client, browser(session.mentor.user))
    addresses = (f"/sessions/{session.pk}", "/sessions")
    desk = browser(session.mentor.user).get("/mentoring/desk")
    shown = [page in links(client.get(address)).values() for client in both for address in addresses]
    assert shown == [True] * 4
    assert page in links(desk).values()
    clock.now = session.scheduled_at - timedelta(hours=23)
    shown = [page in links(client.get(address)).values() for client in both for address in addresses]
    assert shown == [False] * 4


def test_a_mentor_without_open_times_is_said_to_have_none(sam_client: Client, page: str) -> None:
    WeeklyHours.objects.all().delete()
    assert "Maya has no open time" in words(sam_client.get(page))
