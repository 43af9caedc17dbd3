"""Adding a calendar, our own sessions in it, and the mail about one that cannot be read."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from mentormap.availability.models import BusyCalendar, BusyTime
from mentormap.bookings import calendar_sync
from mentormap.bookings.calendar_sync import CalendarRefused
from mentormap.bookings.notices.mails.calendars import outage_of
from mentormap.calendars.errors import FeedError
from mentormap.lib.outbound import fetching
from mentormap.lib.outbound.errors import OutboundError
from mentormap.lib.outbound.fetching import Fetched, TookTooLong
from mentormap.mentors.models import Mentor
from mentormap.notifications.models import Delivery, Notice
from mentormap.notifications.notice_kinds import Subject
from mentormap.operations.jobs.schedule import all_jobs
from tests import make
from tests.bookings.mailing import mail, maybe_mail
from tests.calendars.ics import calendar, event

pytestmark = [pytest.mark.django_db, pytest.mark.long]
URL = "https://calendar.example.com/maya/secret.ics"
SERVER_ERROR = FeedError("calendar.example.com answered with an error (500).")


@pytest.fixture
def maya() -> Mentor:
    return make.mentor(zone="America/New_York")


@pytest.fixture(autouse=True)
def web(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What each fetch gets or raises, by `answer`; `asked` is the last."""
    made: dict[str, Any] = {"answer": Fetched(calendar("X-WR-CALNAME:Work").encode())}

    def fetch(address: str, **asked: Any) -> Fetched | None:
        made["asked"] = {"address": address} | asked
        if isinstance(made["answer"], OutboundError):
            raise made["answer"]
        answer: Fetched | None = made["answer"]
        return answer

    monkeypatch.setattr(fetching, "fetch", fetch)
    return made


def read(now: datetime) -> BusyCalendar:
    """What the worker makes of the only calendar that somebody waits for."""
    assert calendar_sync.read_asked(now) == 1
    return BusyCalendar.objects.get()


def test_a_calendar_is_added_without_a_call_and_read_by_the_worker(
    maya: Mentor, web: dict[str, Any], now: datetime
) -> None:
    added = calendar_sync.add(maya, " webcal://calendar.example.com/maya/secret.ics ", now=now)
    assert (added.url, added.read_at, added.asked_at, "asked" in web) == (URL, None, now, False)
    stored = read(now)
    assert web["asked"]["address"] == URL
    assert (stored.name, stored.asked_at, stored.lease_until) == ("Work", None, None)
    assert stored.read_at is not None


def test_the_worker_looks_every_second_for_calendars_that_people_wait_for() -> None:
    assert [job.every for job in all_jobs() if job.run == calendar_sync.read_asked] == [timedelta(seconds=1)]


def test_calendars_that_nobody_waits_for_come_in_their_turn(maya: Mentor, now: datetime) -> None:
    make.busy_calendar(maya, now=now, next_read_at=now)
    assert (calendar_sync.read_asked(now), calendar_sync.read_due(now)) == (0, 1)


@pytest.mark.parametrize(
    "typed", ["http://x.example/", "https://localhost/a.ics", "https://a:b@x.example/", ""]
)
def test_what_is_no_address_is_not_kept(maya: Mentor, now: datetime, typed: str) -> None:
    with pytest.raises(CalendarRefused) as refusal:
        calendar_sync.add(maya, typed, now=now)
    assert refusal.value.field == "url"
    assert not BusyCalendar.objects.exists()


@pytest.mark.parametrize(
    "answer",
    [
        SERVER_ERROR,
        TookTooLong("calendar.example.com"),
        Fetched(b"<html>"),
        FeedError("Not public.", is_lasting=True),
    ],
)
def test_an_address_that_fails_is_kept_with_the_reason(
    maya: Mentor, web: dict[str, Any], now: datetime, answer: object
) -> None:
    web["answer"] = answer
    calendar_sync.add(maya, URL, now=now)
    stored = read(now)
    assert (stored.url, stored.read_at, stored.asked_at) == (URL, None, None)
    assert stored.failing_since is not None
    assert stored.last_error
    assert stored.next_read_at > now


def test_a_corrected_address_is_read_at_once(maya: Mentor, web: dict[str, Any], now: datetime) -> None:
    web["answer"] = SERVER_ERROR
    calendar_sync.add(maya, f"{URL}x", now=now)
    failed = read(now)
    web["answer"] = Fetched(calendar("X-WR-CALNAME:Work").encode())
    calendar_sync.correct(failed, URL, now=now)
    stored = read(now)
    assert web["asked"]["address"] == URL
    assert (stored.url, stored.failing_since, stored.last_error) == (URL, None, "")
    assert stored.read_at is not None


def test_what_was_read_at_the_old_address_does_not_count_for_the_new(maya: Mentor, now: datetime) -> None:
    mine = make.busy_calendar(maya, now=now, name="Old", etag='"7"')
    calendar_sync.claim(mine, now=now)
    calendar_sync.correct(BusyCalendar.objects.get(), f"{URL}?new", now=now)
    calendar_sync.read(mine, now=now)
    stored = BusyCalendar.objects.get()
    assert (stored.url, stored.name, stored.etag, stored.asked_at) == (f"{URL}?new", "Old", "", now)


def test_a_corrected_address_is_judged_and_in_the_list_once(maya: Mentor, now: datetime) -> None:
    mine, other = (make.busy_calendar(maya, now=now) for _ in range(2))
    for typed in ("https://127.0.0.1/a.ics", other.url):
        with pytest.raises(CalendarRefused):
            calendar_sync.correct(mine, typed, now=now)
    assert BusyCalendar.objects.get(pk=mine.pk).url == mine.url


def test_one_calendar_is_added_once_and_five_are_the_most(maya: Mentor, now: datetime) -> None:
    calendar_sync.add(maya, URL, now=now)
    with pytest.raises(CalendarRefused, match="already in your list"):
        calendar_sync.add(maya, URL, now=now)
    for number in range(4):
        calendar_sync.add(maya, f"{URL}?{number}", now=now)
    with pytest.raises(CalendarRefused, match="at most 5 calendars"):
        calendar_sync.add(maya, f"{URL}?9", now=now)
    calendar_sync.add(make.mentor(make.olga()), URL, now=now)


def test_reading_now_does_not_wait_for_its_time(maya: Mentor, web: dict[str, Any], now: datetime) -> None:
    mine = make.busy_calendar(maya, now=now)
    web["answer"] = Fetched(calendar(event("DTSTART:20261124T120000Z", "DURATION:PT1H")).encode())
    assert calendar_sync.read_asked(now) == 0
    calendar_sync.ask(mine, now=now)
    read(now)
    assert BusyTime.objects.count() == 1


def test_sessions_that_one_mentors_come_back_without_being_busy(
    maya: Mentor, web: dict[str, Any], now: datetime
) -> None:
    """Those that one attends as a student do count."""
    tomorrow, noor = now + timedelta(days=1), make.mentor(make.person("Noor"))
    taught = make.session(student=make.sam(), mentor=maya, starts_at=tomorrow)
    learned = make.session(student=maya.user, mentor=noor, starts_at=tomorrow + timedelta(hours=3))
    moved = make.session(
        student=learned.student,
        mentor=noor,
        starts_at=tomorrow,
        status="cancelled",
        payment_status="refunded",
    )
    parts = [
        event(f"DTSTART:{one.scheduled_at:%Y%m%dT%H%M%SZ}", "DURATION:PT1H", uid=str(one.uid))
        for one in (taught, learned)
    ]
    web["answer"] = Fetched(calendar(*parts).encode())
    calendar_sync.add(maya, URL, now=now)
    read(now)
    assert list(BusyTime.objects.values_list("starts_at", flat=True)) == [learned.scheduled_at]
    assert set(calendar_sync.own_uids(noor.pk)) == {str(learned.uid), str(moved.uid)}


def fail(calendar: BusyCalendar, web: dict[str, Any], now: datetime, *, times: int) -> None:
    web["answer"] = SERVER_ERROR
    for _ in range(times):
        BusyCalendar.objects.update(next_read_at=now)
        calendar_sync.read_due(now)
    calendar.refresh_from_db()


def test_the_mentor_is_told_of_a_calendar_that_cannot_be_read(
    maya: Mentor, web: dict[str, Any], now: datetime
) -> None:
    mine = calendar_sync.add(maya, URL, now=now)
    read(now)
    fail(mine, web, now, times=5)
    BusyCalendar.objects.update(failing_since=now)
    Notice.objects.update(revision=now.isoformat())
    message = mail("calendar_unreadable", maya.user, now)
    assert (message.to, message.subject) == ("Maya <maya@example.com>", "We cannot read your calendar Work")
    assert message.text == (
        "Hello Maya,\n"
        "\n"
        "We have not been able to read one of your calendars since Mon 23 Nov 2026,\n"
        "04:00 (America/New York), so we do not know what is new in it.\n"
        "\n"
        "Calendar:   Work\n"
        "Last read:  Mon 23 Nov 2026, 04:00 (America/New York)\n"
        "Error:      calendar.example.com answered with an error (500).\n"
        "\n"
        "The busy times that we knew before are still kept free. Sessions could be\n"
        "booked over newer ones.\n"
        "\n"
        "We keep trying. If its address has changed, remove it and add the new one:\n"
        "http://localhost:3002/mentoring/calendars\n"
        "\n"
        "--\n"
        "MentorMap. All your calendars: http://localhost:3002/mentoring/calendars\n"
    )
    assert "secret" not in message.text + message.html
    assert "We cannot read your calendar</h1>" in message.html


def test_the_mail_is_dropped_once_the_calendar_is_back_or_removed(
    maya: Mentor, web: dict[str, Any], now: datetime
) -> None:
    mine = calendar_sync.add(maya, URL, now=now)
    read(now)
    fail(mine, web, now, times=3)
    assert maybe_mail("calendar_unreadable", maya.user, now) is not None
    BusyCalendar.objects.update(failing_since=None)
    assert maybe_mail("calendar_unreadable", maya.user, now) is None
    BusyCalendar.objects.all().delete()
    assert maybe_mail("calendar_unreadable", maya.user, now) is None


def test_the_mail_is_about_no_session(maya: Mentor, web: dict[str, Any], now: datetime) -> None:
    mine = calendar_sync.add(maya, URL, now=now)
    read(now)
    fail(mine, web, now, times=3)
    notice = Delivery.objects.select_related("notice").get().notice
    assert (notice.reference, notice.revision) == (mine.pk, outage_of(mine))
    assert notice.number_of(Subject.SESSION) is None
