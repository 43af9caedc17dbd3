"""When the owner of a calendar file is busy: its events, recurring ones expanded, as spans of time.

Not busy are events that are cancelled (STATUS), transparent (TRANSP) or without length. Recurring events last by the clocks
of their zone: one from 23:00 to 5:00 ends at 5:00 in the night of a change too.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple, cast

from icalendar import Calendar
from recurring_ical_events import ComponentsWithName, EventAdapter, Occurrence, Series

from mentormap.calendars.busy_lines import BusyLines, Event, Line, busy_lines
from mentormap.calendars.busy_zones import known_zone
from mentormap.lib.plain_text import one_line
from mentormap.lib.spans import Span, merge, utc
from mentormap.lib.zones import zone_info

MOST_OCCURRENCES: Final = 20_000
"""Fifty a day for a year and a month."""
_DAY: Final = timedelta(days=1)
_TIMES: Final = frozenset({"DTSTART", "DTEND", "RDATE", "EXDATE", "RECURRENCE-ID"})


class TooManyEvents(ValueError):
    """The events come to more occurrences in the window than anybody has."""


class Agenda(NamedTuple):
    """What a calendar calls itself, when its owner is busy (merged), and how many events could not be understood."""

    name: str
    spans: list[Span]
    unread: int


def agenda(text: str, *, zone: str, window: Span, ignored: Collection[str] = ()) -> Agenda:
    """The busy times within the window. Raises TooManyEvents.

    Whole days are days in `zone`. Times without a zone are in the one that the file names (X-WR-TIMEZONE), else in `zone`.
    Events whose UID is among the ignored are not there.

    It runs as long as the file's rules make it: run it where it can be stopped (reading.py).
    """
    lines = busy_lines(text)
    events = list(lines.relevant(since=(window.starts_at - _DAY).date(), ignored=ignored))
    series = _series(lines, events, zone)
    broken: list[Series] = []
    spans = list(_spans(_occurrences(series, window, broken), zone, window))
    unread = (
        len({event.uid or str(number) for number, event in enumerate(events)}) - len(series) + len(broken)
    )
    return Agenda(_title(lines.name), merge(spans), unread)


class _Event(EventAdapter):
    @property
    def is_busy(self) -> bool:
        facts = self._component
        status, transparency = (str(facts.get(name, "")).strip().upper() for name in ("STATUS", "TRANSP"))
        return status != "CANCELLED" and transparency != "TRANSPARENT"


class _Occurrence(Occurrence):
    @property
    def is_busy(self) -> bool:
        return isinstance(self._adapter, _Event) and self._adapter.is_busy


def _series(lines: BusyLines, events: list[Event], zone: str) -> list[Series]:
    """The events by UID, without those that are no events."""
    zones = {tzid: known_zone(tzid, lines.zones.get(tzid, ())) for tzid in _tzids(events)}
    floating = known_zone(lines.zone) or zone
    written = ["BEGIN:VCALENDAR"]
    for tzid in zones.keys() & lines.zones.keys():
        written += [] if zones[tzid] else lines.zones[tzid]
        zones[tzid] = zones[tzid] or tzid
    for event in events:
        written += [
            "BEGIN:VEVENT",
            *(str(_zoned(line, zones, floating)) for line in event.lines),
            "END:VEVENT",
        ]
    calendar = Calendar.from_ical("\r\n".join([*written, "END:VCALENDAR", ""]))
    chosen = ComponentsWithName("VEVENT", adapter=_Event, occurrence=_Occurrence)
    return list(chosen.collect_series_from(calendar, (Exception,)))  # type: ignore[arg-type] # classes are meant


def _tzids(events: list[Event]) -> set[str]:
    return {line.parameters.get("TZID", "") for event in events for line in event.lines}


def _zoned(line: Line, zones: Mapping[str, str], floating: str) -> Line:
    """With a TZID that is understood, also where there was none; days and times in UTC have none."""
    if line.name not in _TIMES:
        return line
    kept = {name: value for name, value in line.parameters.items() if name in {"VALUE", "RANGE"}}
    if re.search(r"T\d{6}(?!Z)", line.value):
        kept["TZID"] = zones.get(line.parameters.get("TZID", "")) or floating
    return line._replace(parameters=kept)


def _occurrences(series: list[Series], window: Span, broken: list[Series]) -> Iterator[_Occurrence]:
    """Those that may touch the window; a series that breaks off is noted."""
    around = window.widened(before=_DAY, after=_DAY)
    for one in series:
        try:
            yield from cast("Iterator[_Occurrence]", one.between(around.starts_at, around.ends_at))
        except Exception:  # noqa: BLE001 - whatever a broken event makes the libraries raise
            broken.append(one)


def _spans(occurrences: Iterable[_Occurrence], zone: str, window: Span) -> Iterator[Span]:
    for number, occurrence in enumerate(occurrences):
        if number >= MOST_OCCURRENCES:
            raise TooManyEvents(f"Over {MOST_OCCURRENCES} events.")
        starts_at, ends_at = (
            _instant(cast("date", edge), zone) for edge in (occurrence.start, occurrence.end)
        )
        if occurrence.is_busy and starts_at < ends_at:
            shared = Span(starts_at, ends_at).intersect(window)
            yield from [shared] if shared else []


def _instant(moment: date, zone: str) -> datetime:
    """A day begins at midnight, or when the clocks skip it, right after. The calendar's last day ends before its end."""
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    try:
        return utc(moment if moment.tzinfo else moment.replace(tzinfo=zone_info(zone)))
    except OverflowError:
        return moment.replace(tzinfo=UTC)


def _title(text: str) -> str:
    unescaped = re.sub(r"\\([\\;,])", r"\1", text.replace("\\n", " "))
    return one_line(unescaped)[:100]
