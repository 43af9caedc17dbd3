"""Times as people read them: in their zone, in their language, and always with the zone named."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from babel.dates import (
    format_date,
    format_skeleton,
    format_time,
    format_timedelta,
    get_day_names,
    get_month_names,
)

from mentormap.lib.locales import babel_locale
from mentormap.lib.zones import walltime_instants, zone_info, zone_names

_Unit = Literal["minute", "hour", "day"]
_HOUSE: Final = {
    "yMMMEd": "EEE d MMM y",
    "MMMEd": "EEE d MMM",
    "yMMMM": "MMMM y",
    "full": "EEEE d MMMM y",
    "short": "HH:mm",
}
"""How plain "en" writes; en_US and all other locales write as CLDR says."""

_UNTIL: Final[list[tuple[_Unit, timedelta, timedelta]]] = [
    ("minute", timedelta(minutes=1), timedelta(minutes=90)),
    ("hour", timedelta(hours=1), timedelta(hours=48)),
    ("day", timedelta(days=1), timedelta.max),
]
_NEVER: Final = 1e9
"""Of a larger unit, so that Babel keeps to the one that it is given."""


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


def format_full_day(day: date, locale: str) -> str:
    """With nothing left out, as a screen reader says it: "Tuesday 24 November 2026"."""
    return format_date(day, _HOUSE["full"] if locale == "en" else "full", locale=babel_locale(locale))


def format_day_number(day: date, locale: str) -> str:
    """For a cell of a calendar: "24"."""
    return format_date(day, "d", locale=babel_locale(locale))


def format_month(day: date, locale: str) -> str:
    """The month that the day is in: "November 2026"."""
    return _date(day.replace(day=1), "yMMMM", locale)


def first_weekday(locale: str) -> int:
    """The day on which weeks begin there, Monday being 0."""
    return int(babel_locale(locale).first_week_day)


def weekday_names(locale: str) -> list[tuple[str, str]]:
    """(short, whole) from the first day of the week on: ("Mon", "Monday")."""
    short, whole = (
        get_day_names(width, "stand-alone", babel_locale(locale)) for width in ("abbreviated", "wide")
    )
    first = first_weekday(locale)
    return [(short[day % 7], whole[day % 7]) for day in range(first, first + 7)]


def format_clock(instant: datetime, zone: str, locale: str) -> str:
    """The time of day alone, where zone and date stand beside it: "18:00"; in the hour that happens twice "02:30, GMT+2".

    Raises UnknownZone.
    """
    local = instant.astimezone(zone_info(zone))
    clock = _time(local.hour, local.minute, locale)
    is_twice = len(walltime_instants(local.date(), local.time(), zone)) > 1
    return f"{clock}, {_offset_at(instant, zone, locale)}" if is_twice else clock


def format_until(instant: datetime, *, now: datetime, locale: str) -> str:
    """How long it is till then, in whole minutes up to 90, hours up to 48, else days: "in 3 hours"."""
    left = instant - now
    name, unit = next((name, unit) for name, unit, most in _UNTIL if left < most)
    whole = max(left // unit, 1) * unit
    return format_timedelta(
        whole, granularity=name, threshold=_NEVER, add_direction=True, locale=babel_locale(locale)
    )


def month_names(locale: str) -> list[tuple[str, str]]:
    """(short, whole) from January on: ("Jan", "January")."""
    short, whole = (
        get_month_names(width, "stand-alone", babel_locale(locale)) for width in ("abbreviated", "wide")
    )
    return [(short[month], whole[month]) for month in range(1, 13)]


def format_wall(wall: time, locale: str) -> str:
    """A time of day on clocks that are named nearby: "18:00"."""
    return _time(wall.hour, wall.minute, locale)


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
    """CLDR's short form, "GMT+5:30", which Babel lacks (its long form is wrong below zero). After a hyphen a line could end."""
    offset = instant.astimezone(zone_info(zone)).utcoffset() or timedelta(0)
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    sign = "\N{MINUS SIGN}" if offset < timedelta(0) else "+"
    number = f"{sign}{hours}" + (f":{minutes:02}" if minutes else "") if offset else ""
    return str(babel_locale(locale).zone_formats["gmt"] % number)


@lru_cache(maxsize=4096)
def _date(day: date, skeleton: str, locale: str) -> str:
    if locale == "en":
        return format_date(day, _HOUSE[skeleton], locale=locale)
    return format_skeleton(skeleton, datetime.combine(day, time(), UTC), locale=babel_locale(locale))


@lru_cache(maxsize=4096)
def _time(hour: int, minute: int, locale: str) -> str:
    pattern = _HOUSE["short"] if locale == "en" else "short"
    return format_time(time(hour, minute), pattern, locale=babel_locale(locale))
