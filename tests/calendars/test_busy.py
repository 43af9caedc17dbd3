from datetime import UTC, datetime, timedelta

import pytest

from mentormap.calendars import busy
from mentormap.calendars.busy import CutShort, TooManyEvents, agenda
from mentormap.lib.spans import Span
from tests.calendars.ics import calendar, event
from tests.calendars.spans import MEETING, WINDOW, spans, text_of


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (MEETING, ["11-24 10:00-11:00"]),
        (("DTSTART:20261124T100000Z", "DURATION:PT1H30M"), ["11-24 10:00-11:30"]),
        (("DTSTART;TZID=America/New_York:20261124T100000", "DURATION:PT1H"), ["11-24 15:00-16:00"]),
        (('DTSTART;TZID="America/New_York":20261124T100000', "DURATION:PT1H"), ["11-24 15:00-16:00"]),
        (("DTSTART:20261124T100000", "DTEND:20261124T110000"), ["11-24 09:00-10:00"]),
        (("DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:20261126"), ["11-23 23:00-11-25 23:00"]),
        (("DTSTART;VALUE=DATE:20261124",), ["11-23 23:00-11-24 23:00"]),
        (("DTSTART:20261124",), ["11-23 23:00-11-24 23:00"]),
        (("DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:20261124"), ["11-23 23:00-11-24 23:00"]),
        (("DTSTART:20261124T100000Z",), []),
        (("DTSTART:20261124T100000Z", "DTEND:20261124T100000Z"), []),
        ((*MEETING, "TRANSP:TRANSPARENT"), []),
        ((*MEETING, "TRANSP:OPAQUE"), ["11-24 10:00-11:00"]),
        ((*MEETING, "STATUS:CANCELLED"), []),
        ((*MEETING, "status:cancelled"), []),
        ((*MEETING, "STATUS:TENTATIVE"), ["11-24 10:00-11:00"]),
        ((*MEETING, "RDATE:20261125T100000Z,20261126T100000Z"), [f"11-{day} 10:00-11:00" for day in (24, 25, 26)]),
        (
            (*MEETING, "RDATE;VALUE=PERIOD:20261125T100000Z/PT30M,20261126T100000Z/20261126T120000Z"),
            ["11-24 10:00-11:00", "11-25 10:00-10:30", "11-26 10:00-12:00"],
        ),
        ((*MEETING, "RDATE;VALUE=PERIOD:20261022T090000Z/P31DT1H"), ["11-22 09:00-10:00", "11-24 10:00-11:00"]),
    ],
)  # fmt: skip
def test_events_as_calendars_write_them(lines: tuple[str, ...], expected: list[str]) -> None:
    assert spans(event(*lines)) == expected


def test_a_rule_without_an_end_is_expanded_to_the_windows_end() -> None:
    daily = event("DTSTART:19990101T100000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY")
    found = agenda(calendar(daily), zone="UTC", window=WINDOW)
    assert len(found.spans) == 366
    assert (found.spans[0].starts_at, found.spans[-1].starts_at) == (
        datetime(2026, 11, 22, 10, tzinfo=UTC),
        datetime(2027, 11, 22, 10, tzinfo=UTC),
    )


def test_exceptions_from_a_rule() -> None:
    weekly = event(*MEETING, "RRULE:FREQ=WEEKLY;COUNT=4", "EXDATE:20261201T100000Z,20261208T100000Z")
    assert spans(weekly) == ["11-24 10:00-11:00", "12-15 10:00-11:00"]


def test_exceptions_that_are_whole_days() -> None:
    weekly = event(*MEETING, "RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE;VALUE=DATE:20261201")
    assert spans(weekly) == ["11-24 10:00-11:00", "12-08 10:00-11:00"]


@pytest.mark.parametrize(
    ("override", "second"),
    [
        (("DTSTART:20261202T140000Z", "DTEND:20261202T150000Z"), ["12-02 14:00-15:00"]),
        (("DTSTART:20261201T100000Z", "DTEND:20261201T110000Z", "STATUS:CANCELLED"), []),
        (("DTSTART:20261201T100000Z", "DTEND:20261201T110000Z", "TRANSP:TRANSPARENT"), []),
        (("DTSTART:20201201T100000Z", "DTEND:20201201T110000Z"), []),
        (("STATUS:CANCELLED",), []),
        (("DURATION:PT2H",), ["12-01 10:00-12:00"]),
        (("STATUS:TENTATIVE",), ["12-01 10:00-11:00"]),
        (("DTSTART;VALUE=DATE:20261203",), ["12-02 23:00-12-03 23:00"]),
    ],
)
def test_one_time_of_a_rule_that_is_changed(override: tuple[str, ...], second: list[str]) -> None:
    weekly = event(*MEETING, "RRULE:FREQ=WEEKLY;COUNT=3")
    changed = event(*override, "RECURRENCE-ID:20261201T100000Z")
    assert spans(weekly, changed) == ["11-24 10:00-11:00", *second, "12-08 10:00-11:00"]


def test_a_rule_that_is_free_but_for_one_time() -> None:
    free = event(*MEETING, "RRULE:FREQ=WEEKLY;COUNT=3", "TRANSP:TRANSPARENT")
    busy_once = event("DTSTART:20261201T100000Z", "DURATION:PT1H", "RECURRENCE-ID:20261201T100000Z")
    assert spans(free, busy_once) == ["12-01 10:00-11:00"]


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("20261203T180000Z", 3),
        ("20261203T175959Z", 2),
        ("20261203T100000", 3),
        ("20261203T095959", 2),
        ("20261203", 3),
        ("20261202", 2),
    ],
)
@pytest.mark.parametrize("tzid", [";TZID=America/Los_Angeles", ""])
def test_a_rule_goes_on_until_then_by_the_clocks_of_its_start(until: str, last: int, tzid: str) -> None:
    meeting = event(f"DTSTART{tzid}:20261201T100000", "DURATION:PT1H", f"RRULE:FREQ=DAILY;UNTIL={until}")
    found = spans(meeting, zone="America/Los_Angeles")
    assert found == [f"12-{day:02} 18:00-19:00" for day in range(1, last + 1)]


def test_a_rule_to_the_end_of_the_calendar() -> None:
    start = "DTSTART;TZID=America/Los_Angeles:20271121T100000"
    assert spans(event(start, "DURATION:PT1H", "RRULE:FREQ=DAILY;UNTIL=99991231")) == [
        "11-21 18:00-19:00",
        "11-22 18:00-19:00",
    ]


def test_whole_days_until_a_day() -> None:
    days = event("DTSTART;VALUE=DATE:20261201", "RRULE:FREQ=DAILY;UNTIL=20261203")
    assert spans(days, zone="UTC") == ["12-01 00:00-12-04 00:00"]


def test_events_that_share_a_uid_by_mistake_are_all_there() -> None:
    first = event(*MEETING, "RRULE:FREQ=WEEKLY;COUNT=2")
    second = event("DTSTART:20261125T100000Z", "DURATION:PT1H")
    cancelled = event("RECURRENCE-ID:20261201T100000Z", "STATUS:CANCELLED")
    assert spans(first, second, cancelled) == ["11-24 10:00-11:00", "11-25 10:00-11:00"]
    newer = event("DTSTART:20261126T100000Z", "DURATION:PT1H", "SEQUENCE:3")
    assert spans(first, second, newer) == ["11-26 10:00-11:00"]


def test_this_time_and_all_later_ones_changed() -> None:
    weekly = event(*MEETING, "RRULE:FREQ=WEEKLY;COUNT=3")
    later = event(
        "DTSTART:20261201T120000Z",
        "DTEND:20261201T123000Z",
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20261201T100000Z",
    )
    assert spans(weekly, later) == ["11-24 10:00-11:00", "12-01 12:00-12:30", "12-08 12:00-12:30"]


def test_only_what_lies_in_the_window_counts() -> None:
    over = event("DTSTART:20261122T070000Z", "DTEND:20261122T090000Z", uid="a")
    under_way = event("DTSTART:20261122T080000Z", "DTEND:20261122T100000Z", uid="b")
    too_late = event("DTSTART:20271123T090000Z", "DTEND:20271123T100000Z", uid="c")
    assert spans(over, under_way, too_late) == ["11-22 09:00-10:00"]


def test_times_that_meet_or_overlap_are_one() -> None:
    first = event("DTSTART:20261124T100000Z", "DURATION:PT1H", uid="a")
    second = event("DTSTART:20261124T110000Z", "DURATION:PT1H", uid="b")
    third = event("DTSTART:20261124T103000Z", "DURATION:PT30M", uid="c")
    assert spans(first, second, third) == ["11-24 10:00-12:00"]


def test_ignored_events_are_not_there() -> None:
    ours, theirs = (
        event(*MEETING, uid="ours"),
        event("DTSTART:20261125T100000Z", "DURATION:PT1H", uid="theirs"),
    )
    assert spans(ours, theirs, ignored=("ours",)) == ["11-25 10:00-11:00"]


def test_a_past_copy_with_a_higher_sequence_ends_a_rule() -> None:
    rule = event(*MEETING, "RRULE:FREQ=WEEKLY", "SEQUENCE:1")
    once = event("DTSTART:20200101T100000Z", "DURATION:PT1H", "SEQUENCE:2")
    assert spans(rule, once) == []


def test_alarms_tasks_and_titles_are_passed_over() -> None:
    alarm = ("BEGIN:VALARM", "TRIGGER;VALUE=DATE-TIME:20261101T000000Z", "DURATION:PT5M", "END:VALARM")
    task = "BEGIN:VTODO\nUID:t\nDTSTART:20261125T100000Z\nDURATION:PT1H\nEND:VTODO"
    title = "SUMMARY:Lunch\u2028DTSTART:20270101T000000Z"
    assert spans(event(*MEETING, title, *alarm), task) == ["11-24 10:00-11:00"]


@pytest.mark.parametrize(
    "lines",
    [
        ("DESCRIPTION:Workshop", "Begin: 10:00", "End: 11:00", "END:Workshop", "BEGIN:Workshop", "End"),
        ("BEGIN:VALARM", "TRIGGER:-PT15M"),
        ("BEGIN:X-NOTE", "DTSTART:20270101T000000Z", "END:X-NOTE"),
    ],
)
def test_a_stray_line_or_a_missing_end_costs_no_event(lines: tuple[str, ...]) -> None:
    first, second = (
        event(*MEETING, *lines, uid="1"),
        event("DTSTART:20261125T100000Z", "DURATION:PT1H", uid="2"),
    )
    expected = ["11-24 10:00-11:00", "11-25 10:00-11:00"]
    assert spans(first, second) == expected
    assert spans(first.removesuffix("\nEND:VEVENT"), second) == expected
    assert spans(second, first.removesuffix("\nEND:VEVENT")) == expected


@pytest.mark.parametrize("cut", [0.3, 0.5, 0.9])
def test_a_calendar_that_breaks_off(cut: float) -> None:
    whole = calendar(event(*MEETING), event("DTSTART:20261125T100000Z", "DURATION:PT1H", uid="2"))
    with pytest.raises(CutShort):
        agenda(whole[: int(len(whole) * cut)] + "\r\n<b>Fatal error</b>", zone="UTC", window=WINDOW)


def test_folded_lines_and_other_line_ends() -> None:
    text = calendar(event("DTSTART;TZID=America/\n New_York:20261124\n\tT100000", "DURATION:PT1H"))
    expected = [Span(datetime(2026, 11, 24, 15, tzinfo=UTC), datetime(2026, 11, 24, 16, tzinfo=UTC))]
    for ending in ("\r\n", "\n", "\r"):
        assert agenda(text.replace("\r\n", ending), zone="UTC", window=WINDOW).spans == expected


def test_several_calendars_in_one_file() -> None:
    text = calendar(event(*MEETING)) + calendar(event("DTSTART:20261125T100000Z", "DURATION:PT1H", uid="2"))
    assert len(agenda(text, zone="UTC", window=WINDOW).spans) == 2


def test_the_calendars_own_name() -> None:
    text = calendar("X-WR-CALNAME:Maya\\, work \\; \x07and\\nplay", "X-WR-CALNAME:Other")
    assert agenda(text, zone="UTC", window=WINDOW).name == "Maya, work ; and play"


@pytest.mark.parametrize(
    "lines",
    [
        ("DTSTART:tomorrow", "DURATION:PT1H"),
        ("DURATION:PT1H",),
        (*MEETING, "RRULE:FREQ=OFTEN"),
        (*MEETING, "RRULE:INTERVAL=1"),
        ("DTSTART:20261124T100000Z", "DTEND:99991231T235959Z"),
        ("DTSTART:2026-11-24T10:00:00Z", "DTEND:2026-11-24T11:00:00Z"),
        ("DTSTART:2026-01-24", "DTEND:2026-01-25"),
    ],
)
def test_what_cannot_be_understood_is_counted_and_the_rest_is_read(lines: tuple[str, ...]) -> None:
    broken, fine = event(*lines, uid="broken"), event("DTSTART:20261125T100000Z", "DURATION:PT1H", uid="fine")
    found = agenda(calendar(broken, fine), zone="UTC", window=WINDOW)
    assert ([text_of(span) for span in found.spans], found.unread) == (["11-25 10:00-11:00"], 1)


def test_an_event_to_the_end_of_the_calendar() -> None:
    found = agenda(
        calendar(event("DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:29991231")),
        zone="Asia/Tokyo",
        window=WINDOW,
    )
    assert found.spans == [Span(datetime(2026, 11, 23, 15, tzinfo=UTC), WINDOW.ends_at)]


def test_more_occurrences_than_anybody_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(busy, "MOST_OCCURRENCES", 100)
    daily = event(*MEETING, "RRULE:FREQ=DAILY;COUNT=100")
    assert len(spans(daily)) == 100
    with pytest.raises(TooManyEvents):
        spans(daily.replace("100", "101"))


def test_an_empty_calendar_and_no_calendar_at_all() -> None:
    assert agenda(calendar(), zone="UTC", window=WINDOW) == ("", [], 0)
    assert agenda("<html>", zone="UTC", window=WINDOW) == ("", [], 0)
    assert WINDOW.duration == timedelta(days=366)
