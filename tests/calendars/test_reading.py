"""Reading in a child process, which is stopped when a file asks for too much."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from resource import RUSAGE_CHILDREN, getrusage

import pytest

from mentormap.calendars.errors import FeedError
from mentormap.calendars.reading import read_agenda
from mentormap.lib.spans import Span
from tests.calendars.ics import calendar, event

WINDOW = Span(datetime(2026, 11, 22, tzinfo=UTC), datetime(2027, 12, 28, tzinfo=UTC))
MEETING = ("DTSTART:20261124T100000", "DURATION:PT1H")


def failure(body: str, *, seconds: float = 10, is_lasting: bool = True) -> FeedError:
    with pytest.raises(FeedError) as refusal:
        read_agenda(body.encode(), zone="UTC", window=WINDOW, seconds=seconds)
    assert refusal.value.is_lasting is is_lasting
    return refusal.value


def test_a_file_is_read_as_it_would_be_here() -> None:
    body = calendar(
        "X-WR-CALNAME:Büro", event(*MEETING), event(*MEETING, uid="ours"), event("DTSTART:x", uid="bad")
    )
    found = read_agenda(
        b"\xef\xbb\xbf" + body.encode(), zone="Europe/Berlin", window=WINDOW, ignored=["ours"]
    )
    hour = Span(datetime(2026, 11, 24, 9, tzinfo=UTC), datetime(2026, 11, 24, 10, tzinfo=UTC))
    assert found == ("Büro", [hour], 1)


def test_bytes_that_are_no_utf_8_are_passed_over() -> None:
    body = calendar("X-WR-CALNAME:B~ro", event(*MEETING)).encode().replace(b"~", b"\xfc")
    assert read_agenda(body, zone="UTC", window=WINDOW).name == "B\ufffdro"


@pytest.mark.parametrize("body", ["", "<!doctype html><title>Log in</title>", "BEGIN:VCARD\r\nEND:VCARD\r\n"])
def test_what_is_no_calendar(body: str) -> None:
    assert failure(body).sentence == "What is at this address is no calendar."


@pytest.mark.long
def test_a_rule_that_never_comes_to_an_end_is_stopped() -> None:
    started = time.monotonic()
    endless = calendar(event(*MEETING, "RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30"))
    assert failure(endless, seconds=1).sentence == "This calendar's events take too long to work out."
    assert time.monotonic() - started < 60


def test_a_zone_that_changes_every_second_is_borne() -> None:
    zone = (
        "BEGIN:VTIMEZONE\nTZID:Evil\nBEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n"
        "RRULE:FREQ=SECONDLY\nEND:STANDARD\nEND:VTIMEZONE"
    )
    body = calendar(
        zone, event("DTSTART;TZID=Evil:20270701T100000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=9")
    )
    found = read_agenda(body.encode(), zone="UTC", window=WINDOW)
    assert (len(found.spans), found.unread) == (9, 0)


@pytest.mark.long
def test_a_rule_that_comes_to_too_much_is_refused() -> None:
    hourly = calendar(event(*MEETING, "RRULE:FREQ=MINUTELY;COUNT=20001"))
    assert failure(hourly, seconds=60).sentence == "This calendar has more events than we can take."


def test_a_calendar_that_breaks_off_is_not_taken_for_all_of_it() -> None:
    """Else what is missing would be offered; it may be whole again the next time."""
    body = calendar(event(*MEETING)).removesuffix("END:VCALENDAR\r\n") + "<b>Fatal error</b>"
    assert failure(body, is_lasting=False).sentence == "This calendar breaks off before its end."


@pytest.mark.long
def test_two_thousand_events_are_read_quickly() -> None:
    """Counted in the child's own seconds, as this machine may be busy."""
    starts = [WINDOW.starts_at + timedelta(hours=4 * number) for number in range(2000)]
    events = [event(f"DTSTART:{start:%Y%m%dT%H%M%SZ}", "DURATION:PT45M", uid=f"{start}") for start in starts]
    before = getrusage(RUSAGE_CHILDREN).ru_utime
    found = read_agenda(calendar(*events).encode(), zone="UTC", window=WINDOW, seconds=60)
    assert ([span.starts_at for span in found.spans], found.unread) == (starts, 0)
    assert getrusage(RUSAGE_CHILDREN).ru_utime - before < 3


@pytest.mark.long
def test_what_hangs_holds_up_nobody_else() -> None:
    """This thread keeps its turns while another waits for the child: were it computed here, there would be none to have."""
    endless = calendar(event(*MEETING, "RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30"))
    with ThreadPoolExecutor(1) as other:
        hanging = other.submit(failure, endless, seconds=2)
        longest, before = 0.0, time.monotonic()
        while not hanging.done():
            time.sleep(0.001)
            longest, before = max(longest, time.monotonic() - before), time.monotonic()
        assert hanging.result().sentence == "This calendar's events take too long to work out."
    assert longest < 1.5
