"""Whose clocks a calendar file means, and the nights in which they are changed."""

from datetime import UTC, datetime

import pytest

from mentormap.calendars.busy import agenda
from mentormap.lib.spans import Span
from tests.calendars.ics import BERLIN_OF_OUTLOOK, calendar, event
from tests.calendars.spans import WINDOW, spans, text_of


@pytest.mark.parametrize(
    ("tzid", "hour"),
    [
        ("W. Europe Standard Time", 9),
        ("Eastern Standard Time", 15),
        ("/freeassociation.sourceforge.net/Europe/Berlin", 9),
        ("/citadel.org/20210210_1/America/Argentina/Buenos_Aires", 13),
        ("tzone://Microsoft/Utc", 10),
        ("america/NEW_YORK", 15),
        ("w. europe standard time", 9),
        ("EST", 15),
        ("UTC", 10),
    ],
)
def test_zones_by_the_names_that_programs_give_them(tzid: str, hour: int) -> None:
    lines = (f"DTSTART;TZID={tzid}:20261124T100000", f"DTEND;TZID={tzid}:20261124T103000")
    assert spans(event(*lines)) == [f"11-24 {hour:02}:00-{hour:02}:30"]


def test_a_zone_that_only_the_file_defines() -> None:
    meeting = event(
        "DTSTART;TZID=Customized Time Zone:20270326T100000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=4"
    )
    expected = ["03-26 09:00-10:00", "03-27 09:00-10:00", "03-28 08:00-09:00", "03-29 08:00-09:00"]
    assert spans(BERLIN_OF_OUTLOOK, meeting, zone="Asia/Tokyo") == expected


@pytest.mark.parametrize(
    ("defined", "named"),
    [
        ("Berlin\\, Rome", '"Berlin, Rome"'),
        ("Berlin\\, Rome", '"Berlin\\, Rome"'),
        ("Berlin, Rome", '"Berlin, Rome"'),
        ('"Berlin"', "Berlin"),
        ('"Berlin"', '"Berlin"'),
        ("/Here/Berlin (1)", "/Here/Berlin (1)"),
    ],
)
def test_a_zone_that_the_file_defines_under_an_odd_name(defined: str, named: str) -> None:
    definition = BERLIN_OF_OUTLOOK.replace("Customized Time Zone", defined)
    meeting = event(f"DTSTART;TZID={named}:20261124T100000", "DURATION:PT1H")
    assert spans(definition, meeting, zone="Asia/Tokyo") == ["11-24 09:00-10:00"]


@pytest.mark.parametrize("tzid", ["EST", "Dublin/Edinburgh/GMT", "(UTC+01:00) Berlin, Rome"])
def test_a_files_own_zone_is_what_the_file_says_whatever_its_name(tzid: str) -> None:
    definition = BERLIN_OF_OUTLOOK.replace("Customized Time Zone", tzid)
    meetings = (
        event(f"DTSTART;TZID={tzid}:20270726T100000", f"DTEND;TZID={tzid}:20270726T110000", uid="once"),
        event(
            f"DTSTART;TZID={tzid}:20261124T100000",
            "DURATION:PT1H",
            "RRULE:FREQ=DAILY;COUNT=3",
            f"EXDATE;TZID={tzid}:20261125T100000",
            uid="often",
        ),
    )
    found = spans(definition, *meetings, zone="Asia/Tokyo")
    assert found == ["11-24 09:00-10:00", "11-26 09:00-10:00", "07-26 08:00-09:00"]


def test_two_zones_that_the_file_defines() -> None:
    berlin = BERLIN_OF_OUTLOOK.replace("Customized Time Zone", "Mine 1")
    lima = "BEGIN:VTIMEZONE\nTZID:Mine 2\nBEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:-0500\nTZOFFSETTO:-0500\nEND:STANDARD\nEND:VTIMEZONE"
    meetings = (
        event("DTSTART;TZID=Mine 1:20261124T100000", "DURATION:PT1H", uid="1"),
        event("DTSTART;TZID=Mine 2:20261124T100000", "DURATION:PT1H", uid="2"),
    )
    expected = ["11-24 09:00-10:00", "11-24 15:00-16:00"]
    assert spans(berlin, lima, *meetings, zone="Asia/Tokyo") == expected


def test_a_zone_that_nobody_knows_is_taken_for_the_mentors_and_said_not_to_be_understood() -> None:
    first = event(
        "DTSTART;TZID=Nowhere:20261124T100000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2", uid="a"
    )
    changed = event("RECURRENCE-ID;TZID=Nowhere:20261125T100000", "STATUS:CANCELLED", uid="a")
    second = event("DTSTART;TZID=Nowhere:tomorrow", "DURATION:PT1H", uid="b")
    nameless = first.replace("UID:a\n", "").replace("T100000", "T130000")
    found = agenda(calendar(first, changed, second, nameless), zone="Europe/Berlin", window=WINDOW)
    assert [text_of(span) for span in found.spans] == [
        "11-24 09:00-10:00",
        "11-24 12:00-13:00",
        "11-25 12:00-13:00",
    ]
    assert found.unread == 3


def test_a_zone_whose_definition_is_broken_leaves_the_other_events_alone() -> None:
    definition = "BEGIN:VTIMEZONE\nTZID:Broken\nEND:VTIMEZONE"
    guessed = event("DTSTART;TZID=Broken:20261124T100000", "DURATION:PT1H", uid="1")
    fine = event("DTSTART:20261125T100000Z", "DURATION:PT1H", uid="2")
    found = agenda(calendar(definition, guessed, fine), zone="Europe/Berlin", window=WINDOW)
    assert [text_of(span) for span in found.spans] == ["11-24 09:00-10:00", "11-25 10:00-11:00"]
    assert found.unread == 1


def test_a_zone_whose_definition_hints_at_its_name() -> None:
    definition = BERLIN_OF_OUTLOOK.replace("TZID:", "X-LIC-LOCATION:America/Lima\nTZID:")
    meeting = event("DTSTART;TZID=Customized Time Zone:20261124T100000", "DURATION:PT1H")
    assert spans(definition, meeting) == ["11-24 15:00-16:00"]


def test_times_without_a_zone_are_in_the_files_zone() -> None:
    meeting = event("DTSTART:20261124T100000", "DURATION:PT1H")
    assert spans("X-WR-TIMEZONE:America/New_York", meeting) == ["11-24 15:00-16:00"]
    assert spans("X-WR-TIMEZONE:Nowhere", meeting) == ["11-24 09:00-10:00"]


def test_whole_days_are_the_mentors_whatever_the_file_says() -> None:
    day = event("DTSTART;VALUE=DATE:20261124")
    assert spans("X-WR-TIMEZONE:Asia/Tokyo", day, zone="America/New_York") == ["11-24 05:00-11-25 05:00"]


def test_a_day_whose_midnight_the_clocks_skip_begins_after_it() -> None:
    day = event("DTSTART;VALUE=DATE:20270328")
    assert spans(day, zone="Asia/Beirut") == ["03-27 22:00-03-28 21:00"]


def test_a_rule_follows_the_clocks_of_its_zone() -> None:
    standup = event("DTSTART;TZID=Europe/Berlin:20260105T093000", "DURATION:PT15M", "RRULE:FREQ=WEEKLY")
    window = Span(datetime(2027, 3, 20, tzinfo=UTC), datetime(2027, 4, 3, tzinfo=UTC))
    assert spans(standup, window=window) == ["03-22 08:30-08:45", "03-29 07:30-07:45"]


DURING_A_CHANGE = Span(datetime(2027, 3, 27, 12, tzinfo=UTC), datetime(2027, 3, 29, 12, tzinfo=UTC))
"""The clocks of Berlin skip 02:00 to 03:00 in the night to the 28th."""
BERLIN = "TZID=Europe/Berlin"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((f"DTEND;{BERLIN}:20270228T060000", "RRULE:FREQ=DAILY"), ["21:00-03-28 04:00", "20:00-03-29 04:00"]),
        (("DURATION:PT8H", "RRULE:FREQ=DAILY"), ["21:00-03-28 05:00", "20:00-03-29 04:00"]),
        (("DURATION:P1D", "RRULE:FREQ=WEEKLY"), ["21:00-03-28 20:00"]),
        (("DURATION:P1DT1H", "RRULE:FREQ=WEEKLY"), ["21:00-03-28 21:00"]),
        (("DURATION:PT1H", f"RDATE;VALUE=PERIOD;{BERLIN}:20270327T220000/PT8H"), ["21:00-03-28 05:00"]),
        ((f"RDATE;VALUE=PERIOD;{BERLIN}:20270327T220000/20270328T060000",), ["21:00-03-28 04:00"]),
    ],
)
def test_hours_of_a_duration_are_exact_and_days_are_by_the_clock(
    lines: tuple[str, ...], expected: list[str]
) -> None:
    nightly = event(f"DTSTART;{BERLIN}:20270227T220000", *lines)
    found = spans(nightly, window=DURING_A_CHANGE)
    assert found == [f"03-{27 + number} {span}" for number, span in enumerate(expected)]


@pytest.mark.parametrize("length", [f"DTEND;{BERLIN}:20270301T033000", "DURATION:PT1H"])
def test_what_would_begin_while_the_clocks_skip_lasts_as_long_as_ever(length: str) -> None:
    nightly = event(f"DTSTART;{BERLIN}:20270301T023000", length, "RRULE:FREQ=DAILY")
    assert spans(nightly, window=DURING_A_CHANGE) == ["03-28 01:30-02:30", "03-29 00:30-01:30"]
