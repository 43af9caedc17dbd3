"""Addresses of calendars, as people copy them: which are taken, and how they are shown without giving them away."""

import re
from typing import Final
from urllib.parse import urlsplit

from django.utils.translation import gettext

from mentormap.lib.outbound.addresses import BadAddress, web_address
from mentormap.lib.outbound.fetching import PORTS
from mentormap.lib.outbound.public_hosts import refuse_inside

_SCHEME: Final = re.compile(r"webcals?(?=://)", re.IGNORECASE)
_HTTP: Final = re.compile(r"http://", re.IGNORECASE)


def feed_address(typed: str) -> str:
    """Returns the https address, also for webcal://, rebuilt and without a fragment. Raises OutboundError."""
    typed = typed.strip()
    if _HTTP.match(typed):
        raise BadAddress(gettext("Write the address with https://: others could read what comes by http://."))
    address = web_address(_SCHEME.sub("https", typed).partition("#")[0], ports=PORTS)
    refuse_inside(address.host)
    return str(address)


def mask(address: str) -> str:
    """Enough of an address to know it again: its host and its last letters, such as "calendar.google.com/••••.ics"."""
    parts = urlsplit(address)
    return f"{parts.netloc}/••••{(parts.path + parts.query)[-4:].lstrip('/')}"


def host_of(address: str) -> str:
    return urlsplit(address).hostname or ""
