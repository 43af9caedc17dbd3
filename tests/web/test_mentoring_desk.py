"""The mentor's desk: who comes next, what they want, and what has been earned."""

import csv
import re
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from mentormap.accounts.models import User
from mentormap.mentors.models import Mentor
from tests import make
from tests.web.reading import browser, links, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_edge")]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DESK = "/mentoring/desk"


@pytest.fixture
def maya(db: None) -> Mentor:
    """A mentor in Berlin, where it is 10:00 on Monday 23 November."""
    return make.mentor()


def titles(response: Any) -> list[str]:
    return re.findall(r'id="session-\d+-title"><a [^>]*>(.*?)</a>', response.content.decode())


def figures(response: Any) -> list[list[str]]:
    """The rows of the tables, as words."""
    rows = re.findall(r"<tr>(.*?)</tr>", response.content.decode(), re.DOTALL)
    return [
        [re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", cell)).strip() for cell in cells]
        for cells in (re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows)
    ]


def test_todays_sessions_are_first_with_the_time_to_their_start(
    sam: User, maya: Mentor, now: datetime
) -> None:
    for title, away in {"later": 3 * DAY, "now": -HOUR / 2, "soon": 2 * HOUR, "tomorrow": 20 * HOUR}.items():
        make.session(student=sam, mentor=maya, starts_at=now + away, title=title)
    response = browser(maya.user).get(DESK)
    assert titles(response) == ["now", "soon", "tomorrow", "later"]
    text = words(response)
    assert re.findall(r"(Now|in \d+ \w+) with Sam", text) == ["Now", "in 2 hours", "in 20 hours", "in 3 days"]
    assert text.index("Today") < text.index("soon") < text.index("Coming up") < text.index("tomorrow")
    assert "You are in a session now." in text


def test_a_session_says_what_the_student_wants_and_what_can_be_done(
    sam: User, maya: Mentor, now: datetime
) -> None:
    session = make.session(student=sam, mentor=maya, starts_at=now + DAY, notes="Bring the diagram.")
    response = browser(maya.user).get(DESK)
    assert (
        "System design review in 24 hours with Sam 📅 Date Tue 24 Nov 2026 🕐 Time 10:00–11:00 Europe/Berlin "
        "What it is about Need help with distributed systems Notes that you share Bring the diagram. "
        "Open : System design review Move to another time: System design review Cancel session : System design review"
    ) in words(response)
    assert links(response)["Cancel session: System design review"] == f"/sessions/{session.pk}/cancel"
    assert links(response)["Open: System design review"] == f"/sessions/{session.pk}"


def test_holds_cancelled_and_past_sessions_are_not_ahead(sam: User, maya: Mentor, now: datetime) -> None:
    make.session(student=sam, mentor=maya, starts_at=now + DAY, payment_status="pending")
    make.session(student=sam, mentor=maya, starts_at=now + 2 * DAY, status="cancelled")
    make.session(student=sam, mentor=maya, starts_at=now - DAY, status="completed")
    make.session(student=maya.user, mentor=make.mentor(sam), starts_at=now + 3 * DAY)
    response = browser(maya.user).get(DESK)
    assert (titles(response), "No sessions ahead" in words(response)) == ([], True)


def test_what_is_further_ahead_is_on_the_list_of_all(sam: User, maya: Mentor, now: datetime) -> None:
    for number in range(21):
        make.session(student=sam, mentor=maya, starts_at=now + (number + 1) * DAY)
    response = browser(maya.user).get(DESK)
    assert len(titles(response)) == 20
    assert links(response)["More of them, and past sessions"] == "/sessions?as=mentor"


def test_all_that_a_mentor_decides_is_a_click_away(maya: Mentor) -> None:
    page = browser(maya.user).get(DESK).content.decode()
    nav = re.search(r'<nav class="chips" aria-label="Mentoring">.*?</nav>', page, re.DOTALL)
    assert re.findall(r'href="(.*?)">(.*?)</a>', nav[0] if nav else "") == [
        ("/mentoring/profile", "Profile and rate"),
        ("/mentoring/hours", "Weekly hours"),
        ("/mentoring/calendars", "Other calendars"),
        ("/mentoring/meeting", "Where you meet"),
        ("/mentoring/policy", "Cancellation policy"),
        ("/mentoring", "All settings"),
        (f"/mentors/{maya.pk}", "Your page"),
    ]
    assert links(browser(maya.user).get("/mentoring"))["Your sessions and earnings"] == DESK


def test_the_navigation_leads_there_or_to_becoming_a_mentor(sam: User, maya: Mentor) -> None:
    assert links(browser(maya.user).get("/mentors"))["Mentoring"] == DESK
    assert browser(sam).get(DESK)["Location"] == "/mentoring"
    Mentor.objects.update(state="draft")
    assert browser(maya.user).get(DESK)["Location"] == "/mentoring"


def test_calendars_that_stay_unreadable_are_told_of(maya: Mentor, now: datetime) -> None:
    make.busy_calendar(maya, now=now, failures=2, failing_since=now)
    assert "cannot be read" not in words(browser(maya.user).get(DESK))
    make.busy_calendar(maya, now=now, failures=3, failing_since=now)
    response = browser(maya.user).get(DESK)
    assert (
        "One of your calendars cannot be read. Until it can, you may be booked over what is new there."
        in (words(response))
    )
    assert links(response)["See what is wrong"] == "/mentoring/calendars"
    make.busy_calendar(maya, now=now, failures=9, failing_since=now)
    assert "2 of your calendars cannot be read. Until they can," in words(browser(maya.user).get(DESK))


def test_a_paused_mentor_is_told_why_nobody_comes(maya: Mentor) -> None:
    Mentor.objects.update(state="paused")
    text = words(browser(maya.user).get(DESK))
    assert "Students cannot find you now. See why" in text
    assert "Publish your page, and sessions that students book appear here." in text


def test_earnings_of_a_year_are_a_table_and_a_chart(sam: User, maya: Mentor, now: datetime) -> None:
    make.session(student=sam, mentor=maya, starts_at=now - 30 * DAY, status="completed", source="recorded")
    make.session(
        student=sam, mentor=maya, starts_at=now - 9 * DAY, status="cancelled", payment_status="refunded"
    )
    make.session(student=sam, mentor=maya, starts_at=now + DAY, minutes=90)
    response = browser(maya.user).get(DESK)
    assert figures(response) == [
        ["Month", "Sessions", "Paid in USD", "Refunded in USD", "Net in USD"],
        ["October", "1", "120.00", "0.00", "120.00"],
        ["November so far", "1", "300.00", "120.00", "180.00"],
        ["Total", "2", "420.00", "120.00", "300.00"],
    ]
    text = words(response)
    assert "Of what was paid, 120.00 USD was paid elsewhere, not by Stripe." in text
    assert "By the month in which a session starts, in Europe/Berlin." in text
    assert "This month: 180.00 USD." in text
    assert "Net: October 120.00 USD, November 180.00 USD." in text
    assert response.content.decode().count('class="chart__net') == 2
    assert " style=" not in response.content.decode()


def test_another_year_is_asked_for(sam: User, maya: Mentor, now: datetime) -> None:
    make.session(student=sam, mentor=maya, starts_at=now + 60 * DAY)
    client = browser(maya.user)
    this_year = client.get(DESK)
    assert "Nothing in 2026" in words(this_year)
    assert [links(this_year)[year] for year in ("2027", "2026")] == [
        "?year=2027#earnings",
        "?year=2026#earnings",
    ]
    assert figures(client.get(f"{DESK}?year=2027"))[1][0] == "January so far"


@pytest.mark.parametrize("year", ["x", "1999", "", "２０２７"])
def test_a_year_without_anything_is_this_one(year: str, maya: Mentor) -> None:
    assert "Earnings in 2026" in words(browser(maya.user).get(f"{DESK}?year={year}"))


def test_the_file_has_a_row_for_each_session(sam: User, maya: Mentor, now: datetime) -> None:
    evil = make.session(
        student=sam, mentor=maya, starts_at=now - DAY, status="completed", title='=HYPERLINK("x")'
    )
    make.session(student=sam, mentor=maya, starts_at=now + DAY, payment_status="pending")
    response = browser(maya.user).get(f"{DESK}/earnings.csv")
    assert response["Content-Disposition"] == 'attachment; filename="mentormap-earnings-2026-11-23.csv"'
    rows = list(csv.DictReader(StringIO(response.content.decode("utf-8-sig"), newline="")))
    assert rows == [
        {
            "Start": "2026-11-22 10:00",
            "Time zone": "Europe/Berlin",
            "Month": "2026-11",
            "Session": str(evil.pk),
            "Student": "Sam",
            "Title": '\'=HYPERLINK("x")',
            "Minutes": "60",
            "Status": "completed",
            "Currency": "USD",
            "Paid": "120.00",
            "Paid by": "Stripe",
            "Refunded": "0.00",
            "Net": "120.00",
        }
    ]


def test_who_is_no_mentor_has_no_file(sam: User, visitor: Client) -> None:
    assert browser(sam).get(f"{DESK}/earnings.csv").status_code == 404
    assert visitor.get(f"{DESK}/earnings.csv")["Location"] == f"/login?next={DESK}/earnings.csv"


@pytest.mark.parametrize("count", [1, 30])
def test_any_number_of_sessions_needs_as_many_queries(
    count: int, sam: User, maya: Mentor, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        make.session(student=sam, mentor=maya, starts_at=now + (number - count // 2) * DAY + HOUR)
    client = browser(maya.user)
    with django_assert_num_queries(7):
        client.get(DESK)
    with django_assert_num_queries(5):
        client.get(f"{DESK}/earnings.csv")
