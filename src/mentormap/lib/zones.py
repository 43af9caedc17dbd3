"""IANA time zones: which there are, and what a wall clock in one of them means in UTC."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from django.utils.translation import gettext

from mentormap.lib.spans import Span
from mentormap.lib.zone_data import table

_DAY: Final = timedelta(days=1)
_ODD: Final = frozenset(["Factory", "localtime", "posixrules"])


class UnknownZone(ValueError):
    """The name is not an IANA time zone."""

    def __init__(self, name: str) -> None:
        super().__init__(
            gettext("%(name)s is not a time zone: write a name such as Europe/Berlin.") % {"name": repr(name)}
        )
        self.name = name


class NonexistentTime(ValueError):
    """The clocks of the zone skip this wall-clock time."""

    def __init__(self, naive: datetime, zone: str) -> None:
        super().__init__(
            gettext("%(naive)s does not exist in %(zone)s: the clocks skip it. Choose another time.")
            % {"naive": format(naive, "%Y-%m-%d %H:%M"), "zone": zone}
        )
        self.naive = naive
        self.zone = zone


class AmbiguousTime(ValueError):
    """The clocks of the zone show this wall-clock time twice; `instants` are the two in UTC, in order."""

    def __init__(self, naive: datetime, zone: str, instants: tuple[datetime, ...]) -> None:
        super().__init__(
            gettext(
                "%(naive)s happens twice in %(zone)s, as the clocks are turned back. Write the time with its offset from UTC."
            )
            % {"naive": format(naive, "%Y-%m-%d %H:%M"), "zone": zone}
        )
        self.naive = naive
        self.zone = zone
        self.instants = instants


@cache
def all_zones() -> frozenset[str]:
    """IANA's names, old ones included."""
    return frozenset(available_timezones()) - _ODD


def is_zone(name: str) -> bool:
    """Returns whether the name is an IANA zone, including old names such as Asia/Calcutta."""
    return name in all_zones()


@cache
def zone_info(name: str) -> ZoneInfo:
    """Kept for good: Python itself keeps eight, and a page that offers all zones would read 430 files. Raises UnknownZone."""
    if not is_zone(name):
        raise UnknownZone(name)
    return ZoneInfo(name)


@cache
def zone_names() -> tuple[str, ...]:
    """The zones that people choose from, sorted: those of the world's countries, and UTC."""
    rows = (line.split("\t") for line in table("zone.tab") if not line.startswith("#"))
    return tuple(sorted({row[2] for row in rows} & all_zones() | {"UTC"}))


def present_name(name: str) -> str:
    """The name in `zone_names()` for an old one, as browsers send it: Asia/Kolkata for Asia/Calcutta.

    A zone that has no such name keeps its own.
    """
    seen = name
    while seen not in zone_names() and seen in _links():
        seen = _links()[seen]
    return seen if seen in zone_names() else name


def walltime_instants(day: date, wall: time, zone: str) -> tuple[datetime, ...]:
    """The instants, in UTC and in order, at which clocks in the zone show this: none in a gap, two in a fold.

    Raises UnknownZone.
    """
    info = zone_info(zone)
    naive = datetime.combine(day, wall.replace(tzinfo=None, fold=0))
    candidates = {_read(naive.replace(fold=fold), info) for fold in (0, 1)}
    return tuple(sorted(instant for instant in candidates if instant and _shows(instant, naive, info)))


def resolve_local(naive: datetime, zone: str) -> datetime:
    """The instant in UTC of a wall-clock time. Raises NonexistentTime, AmbiguousTime and UnknownZone."""
    instants = walltime_instants(naive.date(), naive.time(), zone)
    if not instants:
        raise NonexistentTime(naive, zone)
    if len(instants) > 1:
        raise AmbiguousTime(naive, zone, instants)
    return instants[0]


def days_span(first: date, last: date, zone: str) -> Span | None:
    """From the first day's first instant to the last day's end, by the zone's clocks; None if they skip all of it.

    Raises UnknownZone.
    """
    start, end = first_instant(first, zone), first_instant(last + _DAY, zone)
    return Span(start, end) if start < end else None


def local_day(instant: datetime, zone: str) -> date:
    """The date there at that instant. Raises UnknownZone."""
    return instant.astimezone(zone_info(zone)).date()


def first_instant(day: date, zone: str) -> datetime:
    """When the day begins there, in UTC. Raises UnknownZone.

    Python reads a midnight that the clocks skip by the offset before: that is when they skip it.
    """
    return datetime.combine(day, time(), zone_info(zone)).astimezone(UTC)


def steady_stretches(span: Span, zone: str) -> list[tuple[Span, timedelta]]:
    """The span cut where the zone changes its clocks: each piece with its offset from UTC. Raises UnknownZone.

    Costs one conversion a day. A change that is undone within 24 hours would be missed; no zone has one.
    """
    info = zone_info(zone)
    cuts = [span.starts_at, *_changes(span, info), span.ends_at]
    return [(Span(start, end), _offset(start, info)) for start, end in pairwise(cuts) if start < end]


def _changes(span: Span, info: ZoneInfo) -> Iterator[datetime]:
    days = range(-((span.starts_at - span.ends_at) // _DAY))
    marks = [*(span.starts_at + day * _DAY for day in days), span.ends_at]
    for earlier, later in pairwise(marks):
        if _offset(earlier, info) != _offset(later, info):
            yield _change_between(earlier, later, info)


def _change_between(earlier: datetime, later: datetime, info: ZoneInfo) -> datetime:
    """The first full minute after `earlier` with another offset."""
    before = _offset(earlier, info)
    minutes = range(int(earlier.timestamp() // 60), int(later.timestamp() // 60))

    def is_after(minute: int) -> bool:
        return _offset(_from_minute(minute), info) != before

    return _from_minute(minutes.start + bisect_left(minutes, True, key=is_after))


def _from_minute(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)


def _offset(instant: datetime, info: ZoneInfo) -> timedelta:
    return instant.astimezone(info).utcoffset() or timedelta(0)


def _read(naive: datetime, info: ZoneInfo) -> datetime | None:
    try:
        return naive.replace(tzinfo=info).astimezone(UTC)
    except OverflowError:  # the first and the last day of the calendar
        return None


def _shows(instant: datetime, naive: datetime, info: ZoneInfo) -> bool:
    return instant.astimezone(info).replace(tzinfo=None) == naive


@cache
def _links() -> dict[str, str]:
    rows = (line.split() for line in table("tzdata.zi") if line.startswith("L "))
    return {old: present for _, present, old in rows} | {"Etc/UTC": "UTC"}
