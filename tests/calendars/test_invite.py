from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from vobject.base import readOne

from mentormap.calendars.invite import CancelledMeeting, cancel, download, request
from mentormap.calendars.meeting import Attendee, Meeting
from mentormap.lib.plain_text import as_block, one_line
from tests.calendars import libical
from tests.calendars.hostile import HOSTILE
from tests.calendars.meetings import NOW, meeting

Write = Callable[[Meeting, datetime], bytes]
WRITERS = [download, request, cancel]


def lines(ics: bytes) -> list[str]:
    """The unfolded lines, cut at CRLF alone."""
    return ics.decode().replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


def read_by_vobject(ics: bytes) -> Any:
    return readOne(ics.decode()).vevent  # type: ignore[no-untyped-call]


def test_a_download_is_published() -> None:
    assert lines(download(meeting(), NOW)) == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//MentorMap//MentorMap//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        "SUMMARY:System Design Review",
        "DTSTART:20261124T170000Z",
        "DTEND:20261124T183000Z",
        "DTSTAMP:20261120T093015Z",
        "UID:session-7@mentormap.example",
        "SEQUENCE:2",
        "CREATED:20261119T080000Z",
        "DESCRIPTION:Need help with distributed systems",
        "LAST-MODIFIED:20261119T090000Z",
        "LOCATION:https://mentormap.example/sessions/7",
        "ORGANIZER;CN=MentorMap:mailto:hello@mentormap.example",
        "STATUS:CONFIRMED",
        "URL:https://mentormap.example/sessions/7",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "DESCRIPTION:System Design Review",
        "TRIGGER:-PT15M",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]


def test_a_request_asks_those_who_attend() -> None:
    published, requested = lines(download(meeting(), NOW)), lines(request(meeting(), NOW))
    assert [line for line in requested if line not in published] == [
        "METHOD:REQUEST",
        'ATTENDEE;CN="Sam Lerner";PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:sam@example.com',
        'ATTENDEE;CN="Maya Mentor";PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:maya@example.com',
    ]


def test_a_cancellation_says_so_and_rings_no_bell() -> None:
    requested, cancelled = lines(request(meeting(), NOW)), lines(cancel(meeting(), NOW))
    assert [line for line in cancelled if line not in requested] == ["METHOD:CANCEL", "STATUS:CANCELLED"]
    assert "BEGIN:VALARM" not in cancelled


def test_the_download_of_a_cancelled_meeting_says_so_too() -> None:
    downloaded = lines(download(meeting(cancelled=True), NOW))
    assert "STATUS:CANCELLED" in downloaded
    assert "BEGIN:VALARM" not in downloaded


def test_nobody_is_invited_to_a_cancelled_meeting() -> None:
    with pytest.raises(CancelledMeeting) as refusal:
        request(meeting(cancelled=True), NOW)
    assert refusal.value.uid == "session-7@mentormap.example"


def test_times_in_another_zone_are_written_in_utc() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    local = meeting(
        starts_at=datetime(2026, 11, 24, 18, tzinfo=berlin),
        ends_at=datetime(2026, 11, 24, 19, 30, tzinfo=berlin),
    )
    assert request(local, NOW.astimezone(berlin)) == request(meeting(), NOW)


@pytest.mark.parametrize("write", WRITERS)
def test_empty_properties_are_left_out(write: Write) -> None:
    bare = lines(write(meeting(description=" \n", title="\0"), NOW))
    assert [line for line in bare if line.endswith(":")] == []
    assert [line for line in bare if line.startswith("SUMMARY")] == ["SUMMARY:Mentoring session"]


def test_a_nameless_person_is_called_by_their_email() -> None:
    nameless = meeting(organizer=Attendee(name="\0", email="hello@mentormap.example"))
    assert "ORGANIZER;CN=hello@mentormap.example:mailto:hello@mentormap.example" in lines(
        download(nameless, NOW)
    )


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_come_back_as_they_were_typed(text: str, write: Write) -> None:
    ics = write(meeting(title=text, description=f"{text}\n\n{text}"), NOW)
    event = Calendar.from_ical(ics).events[0]
    other = read_by_vobject(ics)
    description = as_block(f"{text}\n\n{text}")
    assert (str(event["summary"]), str(event["description"])) == (one_line(text), description)
    assert (other.summary.value, other.description.value) == (one_line(text), description)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_names(name: str) -> None:
    sam = Attendee(name=name, email="sam@example.com")
    ics = request(meeting(attendees=(sam,)), NOW)
    event = Calendar.from_ical(ics).events[0]
    assert event["attendee"].params["CN"] == one_line(name).replace('"', "'").replace("\\", "/")
    assert str(event["attendee"]) == "mailto:sam@example.com"
    assert read_by_vobject(ics).attendee.value == "mailto:sam@example.com"


@pytest.mark.libical
@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("text", HOSTILE)
def test_libical_has_no_complaint(text: str, write: Write) -> None:
    hostile = Attendee(name=text, email="sam@example.com")
    told = meeting(title=text, description=f"{text}\n{text}", organizer=hostile, attendees=(hostile,))
    ics = write(told, NOW)
    assert libical.complaints(ics) == []
    assert libical.facts(ics) == (told.uid, one_line(text), as_block(told.description))


@pytest.mark.libical
@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (b"UID:session-7@mentormap.example\r\n", "UID"),
        (b"DTSTAMP:20261120T093015Z\r\n", "DTSTAMP"),
        (b"ORGANIZER;CN=MentorMap:mailto:hello@mentormap.example\r\n", "ORGANIZER"),
    ],
)
def test_libical_would_complain(line: bytes, complaint: str) -> None:
    """The judge itself, judged."""
    broken = request(meeting(), NOW).replace(line, b"")
    assert [complaint in said for said in libical.complaints(broken)] == [True]


@pytest.mark.thorough
@given(st.text(st.characters(exclude_categories=())), st.sampled_from(WRITERS))
def test_any_text_gives_a_well_formed_file(text: str, write: Write) -> None:
    ics = write(
        meeting(title=text, description=text, organizer=Attendee(name=text, email="a@example.com")), NOW
    )
    assert all(len(line) <= 75 for line in ics.split(b"\r\n"))
    assert all(line.decode() == line.decode().strip("\r\n") for line in ics.split(b"\r\n"))
    assert ics.count(b"\n") == ics.count(b"\r") == ics.count(b"\r\n")
    assert ics.decode().splitlines() == ics.decode().removesuffix("\r\n").split("\r\n")
    assert [line for line in lines(ics) if line == "END:VEVENT"] == ["END:VEVENT"]


def test_another_program_reads_the_same_meeting() -> None:
    event = read_by_vobject(request(meeting(), NOW))
    assert (event.dtstart.value, event.dtend.value) == (meeting().starts_at, meeting().ends_at)
    assert event.dtstart.value.utcoffset() == timedelta(0)
    assert event.valarm.trigger.value == -timedelta(minutes=15)
    assert (event.url.value, event.location.value) == (meeting().url, meeting().url)
