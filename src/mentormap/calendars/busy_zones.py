"""Which IANA zone a calendar file means by a TZID, whoever wrote the file."""

from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import cast

from icalendar import Timezone
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from mentormap.lib.zones import is_zone


def known_zone(tzid: str, definition: Iterable[str] = ()) -> str:
    """An IANA name for an IANA, Windows or globally unique name (RFC 5545 section 3.2.19), else by its VTIMEZONE's own hint.

    Empty if there is none: then the VTIMEZONE alone says what clocks show.
    """
    hints = [line.partition(":")[2].strip() for line in definition if line.startswith("X-LIC-LOCATION:")]
    return next((zone for name in (tzid, *hints) if (zone := _zone_named(name))), "")


def zones_of(tzids: Collection[str], definitions: Mapping[str, Collection[str]]) -> dict[str, str]:
    """For each of these names that means a zone: an IANA name, or an empty one if the file's VTIMEZONE alone defines it."""
    zones = {tzid: known_zone(tzid, definitions.get(tzid, ())) for tzid in tzids}
    return {tzid: zone for tzid, zone in zones.items() if zone or _is_zone(definitions.get(tzid, ()))}


def _is_zone(definition: Iterable[str]) -> bool:
    """Whether it says what clocks show."""
    try:
        cast("Timezone", Timezone.from_ical("\r\n".join(definition))).to_tz(lookup_tzid=False)
    except Exception:  # noqa: BLE001 - whatever a broken definition makes the libraries raise
        return False
    return True


@cache
def _zone_named(name: str) -> str:
    parts = name.strip(' "/').split("/")
    endings = ("/".join(parts[first:]) for first in range(len(parts)))
    return next(
        (zone for ending in endings if (zone := WINDOWS_TO_OLSON.get(ending, ending)) and is_zone(zone)), ""
    )
