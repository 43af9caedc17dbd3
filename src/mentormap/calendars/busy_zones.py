"""Which IANA zone a calendar file means by a TZID, whoever wrote the file."""

from collections.abc import Iterable
from functools import cache

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from mentormap.lib.zones import is_zone


def known_zone(tzid: str, definition: Iterable[str] = ()) -> str:
    """An IANA name for an IANA, Windows or globally unique name (RFC 5545 section 3.2.19), else by its VTIMEZONE's own hint.

    Empty if there is none: then the VTIMEZONE alone says what clocks show.
    """
    hints = [line.partition(":")[2].strip() for line in definition if line.startswith("X-LIC-LOCATION:")]
    return next((zone for name in (tzid, *hints) if (zone := _zone_named(name))), "")


@cache
def _zone_named(name: str) -> str:
    parts = name.strip(' "/').split("/")
    endings = ("/".join(parts[first:]) for first in range(len(parts)))
    return next(
        (zone for ending in endings if (zone := WINDOWS_TO_OLSON.get(ending, ending)) and is_zone(zone)), ""
    )
