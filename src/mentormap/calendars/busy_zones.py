"""The IANA zone that a calendar file means by a TZID, whatever program wrote the file."""

from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import cast

from icalendar import Timezone
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from mentormap.lib.zones import all_zones, is_zone


def known_zone(tzid: str, definition: Iterable[str] = ()) -> str:
    """An IANA name for an IANA, Windows or globally unique name (RFC 5545 section 3.2.19), else by its VTIMEZONE's own hint.

    Empty if there is none: then the VTIMEZONE alone says what clocks show.
    """
    hints = [line.partition(":")[2].strip() for line in definition if line.startswith("X-LIC-LOCATION:")]
    return next((zone for name in (tzid, *hints) if (zone := _zone_named(name))), "")


def zones_of(tzids: Collection[str], definitions: Mapping[str, Collection[str]]) -> dict[str, str]:
    """For each of these names that means a zone: an IANA name, or an empty one if the file's VTIMEZONE says what it is.

    A file's own EST or CET may have summers other than IANA's.
    """
    zones = dict[str, str]()
    for tzid in tzids:
        definition = definitions.get(tzid, ())
        zone = known_zone(tzid, definition)
        is_sure = "/" in zone or zone == "UTC"
        is_defined = not is_sure and _is_zone(definition)
        if zone or is_defined:
            zones[tzid] = "" if is_defined else zone
    return zones


def _is_zone(definition: Iterable[str]) -> bool:
    """Returns whether it defines a zone's offsets."""
    try:
        cast("Timezone", Timezone.from_ical("\r\n".join(definition))).to_tz(lookup_tzid=False)
    except Exception:  # noqa: BLE001 - whatever a broken definition makes the libraries raise
        return False
    return True


@cache
def _zone_named(name: str) -> str:
    whole = name.strip(' "/')
    parts = whole.split("/")
    endings = ["/".join(parts[first:]) for first in range(1, len(parts) - 1)]
    is_utc = parts[-1].upper() == "UTC"
    found = (_zones_by_name().get(each.casefold(), "") for each in (whole, *endings))
    return "UTC" if is_utc else next(filter(None, found), "")


@cache
def _zones_by_name() -> Mapping[str, str]:
    """IANA's and Windows' names, of which programs change the case."""
    windows = {name: zone for name, zone in WINDOWS_TO_OLSON.items() if is_zone(zone)}
    return {name.casefold(): zone for name, zone in (windows | {zone: zone for zone in all_zones()}).items()}
