"""When the owner of a calendar file is busy: its events, recurring ones expanded, as spans of time.

Not busy are events that are cancelled (STATUS), transparent (TRANSP) or without length. Recurring events last by the clocks
of their zone: one from 23:00 to 5:00 ends at 5:00 in the night of a change too. The hours of a DURATION are exact instead, and
its days by the clocks (RFC 5545 section 3.3.6; PT24H is taken for a day); so is all of an event whose start the clocks skip.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple, cast

from icalendar import Calendar
from recurring_ical_events import ComponentsWithName, EventAdapter, Occurrence, Series

from mentormap.calendars.busy_lines import TIMES, BusyLines, ContentLine, EventLines, busy_lines
from mentormap.calendars.busy_zones import known_zone, zones_of
from mentormap.lib.plain_text import one_line
from mentormap.lib.spans import Span, merge, utc
from mentormap.lib.zones import zone_info

MOST_OCCURRENCES: Final = 20_000
"""Fifty a day for a year and a month."""
_DAY: Final = timedelta(days=1)


class TooManyEvents(ValueError):
    """The events come to more occurrences in the window than anybody has."""


class CutShort(ValueError):
    """The file breaks off: nobody knows what is missing."""


class Agenda(NamedTuple):
    """A calendar's name, its owner's busy times (merged), and the number of events that could not be understood."""

    name: str
    spans: list[Span]
    unread: int


def agenda(text: str, *, zone: str, window: Span, ignored: Collection[str] = ()) -> Agenda:
    """The busy times within the window. Raises TooManyEvents and CutShort.

    Whole days are days in `zone`. Times without a zone are in the one that the file names (X-WR-TIMEZONE), else in `zone`; so
    are those in a zone that nobody knows, and their events count as not understood. Events whose UID is among the ignored are
    not there.

    It runs as long as the file's rules make it: run it where it can be stopped (reading.py).
    """
    lines = busy_lines(text)
    if not lines.is_whole:
        raise CutShort("A calendar begins that does not end.")
    events = list(lines.relevant(since=(window.starts_at - _DAY).date(), ignored=ignored))
    uids = _short_uids(events)
    zones = zones_of(set().union(*(event.tzids for event in events)), lines.zones)
    guessed = {uid for uid, event in zip(uids, events, strict=True) if not event.tzids <= zones.keys()}
    series = _series(_as_calendar(lines, zip(uids, events, strict=True), zones, zone))
    broken: list[Series] = []
    spans = list(_spans(_occurrences(series, window, broken), zone, window))
    understood = {one.uid for one in series} - {one.uid for one in broken} - guessed
    return Agenda(_title(lines.name), merge(spans), len(set(uids)) - len(understood))


class _BusyEvent(EventAdapter):
    @property
    def is_busy(self) -> bool:
        facts = self._component
        status, transparency = (str(facts.get(name, "")).strip().upper() for name in ("STATUS", "TRANSP"))
        return status != "CANCELLED" and transparency != "TRANSPARENT"

    @property
    def hours(self) -> timedelta:
        """The part of its DURATION beyond whole days."""
        duration = None if "DTEND" in self._component else self._component.get("DURATION")
        return max(duration.dt, timedelta()) % _DAY if duration else timedelta()

    @property
    def rdates(self) -> list[date | tuple[datetime, datetime]]:
        """Periods in UTC, so that adding their length to their start is exact."""
        return [_period(*found) if isinstance(found, tuple) else found for found in super().rdates]

    @property
    def rrules(self) -> set[str]:
        """With what ends them in UTC, as the library reads it."""
        return {_bound_rule(rule, self.start) for rule in super().rrules}

    @property
    def extend_query_span_by(self) -> tuple[timedelta, timedelta]:
        """How long before and after the window an occurrence may begin: periods may be longer than the event."""
        before, after = super().extend_query_span_by
        periods = [found[1] - found[0] for found in self.rdates if isinstance(found, tuple)]
        return max([before, *periods]), after


class _Occurrence(Occurrence):
    def edges(self, zone: str) -> tuple[datetime, datetime]:
        """Both in UTC; they are the same if it is not busy."""
        starts_at, end = _instant(self.start, zone), self._last()
        if not isinstance(self._adapter, _BusyEvent) or not self._adapter.is_busy:
            return starts_at, starts_at
        exact = end - self.start if _is_skipped(self.start) else self._adapter.hours
        return starts_at, _instant(end - exact, zone) + exact

    def _last(self) -> date:
        """Some programs write a whole day as one that ends when it begins."""
        start, end = self.start, cast("date", self.end)
        is_day = not isinstance(start, datetime)
        return end if not is_day or end > start else start + _DAY


def _bound_rule(rule: str, start: date) -> str:
    """An UNTIL without a zone is by the clocks of the start; a day is meant to its end (RFC 5545 section 3.3.10)."""
    until = re.search(r"(?<=UNTIL=)(\d{8})(T\d{6})?(?=;|$)", rule)
    if until is None or not isinstance(start, datetime) or not start.tzinfo:
        return rule
    last = datetime.strptime(until[1] + (until[2] or "T235959"), "%Y%m%dT%H%M%S").replace(tzinfo=start.tzinfo)
    return f"{rule[: until.start()]}{_instant(last):%Y%m%dT%H%M%SZ}{rule[until.end() :]}"


def _period(start: datetime, length: datetime | timedelta) -> tuple[datetime, datetime]:
    if isinstance(length, datetime):
        return utc(start), utc(length)
    exact = length % _DAY
    return utc(start), utc(start + length - exact) + exact


def _short_uids(events: list[EventLines]) -> list[str]:
    """One for each event; those of one series share theirs.

    Events that share a UID and a SEQUENCE by mistake are each one of their own, as none is newer than the others.
    """
    whole = [event for event in events if not event.is_one_of_a_series]
    newest: dict[str, EventLines] = {}
    for event in sorted(whole, key=lambda event: -event.sequence):
        newest.setdefault(event.uid, event)
    keys = list[str]()
    for number, event in enumerate(events):
        first = newest.get(event.uid, event)
        is_rival = not event.is_one_of_a_series and event is not first and event.sequence == first.sequence
        keys.append(f" {number}" if is_rival or not event.uid else event.uid)
    short = {key: str(number) for number, key in enumerate(dict.fromkeys(keys))}
    return [short[key] for key in keys]


def _as_calendar(
    lines: BusyLines, events: Iterable[tuple[str, EventLines]], zones: Mapping[str, str], zone: str
) -> str:
    """A calendar of these events and of the zones that only the file knows."""
    floating = known_zone(lines.zone) or zone
    names = {tzid: known or _plain_name(number, tzid) for number, (tzid, known) in enumerate(zones.items())}
    written = ["BEGIN:VCALENDAR"]
    for tzid in (tzid for tzid, known in zones.items() if not known):
        written += [_rename(raw, names[tzid]) for raw in lines.zones[tzid]]
    for uid, event in events:
        kept = (line for line in event.lines if line.name != "UID")
        written += ["BEGIN:VEVENT", f"UID:{uid}"]
        written += [str(_add_zone(line, names, floating)) for line in kept]
        written += ["END:VEVENT"]
    return "\r\n".join([*written, "END:VCALENDAR", ""])


def _plain_name(number: int, tzid: str) -> str:
    """Needs no escaping, is no known zone, and is another for each zone of a file."""
    return f"{number} {' '.join(re.findall(r'[A-Za-z]+', tzid))}"


def _rename(raw: str, name: str) -> str:
    return f"TZID:{name}" if re.match(r"TZID[;:]", raw, re.IGNORECASE) else raw


def _series(text: str) -> list[Series]:
    """The events by UID, without those that are no events."""
    chosen = ComponentsWithName("VEVENT", adapter=_BusyEvent, occurrence=_Occurrence)
    calendar = Calendar.from_ical(text)
    return list(chosen.collect_series_from(calendar, (Exception,)))  # type: ignore[arg-type] # classes are meant


def _add_zone(line: ContentLine, zones: Mapping[str, str], floating: str) -> ContentLine:
    """With a TZID that is understood, also where there was none; days and times in UTC have none."""
    if line.name not in TIMES:
        return line
    kept = {name: value for name, value in line.parameters.items() if name in {"VALUE", "RANGE"}}
    if re.search(r"T\d{6}(?!Z)", line.value):
        kept["TZID"] = zones.get(line.tzid, floating)
    return line._replace(parameters=kept)


def _occurrences(series: list[Series], window: Span, broken: list[Series]) -> Iterator[_Occurrence]:
    """Yields occurrences that may touch the window; records series that break off."""
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
        starts_at, ends_at = occurrence.edges(zone)
        if starts_at < ends_at:
            shared = Span(starts_at, ends_at).intersect(window)
            yield from [shared] if shared else []


def _instant(moment: date, zone: str = "UTC") -> datetime:
    """A day begins at midnight, or when the clocks skip it, right after. The calendar's last day ends before its end."""
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    try:
        return utc(moment if moment.tzinfo else moment.replace(tzinfo=zone_info(zone)))
    except OverflowError:
        return moment.replace(tzinfo=UTC)


def _is_skipped(moment: date) -> bool:
    """Returns whether the clocks of its zone never show it."""
    if not isinstance(moment, datetime) or not moment.tzinfo:
        return False
    try:
        shown = utc(moment).astimezone(moment.tzinfo)
    except OverflowError:
        return False
    return shown.replace(tzinfo=None) != moment.replace(tzinfo=None)


def _title(text: str) -> str:
    unescaped = re.sub(r"\\([\\;,])", r"\1", text.replace("\\n", " "))
    return one_line(unescaped)[:100]
