"""Reading busy calendars: what is asked, kept and reported. The fetching is played; it has tests of its own."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from mentormap.availability.busy import busy_times
from mentormap.availability.models import BusyCalendar, BusyTime
from mentormap.bookings import calendar_sync
from mentormap.calendars.errors import FeedError
from mentormap.lib.outbound import fetching
from mentormap.lib.outbound.fetching import Fetched
from mentormap.lib.spans import Span
from mentormap.mentors.models import Mentor
from mentormap.notifications.models import Notice
from mentormap.notifications.notice_kinds import NoticeKind
from tests import make
from tests.calendars.ics import calendar, event

pytestmark = [pytest.mark.django_db, pytest.mark.long]
HOUR = timedelta(hours=1)
LUNCH = event("DTSTART:20261124T120000Z", "DURATION:PT1H", uid="lunch")
GYM = event("DTSTART:20261125T070000Z", "DURATION:PT1H", uid="gym")
NIGHTLY = event("DTSTART:20260101T030000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY", uid="nightly")


@dataclass
class Web:
    """Answers each fetch with `answer`, and keeps what was asked."""

    answer: Fetched | FeedError | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)

    def fetch(self, address: str, **asked: Any) -> Fetched | None:
        self.asked.append({"address": address} | asked)
        if isinstance(self.answer, FeedError):
            raise self.answer
        return self.answer

    def has(self, *events: str, etag: str = '"1"') -> None:
        self.answer = Fetched(
            calendar("X-WR-CALNAME:Work", *events).encode(), etag, "Mon, 23 Nov 2026 09:00:00 GMT"
        )


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Web:
    made = Web()
    monkeypatch.setattr(fetching, "fetch", made.fetch)
    return made


@pytest.fixture
def maya() -> Mentor:
    return make.mentor(zone="Europe/Berlin")


def added(mentor: Mentor, now: datetime, **fields: Any) -> BusyCalendar:
    """A calendar that nobody has read yet."""
    return make.busy_calendar(mentor, now=now, **{"read_at": None, "next_read_at": now} | fields)


def notices() -> int:
    """How often the mentor has been notified that a calendar cannot be read."""
    return Notice.objects.filter(occasion=NoticeKind.CALENDAR_UNREADABLE).count()


def times(calendar: BusyCalendar) -> list[datetime]:
    return list(
        BusyTime.objects.filter(calendar=calendar).order_by("starts_at").values_list("starts_at", flat=True)
    )


def is_soon(instant: datetime | None, after: datetime) -> bool:
    """A round's own time is added to what it notes."""
    return instant is not None and timedelta(0) <= instant - after < timedelta(minutes=1)


def test_what_is_read_becomes_busy_times(maya: Mentor, web: Web, now: datetime) -> None:
    mine = added(maya, now)
    web.has(LUNCH, event("DURATION:PT1H", uid="broken"))
    assert calendar_sync.read_due(now) == 1
    mine.refresh_from_db()
    assert times(mine) == [datetime.fromisoformat("2026-11-24T12:00Z")]
    assert (mine.name, mine.etag, mine.last_modified) == ("Work", '"1"', "Mon, 23 Nov 2026 09:00:00 GMT")
    assert is_soon(mine.read_at, now)
    assert (mine.known_zone, mine.unread_events) == ("Europe/Berlin", 1)
    assert (mine.lease_until, mine.last_error, mine.failures) == (None, "", 0)


def test_it_is_read_again_about_every_quarter_of_an_hour(maya: Mentor, web: Web, now: datetime) -> None:
    mine = added(maya, now)
    web.has(LUNCH)
    calendar_sync.read_due(now)
    mine.refresh_from_db()
    assert timedelta(minutes=13.5) <= mine.next_read_at - now <= timedelta(minutes=16.5)
    assert calendar_sync.read_due(now + timedelta(minutes=13)) == 0
    assert calendar_sync.read_due(now + timedelta(minutes=17)) == 1


def test_an_unchanged_calendar_keeps_its_busy_times(maya: Mentor, web: Web, now: datetime) -> None:
    mine = added(maya, now)
    web.has(LUNCH)
    calendar_sync.read_due(now)
    web.answer = None
    calendar_sync.read_due(now + HOUR)
    mine.refresh_from_db()
    assert [(asked["etag"], asked["last_modified"]) for asked in web.asked[1:]] == [
        ('"1"', "Mon, 23 Nov 2026 09:00:00 GMT")
    ]
    assert is_soon(mine.read_at, now + HOUR)
    assert len(times(mine)) == 1


def test_a_changed_calendar_writes_only_what_differs(maya: Mentor, web: Web, now: datetime) -> None:
    mine = added(maya, now)
    web.has(NIGHTLY, LUNCH)
    calendar_sync.read_due(now)
    kept = set(BusyTime.objects.values_list("pk", flat=True))
    web.has(NIGHTLY, GYM)
    calendar_sync.read_due(now + HOUR)
    left = set(BusyTime.objects.values_list("pk", flat=True))
    assert (len(kept), len(kept - left), len(left - kept)) == (402, 1, 1)
    assert datetime.fromisoformat("2026-11-25T07:00Z") in times(mine)


def test_a_rule_is_known_far_ahead_and_read_again_before_that_runs_out(
    maya: Mentor, web: Web, now: datetime
) -> None:
    mine = added(maya, now)
    web.has(NIGHTLY)
    calendar_sync.read_due(now)
    assert times(mine)[-1] - now > timedelta(days=398)
    for days in (29, 31):
        BusyCalendar.objects.update(next_read_at=now)
        web.answer = None
        calendar_sync.read_due(now + timedelta(days=days))
    assert ["etag" in asked for asked in web.asked] == [False, True, False]


def test_whole_days_are_read_again_after_a_move_to_another_zone(
    maya: Mentor, web: Web, now: datetime
) -> None:
    mine = added(maya, now)
    web.has(event("DTSTART;VALUE=DATE:20261125"))
    calendar_sync.read_due(now)
    Mentor.objects.update(time_zone="Asia/Tokyo")
    calendar_sync.read_due(now + HOUR)
    assert "etag" not in web.asked[1]
    assert times(mine) == [datetime.fromisoformat("2026-11-24T15:00Z")]


def test_our_own_sessions_are_not_busy_twice(maya: Mentor, web: Web, now: datetime) -> None:
    mine = added(maya, now)
    session = make.session(student=make.sam(), mentor=maya, starts_at=now + 27 * HOUR)
    web.has(event("DTSTART:20261124T120000Z", "DURATION:PT1H", uid=str(session.uid)), GYM)
    calendar_sync.read_due(now)
    assert times(mine) == [datetime.fromisoformat("2026-11-25T07:00Z")]


def test_trouble_keeps_what_is_known_and_says_what_it_was(maya: Mentor, web: Web, now: datetime) -> None:
    mine = added(maya, now)
    web.has(LUNCH)
    calendar_sync.read_due(now)
    web.answer = FeedError("calendar.example.com answered with an error (500).")
    calendar_sync.read_due(now + HOUR)
    mine.refresh_from_db()
    assert len(times(mine)) == 1
    assert (mine.failures, mine.last_error) == (1, "calendar.example.com answered with an error (500).")
    assert is_soon(mine.read_at, now)
    assert mine.lease_until is None
    assert busy_times([maya.pk], Span(now, now + 48 * HOUR)) == {
        maya.pk: [
            Span(datetime.fromisoformat("2026-11-24T12:00Z"), datetime.fromisoformat("2026-11-24T13:00Z"))
        ]
    }


def test_what_cannot_be_worked_out_is_trouble_too(maya: Mentor, web: Web, now: datetime) -> None:
    mine = added(maya, now)
    web.answer = Fetched(b"<html>")
    calendar_sync.read_due(now)
    mine.refresh_from_db()
    assert mine.last_error == "What is at this address is no calendar."


def test_pauses_grow_to_six_hours_and_the_mentor_is_notified_once_an_outage(
    maya: Mentor, web: Web, now: datetime
) -> None:
    mine = added(maya, now)
    web.answer = FeedError("No.")
    pauses, moment = [], now
    for failures in range(1, 9):
        calendar_sync.read_due(moment)
        assert notices() == (failures >= 3)
        mine.refresh_from_db()
        pauses.append(round((mine.next_read_at - moment) / timedelta(minutes=15)))
        moment = mine.next_read_at
    assert pauses[:4] == pytest.approx([1, 2, 4, 8], abs=1)
    assert pauses[6:] == pytest.approx([24, 24], abs=3)
    assert is_soon(mine.failing_since, now)


def test_a_new_outage_is_reported_again(maya: Mentor, web: Web, now: datetime) -> None:
    added(maya, now)
    for hour, answer in enumerate(("bad", "bad", "bad", "good", "bad", "bad", "bad")):
        web.has(LUNCH)
        web.answer = FeedError("No.") if answer == "bad" else web.answer
        BusyCalendar.objects.update(next_read_at=now)
        calendar_sync.read_due(now + hour * HOUR)
        assert notices() == (hour >= 2) + (hour >= 6)


def test_a_claimed_calendar_is_left_to_its_worker_until_the_lease_ends(
    maya: Mentor, web: Web, now: datetime
) -> None:
    mine = added(maya, now)
    web.has(LUNCH)
    assert calendar_sync.claim(mine, now=now)
    assert not calendar_sync.claim(BusyCalendar.objects.get(), now=now + calendar_sync.LEASE / 2)
    assert calendar_sync.read_due(now + calendar_sync.LEASE / 2) == 0
    assert calendar_sync.read_due(now + calendar_sync.LEASE) == 1


def test_who_lost_the_claim_changes_nothing(maya: Mentor, web: Web, now: datetime) -> None:
    slow = added(maya, now)
    web.has(LUNCH)
    calendar_sync.claim(slow, now=now)
    calendar_sync.claim(BusyCalendar.objects.get(), now=now + 2 * calendar_sync.LEASE)
    calendar_sync.read(slow, now=now)
    assert times(slow) == []
    assert BusyCalendar.objects.get().lease_until == now + 3 * calendar_sync.LEASE


def test_a_calendar_that_is_removed_meanwhile_is_gone(maya: Mentor, web: Web, now: datetime) -> None:
    mine = added(maya, now)
    web.has(LUNCH)
    calendar_sync.claim(mine, now=now)
    BusyCalendar.objects.all().delete()
    assert calendar_sync.read(mine, now=now) is None
    assert not BusyTime.objects.exists()


def test_the_longest_due_comes_first_and_deactivated_people_never(
    maya: Mentor, web: Web, now: datetime
) -> None:
    gone = make.mentor(make.person("Gone", is_active=False))
    for mentor, minutes in ((maya, 5), (maya, 60), (gone, 90)):
        added(mentor, now, next_read_at=now - timedelta(minutes=minutes))
    web.has(LUNCH)
    assert calendar_sync.read_due(now) == 2
    assert [asked["address"] for asked in web.asked] == [
        "https://calendar.example.com/1/secret.ics",
        "https://calendar.example.com/0/secret.ics",
    ]


def test_a_round_ends_in_time(maya: Mentor, web: Web, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        added(maya, now)
    web.has(LUNCH)
    monkeypatch.setattr(
        calendar_sync,
        "within_time_budget",
        lambda items: (item for _, item in zip(range(2), items, strict=False)),
    )
    assert calendar_sync.read_due(now) == 2


def test_logs_hold_no_address(
    maya: Mentor, web: Web, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    added(maya, now)
    web.answer = FeedError("calendar.example.com answered with an error (500).")
    calendar_sync.read_due(now)
    assert "calendar_not_read" in caplog.text
    assert "secret" not in caplog.text
