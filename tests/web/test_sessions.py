"""The sessions of a person: the list, each one, and what can be done with it."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from mentormap.accounts.models import User
from mentormap.bookings.models import Session
from mentormap.mentors.models import Mentor
from tests import make
from tests.web.reading import browser, links, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_edge")]

DAY = timedelta(days=1)


def titles(response: Any) -> list[str]:
    """Of the tickets, from the top."""
    return re.findall(r'id="session-\d+-title"><a [^>]*>(.*?)</a>', response.content.decode())


def book(sam: User, maya: Mentor, now: datetime, **titled: timedelta) -> None:
    """Sessions by title, so long from now."""
    for title, away in titled.items():
        is_past = away < timedelta(0)
        make.session(
            student=sam,
            mentor=maya,
            starts_at=now + away,
            title=title,
            status="completed" if is_past else "scheduled",
        )


def test_who_is_not_logged_in_is_asked_to(visitor: Client, session: Session) -> None:
    for path in ("/sessions", f"/sessions/{session.pk}", f"/sessions/{session.pk}/cancel"):
        assert visitor.get(path).headers["Location"] == f"/login?next={path}"


def test_the_list_begins_with_what_comes_next(sam: User, maya: Mentor, now: datetime) -> None:
    book(sam, maya, now, later=3 * DAY, sooner=DAY, old=-DAY, older=-2 * DAY)

    assert titles(browser(sam).get("/sessions")) == ["sooner", "later", "old", "older"]


def test_a_session_is_shown_with_all_that_the_brief_names(sam: User, session: Session) -> None:
    response = browser(sam).get("/sessions")

    page = response.content.decode()
    assert [page.count(character) for character in "📅🕐💰💳"] == [1, 1, 1, 1]
    assert page.count("⏱️") == 1
    assert words(response) == (
        "Your sessions See them in your calendar Book another session All Scheduled Completed Cancelled Upcoming "
        "System design review Scheduled with Maya "
        "📅 Date Wed 25 Nov 2026 🕐 Time 10:00–11:00 Europe/Berlin ⏱️ Duration 60 minutes "
        "💰 Price 120.00 USD 💳 Payment Paid Open System design review Move System design review to another time Cancel session"
    )


def test_the_brief_s_characters_are_hidden_from_screen_readers(sam: User, session: Session) -> None:
    page = browser(sam).get("/sessions").content.decode()

    assert 'aria-hidden="true">📅</span>' in page


@pytest.mark.parametrize(
    ("status", "payment_status"),
    [("completed", "paid"), ("cancelled", "paid"), ("cancelled", "refunded")],
)
def test_badges_say_status_and_payment(
    sam: User, maya: Mentor, now: datetime, status: str, payment_status: str
) -> None:
    make.session(student=sam, mentor=maya, starts_at=now - DAY, status=status, payment_status=payment_status)
    page = browser(sam).get("/sessions").content.decode()

    assert f'badge--{status}">{status.capitalize()}</span>' in page
    assert f"payment--{payment_status}" in page


def test_a_hold_offers_to_pay_or_to_let_go(sam: User, maya: Mentor, now: datetime) -> None:
    hold = make.session(
        student=sam, mentor=maya, starts_at=now + DAY, payment_status="pending", created_at=now
    )
    response = browser(sam).get("/sessions")

    assert "Payment Pending Continue to payment Let it go" in words(response)
    assert links(response)["Continue to payment"] == hold.payment.checkout_url


def test_the_mentor_sees_who_comes_but_no_unpaid_hold(
    sam: User, maya: Mentor, session: Session, now: datetime
) -> None:
    make.session(
        student=sam, mentor=maya, starts_at=now + DAY, title="An unpaid hold", payment_status="pending"
    )
    response = browser(maya.user).get("/sessions")

    assert titles(response) == ["System design review"]
    assert "with Sam, your student" in words(response)


def test_a_stranger_sees_none_of_it(session: Session) -> None:
    assert titles(browser(make.olga()).get("/sessions")) == []


def test_the_list_is_filtered_by_status(sam: User, maya: Mentor, now: datetime) -> None:
    book(sam, maya, now, ahead=DAY, done=-DAY)
    make.session(student=sam, mentor=maya, starts_at=now + 2 * DAY, title="off", status="cancelled")
    make.session(
        student=sam,
        mentor=maya,
        starts_at=now + 3 * DAY,
        title="let go",
        status="cancelled",
        payment_status="pending",
    )
    sam_browser = browser(sam)
    listed = {
        status: titles(sam_browser.get("/sessions", {"status": status}))
        for status in ("", "scheduled", "completed", "cancelled", "nonsense")
    }

    assert listed == {
        "": ["ahead", "off", "done"],
        "scheduled": ["ahead"],
        "completed": ["done"],
        "cancelled": ["let go", "off"],
        "nonsense": ["ahead", "off", "done"],
    }


def test_a_mentor_who_learns_can_tell_the_two_apart(sam: User, maya: Mentor, now: datetime) -> None:
    make.mentor(sam)
    make.session(student=sam, mentor=maya, starts_at=now + DAY, title="learning")
    make.session(student=make.olga(), mentor=sam.mentor, starts_at=now + DAY, title="teaching")
    sam_browser = browser(sam)

    assert titles(sam_browser.get("/sessions", {"as": "student"})) == ["learning"]
    assert titles(sam_browser.get("/sessions", {"as": "mentor"})) == ["teaching"]


def test_long_lists_have_pages_that_keep_the_filter(sam: User, maya: Mentor, now: datetime) -> None:
    book(sam, maya, now, **{f"number {day}": -day * DAY for day in range(1, 24)})
    first = browser(sam).get("/sessions", {"status": "completed"})
    second = browser(sam).get(f"/sessions{links(first)['Next page']}")

    assert links(first)["Next page"] == "?status=completed&page=2"
    assert titles(second) == ["number 21", "number 22", "number 23"]
    assert links(second)["Previous page"] == "?status=completed&page=1"


def test_an_empty_list_says_what_to_do(sam: User) -> None:
    response = browser(sam).get("/sessions")

    assert "No sessions yet" in words(response)
    assert links(response)["Find a mentor"] == "/mentors"
    assert "Book another session" not in links(response)


@pytest.mark.parametrize("count", [1, 30])
def test_the_list_costs_the_same_for_one_and_for_thirty(
    sam: User, maya: Mentor, now: datetime, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    book(sam, maya, now, **{f"number {day}": -day * DAY for day in range(1, count + 1)})
    sam_browser = browser(sam)

    with django_assert_num_queries(7):
        sam_browser.get("/sessions")
