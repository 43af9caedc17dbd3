"""What of a calendar file decides when its owner is busy; all else is dropped before it is parsed.

So titles and guests are never looked at, and parsing costs a third.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple

_FOLD: Final = re.compile(r"(?:\r\n|\r|\n)[ \t]")
_BREAK: Final = re.compile(r"\r\n|\r|\n")
_NAME: Final = re.compile(r"[\w-]+")
_LINE: Final = re.compile(r'([\w-]+)((?:;[\w-]+=(?:"[^"]*"|[^";:])*)*):(.*)')
_PARAMETER: Final = re.compile(r';([\w-]+)=((?:"[^"]*"|[^";:])*)')
_KEPT: Final = frozenset(
    {
        "UID",
        "DTSTART",
        "DTEND",
        "DURATION",
        "RRULE",
        "RDATE",
        "EXDATE",
        "RECURRENCE-ID",
        "STATUS",
        "TRANSP",
        "SEQUENCE",
    }
)
_RECURS: Final = frozenset({"RRULE", "RDATE", "RECURRENCE-ID"})
_ONCE: Final = frozenset({"DTSTART", "DTEND"})


class Line(NamedTuple):
    """One unfolded content line (RFC 5545 section 3.1); parameters are without quotation marks."""

    name: str
    parameters: dict[str, str]
    value: str

    @property
    def tzid(self) -> str:
        """The name of its zone, as `BusyLines.zones` has it; empty if it gives none."""
        return _zone_name(self.parameters.get("TZID", ""))

    def __str__(self) -> str:
        parameters = "".join(f';{name}="{value}"' for name, value in self.parameters.items())
        return f"{self.name}{parameters}:{self.value}"


@dataclass(frozen=True, slots=True)
class Event:
    """The lines of one VEVENT that say when it is."""

    lines: tuple[Line, ...]

    @property
    def uid(self) -> str:
        return next((line.value.strip() for line in self.lines if line.name == "UID"), "")

    @property
    def tzids(self) -> set[str]:
        return {line.tzid for line in self.lines if line.tzid}

    def is_over(self, before: date) -> bool:
        """Whether it happens once, wholly before that day; times are compared as they are written, whatever their zone."""
        names = {line.name for line in self.lines}
        days = [line.value.strip()[:8] for line in self.lines if line.name in _ONCE]
        return names.isdisjoint(_RECURS | {"DURATION"}) and bool(days) and max(days) < f"{before:%Y%m%d}"


@dataclass
class BusyLines:
    """Of all calendars in a file: what they are called, their zone, the zones that they define, and their events."""

    name: str = ""
    zone: str = ""
    zones: dict[str, list[str]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def relevant(self, *, since: date, ignored: Collection[str]) -> Iterator[Event]:
        """The events that may touch that day or a later one, but for those with an ignored UID."""
        copies = Counter(event.uid for event in self.events)
        for event in self.events:
            is_alone = copies[event.uid] == 1  # else a past copy may replace a recurring one
            if event.uid not in ignored and not (is_alone and event.is_over(since)):
                yield event


def busy_lines(text: str) -> BusyLines:
    """Reads a file line by line; what stands at the wrong place is passed over."""
    reader = _Reader()
    for raw in _BREAK.split(_FOLD.sub("", text)):
        reader.read(raw)
    return reader.found


class _Reader:
    """Knows the components that it stands in, outermost first."""

    def __init__(self) -> None:
        self.found = BusyLines()
        self._inside: list[str] = []
        self._event: list[Line] = []
        self._zone: list[str] = []

    def read(self, raw: str) -> None:
        match = _NAME.match(raw)
        name = match[0].upper() if match else ""
        if name == "BEGIN":
            self._begin(raw)
        if self._inside[1:2] == ["VTIMEZONE"]:
            self._zone.append(raw)
        elif self._inside == ["VCALENDAR", "VEVENT"] and name in _KEPT:
            self._event.extend(_parsed(raw))
        elif self._inside == ["VCALENDAR"]:
            self._note(name, raw)
        if name == "END":
            self._end()

    def _begin(self, raw: str) -> None:
        self._inside.append(raw[6:].strip().upper())
        if len(self._inside) == 2:
            self._event, self._zone = [], []

    def _end(self) -> None:
        if self._inside == ["VCALENDAR", "VEVENT"]:
            self.found.events.append(Event(tuple(_with_start(self._event))))
        elif self._inside == ["VCALENDAR", "VTIMEZONE"]:
            self._define_zone()
        self._inside = self._inside[:-1]

    def _define_zone(self) -> None:
        names = [_zone_name(line.value) for raw in self._zone for line in _parsed(raw) if line.name == "TZID"]
        if names:
            self.found.zones.setdefault(names[0], self._zone)

    def _note(self, name: str, raw: str) -> None:
        if name == "X-WR-CALNAME":
            self.found.name = self.found.name or raw.partition(":")[2]
        elif name == "X-WR-TIMEZONE":
            self.found.zone = self.found.zone or raw.partition(":")[2].strip()


def _parsed(raw: str) -> Iterator[Line]:
    """The line, if it is one."""
    match = _LINE.fullmatch(raw)
    if match:
        name, parameters, value = match.groups()
        found = {key.upper(): text.replace('"', "") for key, text in _PARAMETER.findall(parameters)}
        yield Line(name.upper(), found, value)


def _zone_name(text: str) -> str:
    """As a property it is escaped, as a parameter it is not (RFC 5545 sections 3.8.3.1 and 3.2.19); programs mix the two up."""
    return re.sub(r"\\([\\;,])", r"\1", text).strip(' "')


def _with_start(lines: list[Line]) -> Iterator[Line]:
    """One time of a series that was cancelled or changed may leave out its start: it is the one that it had."""
    yield from lines
    if all(line.name != "DTSTART" for line in lines):
        yield from (line._replace(name="DTSTART") for line in lines if line.name == "RECURRENCE-ID")
