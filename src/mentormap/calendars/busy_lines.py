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
_LINE_OF_TIMES: Final = re.compile(r'([\w-]+)((?:;[\w-]+=(?:"[^"]*"|[^";])*)*):([^:]*)')
"""Times have no colon, but names of zones may, which some programs write without quotation marks."""
_PARAMETER: Final = re.compile(r';([\w-]+)=((?:"[^"]*"|[^";])*)')
_DAY: Final = re.compile(r"\d{8}")
TIMES: Final = frozenset({"DTSTART", "DTEND", "RDATE", "EXDATE", "RECURRENCE-ID"})
_KEPT: Final = TIMES | {"UID", "DURATION", "RRULE", "STATUS", "TRANSP", "SEQUENCE"}
_RECURS: Final = frozenset({"RRULE", "RDATE", "RECURRENCE-ID"})
_ONCE: Final = frozenset({"DTSTART", "DTEND"})
_SIDE_BY_SIDE: Final = frozenset(
    {"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE", "VAVAILABILITY", "VPOLL"}
)
"""Components of a calendar, none of which is part of another."""
_WITHIN: Final = frozenset(
    {"VALARM", "STANDARD", "DAYLIGHT", "AVAILABLE", "PARTICIPANT", "VLOCATION", "VRESOURCE"}
)


class ContentLine(NamedTuple):
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
class EventLines:
    """The lines of one VEVENT that say when it is."""

    lines: tuple[ContentLine, ...]

    @property
    def uid(self) -> str:
        return self._value_of("UID")

    @property
    def is_one_of_a_series(self) -> bool:
        """Returns whether it changes one occurrence of a series, or all from one on."""
        return bool(self._value_of("RECURRENCE-ID"))

    @property
    def sequence(self) -> int:
        """-1 if it gives none."""
        value = self._value_of("SEQUENCE")
        return int(value) if value.isdecimal() and len(value) < 10 else -1

    @property
    def says_when(self) -> bool:
        """Returns whether it gives a time, or frees one."""
        names = {line.name for line in self.lines}
        words = {self._value_of("STATUS").upper(), self._value_of("TRANSP").upper()}
        return not (names.isdisjoint(_ONCE | {"DURATION"}) and words.isdisjoint({"CANCELLED", "TRANSPARENT"}))

    @property
    def tzids(self) -> set[str]:
        return {line.tzid for line in self.lines if line.tzid}

    def is_over(self, before: date) -> bool:
        """Returns whether it happens once, wholly before that day; times are compared as written, whatever their zone."""
        names = {line.name for line in self.lines}
        days = [line.value.strip()[:8] for line in self.lines if line.name in _ONCE]
        is_clear = bool(days) and all(map(_DAY.fullmatch, days))
        return is_clear and names.isdisjoint(_RECURS | {"DURATION"}) and max(days) < f"{before:%Y%m%d}"

    def _value_of(self, name: str) -> str:
        return next((line.value.strip() for line in self.lines if line.name == name), "")


@dataclass
class BusyLines:
    """Of all calendars in a file: what they are called, their zone, the zones that they define, and their events.

    `is_whole` is False if the last one does not end, because its writer broke off.
    """

    name: str = ""
    zone: str = ""
    zones: dict[str, list[str]] = field(default_factory=dict)
    events: list[EventLines] = field(default_factory=list)
    is_whole: bool = True

    def relevant(self, *, since: date, ignored: Collection[str]) -> Iterator[EventLines]:
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
    return reader.done()


class _Reader:
    """Knows the components that it stands in, outermost first.

    Lines of text that were not folded may look like a beginning or an end, and ends may be missing.
    """

    def __init__(self) -> None:
        self.found = BusyLines()
        self._inside: list[str] = []
        self._event: list[ContentLine] = []
        self._zone: list[str] = []

    def read(self, raw: str) -> None:
        match = _NAME.match(raw)
        name = match[0].upper() if match else ""
        if name == "BEGIN":
            self._begin(_component(raw))
        if self._inside[1:2] == ["VTIMEZONE"]:
            self._zone.append(raw)
        elif self._inside == ["VCALENDAR", "VEVENT"] and name in _KEPT:
            self._event.extend(_parse(raw))
        elif self._inside == ["VCALENDAR"]:
            self._keep(name, raw)
        if name == "END":
            self._end(_component(raw))

    def done(self) -> BusyLines:
        self.found.is_whole = not self._inside
        return self.found

    def _begin(self, name: str) -> None:
        if name:
            self._leave(0 if name == "VCALENDAR" else 1 if name in _SIDE_BY_SIDE else len(self._inside))
            self._inside.append(name)

    def _end(self, name: str) -> None:
        if name in self._inside:
            self._leave(self._inside.index(name))

    def _leave(self, depth: int) -> None:
        """Ends what is open that deep or deeper."""
        if depth < 2 and self._inside[:2] == ["VCALENDAR", "VEVENT"]:
            self._add_event()
        elif depth < 2 and self._inside[:2] == ["VCALENDAR", "VTIMEZONE"]:
            self._define_zone()
        del self._inside[depth:]

    def _add_event(self) -> None:
        """But for a change of one time that changes nothing about when it is: that stays as its series has it."""
        event, self._event = EventLines(tuple(self._event)), []
        if event.says_when or not event.is_one_of_a_series:
            self.found.events.append(EventLines(tuple(_with_start(event.lines))))

    def _define_zone(self) -> None:
        definition, self._zone = self._zone, []
        names = [_zone_name(line.value) for raw in definition for line in _parse(raw) if line.name == "TZID"]
        if names:
            self.found.zones.setdefault(names[0], definition)

    def _keep(self, name: str, raw: str) -> None:
        if name == "X-WR-CALNAME":
            self.found.name = self.found.name or raw.partition(":")[2]
        elif name == "X-WR-TIMEZONE":
            self.found.zone = self.found.zone or raw.partition(":")[2].strip()


def _component(raw: str) -> str:
    """Returns the component that the line begins or ends; empty if unknown."""
    name = raw.partition(":")[2].strip().upper()
    is_one = name in {"VCALENDAR"} | _SIDE_BY_SIDE | _WITHIN or name.startswith("X-")
    return name if is_one else ""


def _parse(raw: str) -> Iterator[ContentLine]:
    """The line, if it is one."""
    first = _NAME.match(raw)
    match = (_LINE_OF_TIMES if first and first[0].upper() in TIMES else _LINE).fullmatch(raw)
    if match:
        name, parameters, value = match.groups()
        found = {key.upper(): text.replace('"', "") for key, text in _PARAMETER.findall(parameters)}
        yield ContentLine(name.upper(), found, value)


def _zone_name(text: str) -> str:
    """As a property it is escaped, as a parameter it is not (RFC 5545 sections 3.8.3.1 and 3.2.19); programs mix the two up."""
    return re.sub(r"\\([\\;,])", r"\1", text).strip(' "')


def _with_start(lines: tuple[ContentLine, ...]) -> Iterator[ContentLine]:
    """One time of a series that was cancelled or changed may leave out its start: it is the one that it had."""
    yield from lines
    if all(line.name != "DTSTART" for line in lines):
        yield from (line._replace(name="DTSTART") for line in lines if line.name == "RECURRENCE-ID")
