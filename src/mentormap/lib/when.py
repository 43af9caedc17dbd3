"""Times as people read them: in their zone, in their language, and always with the zone named."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time

from mentormap.lib.zones import walltime_instants, zone_info, zone_names

_HOUSE: Final = {"yMMMEd": "EEE d MMM y", "MMMEd": "EEE d MMM", "short": "HH:mm"}
"""How plain "en" writes; en_US and all other locales write as CLDR says."""


class When(NamedTuple):
    """The parts of a time as a person reads them: "Tue 24 Nov 2026", "18:00", "Europe/Berlin"."""

    date: str
    time: str
    zone: str


def when(instant: datetime, zone: str, locale: str) -> When:
    """The parts; in the hour that the zone's clocks show twice, its offset too. Raises UnknownZone."""
    local = instant.astimezone(zone_info(zone))
    named = zone_name(zone)
    if len(walltime_instants(local.date(), local.time(), zone)) > 1:
        named += f", {_offset_at(instant, zone, locale)}"
    return When(_date(local.date(), "yMMMEd", locale), _time(local.hour, local.minute, locale), named)


def format_when(instant: datetime, zone: str, locale: str) -> str:
    """Such as "Tue 24 Nov 2026, 18:00 (Europe/Berlin)". Raises UnknownZone."""
    parts = when(instant, zone, locale)
    return f"{parts.date}, {parts.time} ({parts.zone})"


def format_day(day: date, locale: str) -> str:
    """Without the year, for what is near: "Tue 24 Nov"."""
    return _date(day, "MMMEd", locale)


def format_clock(instant: datetime, zone: str, locale: str) -> str:
    """The time of day alone, where zone and date stand beside it: "18:00". Raises UnknownZone."""
    local = instant.astimezone(zone_info(zone))
    return _time(local.hour, local.minute, locale)


def zone_name(zone: str) -> str:
    """Such as "America/New York"."""
    return zone.replace("_", " ")


def zone_label(zone: str, *, at: datetime, locale: str) -> str:
    """The zone with its offset at that instant: "Europe/Berlin (GMT+1)". Raises UnknownZone."""
    return f"{zone_name(zone)} ({_offset_at(at, zone, locale)})"


def zone_choices(*, at: datetime, locale: str) -> list[tuple[str, str]]:
    """(name, label) of the zones that people choose from."""
    return [(name, zone_label(name, at=at, locale=locale)) for name in zone_names()]


def _offset_at(instant: datetime, zone: str, locale: str) -> str:
    """CLDR's short form, "GMT-3:30", which Babel lacks (its long form says -04:30 there)."""
    offset = instant.astimezone(zone_info(zone)).utcoffset() or timedelta(0)
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    sign = "-" if offset < timedelta(0) else "+"
    number = f"{sign}{hours}" + (f":{minutes:02}" if minutes else "") if offset else ""
    return str(_parse(locale).zone_formats["gmt"] % number)


@lru_cache(maxsize=4096)
def _date(day: date, skeleton: str, locale: str) -> str:
    if locale == "en":
        return format_date(day, _HOUSE[skeleton], locale=locale)
    return format_skeleton(skeleton, datetime.combine(day, time(), UTC), locale=_parse(locale))


@lru_cache(maxsize=4096)
def _time(hour: int, minute: int, locale: str) -> str:
    pattern = _HOUSE["short"] if locale == "en" else "short"
    return format_time(time(hour, minute), pattern, locale=_parse(locale))


@lru_cache(maxsize=64)
def _parse(locale: str) -> Locale:
    return Locale.parse(locale.replace("-", "_"))
