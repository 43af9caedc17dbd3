"""Addresses of calendars, as people copy them: which are taken, and how they are shown without giving them away."""

import re
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

from mentormap.calendars.trouble import FeedTrouble

LONGEST: Final = 2000
PORTS: Final = frozenset({443, 8443})
"""Those of web servers: a calendar's address must not be a way to knock at others."""
_SCHEMES: Final = frozenset({"https", "webcal", "webcals"})
_SAFE: Final = "%/:?#[]@!$&'()*+,;=-._~"
_BLANK: Final = re.compile(r"[\s\x00-\x1f\x7f]")


class BadAddress(FeedTrouble):
    """This is no address that we would fetch."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, is_lasting=True)


def feed_address(typed: str) -> str:
    """The https address that somebody means, webcal:// included, in ASCII and without a fragment. Raises BadAddress."""
    typed = typed.strip()
    if len(typed) > LONGEST or _BLANK.search(typed):
        raise BadAddress(f"Write one address, without blanks and of at most {LONGEST} characters.")
    try:
        parts = urlsplit(typed)
        port = parts.port or 443
        host = (parts.hostname or "").encode("idna").decode()
    except ValueError:  # UnicodeError too
        raise BadAddress("This is no address of the web. It begins with https:// or webcal://.") from None
    if parts.scheme == "http":
        raise BadAddress("Write the address with https://: others could read what comes by http://.")
    if parts.scheme not in _SCHEMES or not host:
        raise BadAddress("Write the whole address. It begins with https:// or webcal://.")
    if parts.username is not None or parts.password is not None:
        raise BadAddress("Write the address without a name or password before the @.")
    if port not in PORTS:
        raise BadAddress("Write an address without a port, or with port 8443.")
    place = f"[{host}]" if ":" in host else host
    netloc = place if port == 443 else f"{place}:{port}"
    address = urlunsplit(
        ("https", netloc, quote(parts.path or "/", safe=_SAFE), quote(parts.query, safe=_SAFE), "")
    )
    if len(address) > LONGEST:
        raise BadAddress(f"Write an address of at most {LONGEST} characters.")
    return address


def masked(address: str) -> str:
    """Enough of an address to know it again: its host and its last letters, such as "calendar.google.com/••••.ics"."""
    parts = urlsplit(address)
    return f"{parts.netloc}/••••{(parts.path + parts.query)[-4:].lstrip('/')}"


def host_of(address: str) -> str:
    return urlsplit(address).hostname or ""
