"""Instants and days as they come in and go out: RFC 3339; a time without an offset is read in the user's zone."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from mentormap.api.problems import ApiProblem, field_problem
from mentormap.lib.zones import AmbiguousTime, NonexistentTime, resolve_local, zone_info

WHEN_PATTERN: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?([Zz]|[+-][0-9]{2}:[0-9]{2})?$"
WHEN_REMEDY: Final = (
    "Write date and time like 2026-11-24T18:00:00+01:00, or without the offset to mean your own time zone."
)
YEARS: Final = range(2000, 2200)
DAY_REMEDY: Final = "Write a day of the years 2000 to 2100 like 2026-11-24."


def to_z(instant: datetime) -> str:
    """RFC 3339 in UTC, to the second: "2026-11-24T17:00:00Z"."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


Instant = Annotated[
    datetime, PlainSerializer(to_z), WithJsonSchema({"type": "string", "format": "date-time"})
]
"""Goes out in UTC and ends in Z."""


def _read_day(sent: Any) -> Any:
    if isinstance(sent, date):
        return sent
    if not re.fullmatch(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}", str(sent)) or str(sent) > "2100-12-31":
        raise ValueError(DAY_REMEDY)
    try:
        return date.fromisoformat(sent)
    except ValueError:
        raise ValueError(f"There is no day {sent}. {DAY_REMEDY}") from None


Day = Annotated[date, BeforeValidator(_read_day), WithJsonSchema({"type": "string", "format": "date"})]
"""A calendar day, of the years 2000 to 2100."""


def read_instant(sent: str, *, field: str, zone: str) -> datetime:
    """The instant in UTC of an RFC 3339 time, or of a wall-clock time in the zone.

    Raises ApiProblem for a time that no calendar has, for one that the zone's clocks skip or show twice, and for years so far away
    that a day around them would leave the calendar.
    """
    try:
        read = datetime.fromisoformat(sent.upper())
        if read.year not in YEARS:
            raise field_problem(field, f"Write a time of the years {YEARS[0]} to {YEARS[-1]}.")
        return resolve_local(read, zone) if read.tzinfo is None else read.astimezone(UTC)
    except NonexistentTime as error:
        raise _not_one(error, field, "nonexistent-time", "does not exist", "the clocks skip it") from None
    except AmbiguousTime as error:
        raise _not_one(
            error, field, "ambiguous-time", "happens twice", "the clocks are turned back"
        ) from None
    except (ValueError, OverflowError):
        raise field_problem(field, f"There is no such time. {WHEN_REMEDY}") from None


def _not_one(
    error: NonexistentTime | AmbiguousTime, field: str, code: str, fault: str, reason: str
) -> ApiProblem:
    """Names both instants that the time may stand for: as read before the clocks change, and after."""
    info = zone_info(error.zone)
    readings = sorted(error.naive.replace(tzinfo=info, fold=fold).astimezone(UTC) for fold in (0, 1))
    first, second = (reading.astimezone(info).isoformat() for reading in readings)
    return field_problem(
        field,
        f"{error.naive:%Y-%m-%d %H:%M} {fault} in {error.zone}: {reason}. Write {first} or {second} instead.",
        code=code,
    )
