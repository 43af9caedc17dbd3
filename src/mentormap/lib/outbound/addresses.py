"""The grammar of web addresses from users. The address that is stored and called is rebuilt from its parts.

It accepts less than browsers and libraries, which differ in how they parse a backslash, a tab or a name before the @
(RFC 3986, https://url.spec.whatwg.org): the rebuilt address is unambiguous.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final
from urllib.parse import quote

import idna
from django.utils.translation import gettext

from mentormap.lib.outbound.errors import OutboundError

LONGEST: Final = 2000
HTTPS: Final = 443
_FORBIDDEN: Final = re.compile(r"[\s\\\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]")
_ADDRESS: Final = re.compile(
    r"https://(?P<place>[^/?#]*)(?P<path>/[^?#]*)?(?:\?(?P<query>[^#]*))?(?:#(?P<fragment>.*))?",
    re.IGNORECASE,
)
_PLACE: Final = re.compile(r"(?:\[(?P<six>[0-9a-fA-F:.]+)\]|(?P<name>[^\[\]:@%]+))(?::(?P<port>[0-9]{1,5}))?")
_NAME: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
"""Matches hosts whose last part is a number, which resolvers read as an address: 2130706433, 0x7f.1 and 127.1 are all 127.0.0.1."""
_SAFE: Final = "%/:?@!$&'()*+,;=-._~"
_STRAY_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


class BadAddress(OutboundError):
    """The text is not an address that we call."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, is_lasting=True)


@dataclass(frozen=True, slots=True)
class WebAddress:
    """An https address. `host` is a name in lower case and ASCII (IDNA 2008), or an IP address without brackets.

    `target` is the request target, path and query (RFC 9112 section 3.2.1).
    """

    host: str
    port: int
    target: str
    fragment: str = ""

    @property
    def netloc(self) -> str:
        place = f"[{self.host}]" if ":" in self.host else self.host
        return place if self.port == HTTPS else f"{place}:{self.port}"

    def __str__(self) -> str:
        fragment = f"#{self.fragment}" if self.fragment else ""
        return f"https://{self.netloc}{self.target}{fragment}"


def web_address(typed: str, *, ports: Collection[int] | None = None) -> WebAddress:
    """Reads an https address. Raises BadAddress. `ports` are the allowed ones; None allows all."""
    if _FORBIDDEN.search(typed) or len(typed) > LONGEST:
        raise BadAddress(
            gettext("Write one address of at most %(longest)s characters, without spaces or backslashes.")
            % {"longest": LONGEST}
        )
    parts = _ADDRESS.fullmatch(typed)
    if parts is None or not parts["place"]:
        raise BadAddress(gettext("Write the whole address, beginning with https://."))
    host, port = _host_and_port(parts["place"])
    if ports is not None and port not in ports:
        allowed = sorted(set(ports) - {HTTPS})
        raise BadAddress(
            gettext("Write an address without a port")
            + "".join(gettext(", or with port %(one)s") % {"one": one} for one in allowed)
            + "."
        )
    query = f"?{_quote(parts['query'])}" if parts["query"] else ""
    target = _quote(parts["path"] or "/") + query
    address = WebAddress(host, port, target, _quote(parts["fragment"] or ""))
    if len(str(address)) > LONGEST:
        raise BadAddress(
            gettext("Write an address of at most %(longest)s characters.") % {"longest": LONGEST}
        )
    return address


def _host_and_port(place: str) -> tuple[str, int]:
    if "@" in place:
        raise BadAddress(gettext("Write the address without a name or password before the @."))
    parts = _PLACE.fullmatch(place)
    port = int(parts["port"] or HTTPS) if parts else 0
    if parts is None or not 0 < port < 2**16:
        raise BadAddress(
            gettext("The name of the server in this address is not valid. Copy the address again.")
        )
    try:
        return (str(IPv6Address(parts["six"])) if parts["six"] else _name(parts["name"])), port
    except (AddressValueError, idna.IDNAError, UnicodeError):
        raise BadAddress(
            gettext("The name of the server in this address is not valid. Copy the address again.")
        ) from None


def _name(typed: str) -> str:
    """Returns the host in ASCII. Raises IDNAError or AddressValueError if it is neither a name nor a plain IPv4 address."""
    name = idna.encode(typed.removesuffix("."), uts46=True, std3_rules=True).decode()
    if _NUMBER.fullmatch(name):
        return str(IPv4Address(name))
    if not _NAME.fullmatch(name):
        raise idna.IDNAError
    return name


def _quote(text: str) -> str:
    return quote(_STRAY_PERCENT.sub("%25", text), safe=_SAFE)
