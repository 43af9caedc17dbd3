"""The page of a mentor's other calendars: what it says of each, and what its buttons do."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from mentormap.availability.models import BusyCalendar, BusyTime
from mentormap.bookings import calendar_sync
from mentormap.calendars.errors import FeedError
from mentormap.lib.outbound import fetching
from mentormap.lib.outbound.fetching import Fetched
from mentormap.lib.spans import Span
from mentormap.mentors.models import Mentor
from tests import make
from tests.calendars.ics import calendar, event
from tests.web.reading import browser, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_edge")]
PAGE = "/mentoring/calendars"
URL = "https://calendar.example.com/maya/secret.ics"
HOUR = timedelta(hours=1)


@pytest.fixture
def maya() -> Mentor:
    return make.mentor()


@pytest.fixture
def page(maya: Mentor) -> Client:
    return browser(maya.user)


@pytest.fixture(autouse=True)
def web(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the next fetch gets or raises, by `answer`; `asked` counts them."""
    lunch = event("DTSTART:20261124T120000Z", "DURATION:PT1H")
    made: dict[str, Any] = {"answer": Fetched(calendar("X-WR-CALNAME:Work & <b>life</b>", lunch).encode())}
    made["asked"] = 0

    def fetch(_address: str, **_asked: Any) -> object:
        made["asked"] += 1
        if isinstance(made["answer"], FeedError):
            raise made["answer"]
        return made["answer"]

    monkeypatch.setattr(fetching, "fetch", fetch)
    return made


def worker(now: datetime) -> None:
    calendar_sync.read_asked(now)


def test_an_added_calendar_is_read_by_the_worker_and_shown_without_its_address(
    page: Client, web: dict[str, Any], now: datetime
) -> None:
    before = page.post(PAGE, {"url": URL}, follow=True)
    assert web["asked"] == 0
    assert "calendar.example.com Being read calendar.example.com/••••.ics" in words(before)
    worker(now)
    answer = page.get(PAGE)
    assert (
        "Work & <b>life</b> Up to date calendar.example.com/••••.ics "
        "Last read Mon 23 Nov 2026, 10:00 (Europe/Berlin) Busy times ahead 1" in words(answer)
    )
    assert "secret" not in answer.content.decode().replace("secret address", "").replace("Secret address", "")


def test_the_page_looks_again_while_a_calendar_is_read(page: Client, maya: Mentor, now: datetime) -> None:
    """By htmx for that calendar alone, so that nothing typed elsewhere is lost; without JavaScript the whole page."""
    mine, _ = (make.busy_calendar(maya, now=now) for _ in range(2))
    assert "load delay" not in page.get(PAGE).content.decode()
    text = page.post(PAGE, {"read": mine.pk}, follow=True).content.decode()
    [polling] = re.findall(
        r'<li [^>]*id="calendar-(\d+)" hx-get="/mentoring/calendars" hx-trigger="load delay:1s"', text
    )
    assert int(polling) == mine.pk
    assert '<noscript><meta http-equiv="refresh" content="5; url=/mentoring/calendars"></noscript>' in text
    assert f'name="read" value="{mine.pk}"' not in text
    BusyCalendar.objects.filter(pk=mine.pk).update(asked_at=now - timedelta(minutes=1))
    text = page.get(PAGE).content.decode()
    assert ("Waiting to be read" in text, "delay:10s" in text) == (True, True)
    worker(now)
    text = page.get(PAGE).content.decode()
    assert ("load delay" in text, "http-equiv" in text) == (False, False)


def test_an_address_that_fails_is_kept_with_the_reason_and_can_be_corrected(
    page: Client, web: dict[str, Any], now: datetime
) -> None:
    web["answer"] = FeedError("calendar.example.com has nothing at this address (404).", is_lasting=True)
    page.post(PAGE, {"url": f"{URL}x"})
    worker(now)
    answer, mine = page.get(PAGE), BusyCalendar.objects.get()
    assert "Cannot be read" in words(answer)
    assert "calendar.example.com has nothing at this address (404)." in words(answer)
    assert f'value="{URL}x"' in answer.content.decode()
    wrong = page.post(PAGE, {"correct": mine.pk, "url": "ftp://example.com"})
    assert (wrong.status_code, 'value="ftp://example.com"' in wrong.content.decode()) == (422, True)
    web["answer"] = Fetched(calendar("X-WR-CALNAME:Work").encode())
    assert "Being read" in words(page.post(PAGE, {"correct": mine.pk, "url": URL}, follow=True))
    worker(now)
    assert "Work Up to date" in words(page.get(PAGE))


def test_an_address_that_has_worked_is_not_shown_again(page: Client, maya: Mentor, now: datetime) -> None:
    make.busy_calendar(maya, now=now, failing_since=now, last_error="No.")
    text = page.get(PAGE).content.decode()
    assert ('name="correct"' in text, "secret.ics" in text) == (True, False)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Paste the address of a calendar."),
        ("https://localhost/a.ics", "localhost is not on the public internet."),
        ("ftp://example.com/a.ics", "Write the whole address, beginning with https://."),
        (f"https://example.com/{'x' * 2000}", "Write an address of at most 2000 characters."),
    ],
)
def test_addresses_that_cannot_be_one(page: Client, typed: str, sentence: str) -> None:
    answer = page.post(PAGE, {"url": typed})
    assert (answer.status_code, sentence in words(answer)) == (422, True)


def test_trouble_is_shown_with_since_when_and_what_still_counts(
    page: Client, maya: Mentor, now: datetime
) -> None:
    make.busy_calendar(
        maya,
        Span(now - HOUR, now),
        Span(now + HOUR, now + 2 * HOUR),
        now=now - 3 * HOUR,
        name="Work",
        failing_since=now - HOUR,
        last_error="calendar.example.com took too long to answer.",
        unread_events=2,
    )
    text = words(page.get(PAGE))
    assert "Work Cannot be read" in text
    assert "Busy times ahead 1 Failing since Mon 23 Nov 2026, 09:00 (Europe/Berlin)" in text
    assert "calendar.example.com took too long to answer. The busy times found last still count." in text
    assert "2 of its events are written in a way that we do not understand" in text


def test_read_now(page: Client, maya: Mentor, web: dict[str, Any], now: datetime) -> None:
    mine = make.busy_calendar(maya, now=now - HOUR)
    assert "Being read" in words(page.post(PAGE, {"read": mine.pk}, follow=True))
    assert web["asked"] == 0
    worker(now)
    assert BusyTime.objects.count() == 1


def test_remove(page: Client, maya: Mentor, now: datetime) -> None:
    mine = make.busy_calendar(maya, Span(now, now + HOUR), now=now)
    text = words(page.post(PAGE, {"remove": mine.pk}, follow=True))
    assert "calendar.example.com is removed: its busy times no longer count." in text
    assert not BusyTime.objects.exists()


@pytest.mark.parametrize("button", ["read", "correct", "remove"])
@pytest.mark.parametrize("number", ["theirs", "", "0", "x", "9" * 30, "²"])
def test_what_is_not_ones_own_is_not_there(
    page: Client, maya: Mentor, now: datetime, button: str, number: str
) -> None:
    theirs = make.busy_calendar(make.mentor(make.olga()), now=now)
    answer = page.post(PAGE, {button: str(theirs.pk) if number == "theirs" else number})
    assert answer.status_code == 404
    assert BusyCalendar.objects.count() == 1
    assert "calendar.example.com" not in words(page.get(PAGE))


def test_nobody_makes_us_fetch_without_end(page: Client, maya: Mentor, now: datetime) -> None:
    mine = make.busy_calendar(maya, now=now)
    codes = [page.post(PAGE, {"read": mine.pk}).status_code for _ in range(31)]
    assert codes == [302] * 30 + [429]
    assert page.post(PAGE, {"remove": mine.pk}).status_code == 302


def test_five_are_the_most(page: Client, maya: Mentor, now: datetime) -> None:
    for _ in range(5):
        make.busy_calendar(maya, now=now)
    text = words(page.get(PAGE))
    assert "5 calendars are the most. Remove one to add another." in text
    assert page.post(PAGE, {"url": URL}).status_code == 422


def test_adding_begins_a_draft(now: datetime) -> None:
    sam = make.sam()
    assert browser(sam).get(PAGE).status_code == 200
    assert not Mentor.objects.exists()
    browser(sam).post(PAGE, {"url": URL})
    assert (Mentor.objects.get().state, Mentor.objects.get().time_zone) == ("draft", "Europe/Berlin")


def test_as_many_queries_for_five_as_for_one(page: Client, maya: Mentor, now: datetime) -> None:
    counts = []
    for more in (1, 4):
        for _ in range(more):
            make.busy_calendar(maya, now=now)
        with CaptureQueriesContext(connection) as queries:
            page.get(PAGE)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_overview_says_whether_calendars_are_kept(page: Client, maya: Mentor, now: datetime) -> None:
    assert "None yet: sessions can be booked over what stands in your own calendar." in words(
        page.get("/mentoring")
    )
    make.busy_calendar(maya, now=now)
    assert "1 of your calendars keeps you from being booked" in words(page.get("/mentoring"))
    make.busy_calendar(maya, now=now, failing_since=now)
    assert "One of them cannot be read." in words(page.get("/mentoring"))


def test_an_operator_sees_how_calendars_are_and_never_where(maya: Mentor, now: datetime) -> None:
    make.busy_calendar(
        maya, now=now, name="Work", last_error="calendar.example.com answered with an error (500)."
    )
    answer = browser(make.ada()).get(f"/admin/mentors/mentor/{maya.pk}/change/")
    text = answer.content.decode()
    assert "answered with an error (500)" in text
    assert "secret.ics" not in text
