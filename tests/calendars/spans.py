"""What a test says of busy times, on one line each."""

from datetime import UTC, datetime

from mentormap.calendars.busy import agenda
from mentormap.lib.spans import Span
from tests.calendars.ics import calendar

WINDOW = Span(datetime(2026, 11, 22, 9, tzinfo=UTC), datetime(2027, 11, 23, 9, tzinfo=UTC))
MEETING = ("DTSTART:20261124T100000Z", "DTEND:20261124T110000Z")


def spans(
    *parts: str, zone: str = "Europe/Berlin", window: Span = WINDOW, ignored: tuple[str, ...] = ()
) -> list[str]:
    """The busy times, such as "11-24 10:00-11:00", in UTC; the end has its day if it is another."""
    found = agenda(calendar(*parts), zone=zone, window=window, ignored=ignored)
    assert found.unread == 0
    return [text_of(span) for span in found.spans]


def text_of(span: Span) -> str:
    end = "%H:%M" if span.ends_at.date() == span.starts_at.date() else "%m-%d %H:%M"
    return f"{span.starts_at:%m-%d %H:%M}-{span.ends_at:{end}}"
