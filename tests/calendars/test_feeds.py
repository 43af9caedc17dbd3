from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from vobject.base import readOne

from mentormap.calendars.feeds import etag, write
from mentormap.calendars.meeting import Attendee, Meeting
from mentormap.lib.plain_text import as_block, one_line
from tests.calendars import libical
from tests.calendars.hostile import HOSTILE
from tests.calendars.made_up import MEETINGS
from tests.calendars.meetings import meeting


def test_events_stand_in_a_feed_as_in_an_invite_but_without_a_method() -> None:
    lines = write([meeting(), meeting(uid="b", cancelled=True)], name="Maya, at work").decode().split("\r\n")
    assert [line for line in lines if line.startswith(("METHOD", "NAME", "X-WR-CALNAME"))] == [
        "NAME:Maya\\, at work",
        "X-WR-CALNAME:Maya\\, at work",
    ]
    assert [line for line in lines if line.startswith(("UID", "STATUS", "SEQUENCE", "DTSTAMP"))] == [
        *("DTSTAMP:20261119T090000Z", "UID:session-7@mentormap.example", "SEQUENCE:2", "STATUS:CONFIRMED"),
        *("DTSTAMP:20261119T090000Z", "UID:b", "SEQUENCE:2", "STATUS:CANCELLED"),
    ]
    assert lines.count("BEGIN:VALARM") == 1


def test_a_feed_without_meetings_is_a_calendar() -> None:
    assert Calendar.from_ical(write([], name="MentorMap")).events == []


def test_the_etag_changes_with_what_is_written_and_only_then() -> None:
    first = etag([meeting()], name="MentorMap")
    assert first == etag([meeting()], name="MentorMap")
    others = [
        etag([meeting(sequence=3)], name="MentorMap"),
        etag([meeting(cancelled=True)], name="MentorMap"),
        etag([meeting(changed_at=meeting().changed_at + timedelta(seconds=1))], name="MentorMap"),
        etag([meeting(title="Other")], name="MentorMap"),
        etag([meeting()], name="Other"),
        etag([], name="MentorMap"),
    ]
    assert len({first, *others}) == 7


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_come_back_as_they_were_typed(text: str) -> None:
    made = [meeting(title=text, description=f"{text}\n\n{text}"), meeting(uid="next", cancelled=True)]
    ics = write(made, name="MentorMap")
    expected = [
        (made[0].uid, one_line(text), as_block(made[0].description)),
        ("next", made[1].title, made[1].description),
    ]
    events = Calendar.from_ical(ics).events
    assert [(event["uid"], event["summary"], event["description"]) for event in events] == expected
    others = readOne(ics.decode()).vevent_list  # type: ignore[no-untyped-call]
    read = [(event.uid.value, event.summary.value, event.description.value) for event in others]
    assert read == expected
    assert isinstance(etag(made, name="MentorMap"), str)


@pytest.mark.thorough
@given(st.lists(MEETINGS, max_size=5, unique_by=lambda one: one.uid))
def test_any_meetings_come_back(meetings: list[Meeting]) -> None:
    found = Calendar.from_ical(write(meetings, name="MentorMap")).events
    assert [(event["UID"], event.start, event.end) for event in found] == [
        (one.uid, one.starts_at, one.ends_at) for one in meetings
    ]


@pytest.mark.libical
@pytest.mark.parametrize("text", HOSTILE)
def test_libical_has_no_complaint(text: str) -> None:
    hostile = Attendee(name=text, email="sam@example.com")
    one = meeting(title=text, description=f"{text}\n{text}", organizer=hostile, attendees=(hostile,))
    ics = write([one, replace(one, uid="next", cancelled=True)], name="MentorMap")
    assert libical.complaints(ics) == []
    assert libical.facts(ics) == (one.uid, one_line(text), as_block(one.description))
