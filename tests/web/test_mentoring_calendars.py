"""The page of a mentor's other calendars: what it says of each, and what its buttons do."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from mentormap.availability import busy
from mentormap.availability.models import BusyCalendar, BusyTime
from mentormap.calendars.trouble import FeedTrouble
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
    """What the next fetch gets or raises, by `answer`."""
    lunch = event("DTSTART:20261124T120000Z", "DURATION:PT1H")
    made: dict[str, Any] = {"answer": Fetched(calendar("X-WR-CALNAME:Work & <b>life</b>", lunch).encode())}

    def fetch(_address: str, **_asked: Any) -> object:
        if isinstance(made["answer"], FeedTrouble):
            raise made["answer"]
        return made["answer"]

    monkeypatch.setattr(fetching, "fetch", fetch)
    return made


def test_a_calendar_is_added_and_shown_without_its_address(page: Client) -> None:
    answer = page.post(PAGE, {"url": URL}, follow=True)
    text = words(answer)
    assert "From now on you cannot be booked when Work & <b>life</b> says that you are busy." in text
    assert (
        "Work & <b>life</b> Up to date calendar.example.com/••••.ics "
        "Last read Mon 23 Nov 2026, 10:00 (Europe/Berlin) Busy times ahead 1" in text
    )
    assert "secret" not in answer.content.decode().replace("secret address", "").replace("Secret address", "")


def test_a_wrong_address_is_shown_again_with_what_is_wrong(page: Client, web: dict[str, Any]) -> None:
    web["answer"] = FeedTrouble(
        "calendar.example.com has no calendar at this address (404).", is_lasting=True
    )
    answer = page.post(PAGE, {"url": URL})
    assert answer.status_code == 422
    assert "calendar.example.com has no calendar at this address (404)." in words(answer)
    assert f'value="{URL}"' in answer.content.decode()
    assert not BusyCalendar.objects.exists()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Paste the address of a calendar."),
        ("https://localhost/a.ics", "localhost is not on the public internet."),
        ("ftp://example.com/a.ics", "Write the whole address, beginning with https://."),
        (f"https://example.com/{'x' * 2000}", "Write an address of at most 2000 characters."),
    ],
)
def test_addresses_that_cannot_be_one(
    page: Client, monkeypatch: pytest.MonkeyPatch, typed: str, sentence: str
) -> None:
    monkeypatch.undo()
    answer = page.post(PAGE, {"url": typed})
    assert (answer.status_code, sentence in words(answer)) == (422, True)


def test_a_calendar_that_is_out_of_order_is_kept_and_said_to_be(page: Client, web: dict[str, Any]) -> None:
    web["answer"] = FeedTrouble("calendar.example.com answered with an error (503).")
    text = words(page.post(PAGE, {"url": URL}, follow=True))
    assert "Added, but it could not be read yet. calendar.example.com answered with an error (503)." in text
    assert "calendar.example.com Cannot be read" in text
    assert "Last read never" in text


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
    assert "Busy times ahead 1 Trouble since Mon 23 Nov 2026, 09:00 (Europe/Berlin)" in text
    assert (
        "calendar.example.com took too long to answer. The busy times from the last reading still count."
        in text
    )
    assert "2 of its events are written in a way that we do not understand" in text


def test_read_now(page: Client, maya: Mentor, web: dict[str, Any], now: datetime) -> None:
    mine = make.busy_calendar(maya, now=now - HOUR)
    text = words(page.post(PAGE, {"read": mine.pk}, follow=True))
    assert "Work & <b>life</b> has just been read." in text
    assert BusyTime.objects.count() == 1
    web["answer"] = FeedTrouble("No.")
    assert "It could not be read. No." in words(page.post(PAGE, {"read": mine.pk}, follow=True))
    busy.claim(mine, now=now)
    assert "It is being read at this moment." in words(page.post(PAGE, {"read": mine.pk}, follow=True))


def test_remove(page: Client, maya: Mentor, now: datetime) -> None:
    mine = make.busy_calendar(maya, Span(now, now + HOUR), now=now)
    text = words(page.post(PAGE, {"remove": mine.pk}, follow=True))
    assert "calendar.example.com is removed: its busy times no longer count." in text
    assert not BusyTime.objects.exists()


@pytest.mark.parametrize("button", ["read", "remove"])
@pytest.mark.parametrize("number", ["theirs", "", "0", "x", "9" * 30, "²"])
def test_what_is_not_ones_own_is_not_there(
    page: Client, maya: Mentor, now: datetime, button: str, number: str
) -> None:
    theirs = make.busy_calendar(make.mentor(make.olga()), now=now)
    answer = page.post(PAGE, {button: str(theirs.pk) if number == "theirs" else number})
    assert answer.status_code == 404
    assert BusyCalendar.objects.count() == 1
    assert "calendar.example.com" not in words(page.get(PAGE))


@pytest.mark.long
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
