"""Which machines may be asked for a calendar: those on the public internet, and none beside us.

Whoever types an address must not make this server talk to itself, to its neighbours or to its cloud's metadata.
"""

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from mentormap.calendars.trouble import FeedTrouble

SocketAddress = tuple[str, int]
Resolve = Callable[[str, int], Sequence[SocketAddress]]
"""From a host's name and a port to the addresses that may be connected to. Raises FeedTrouble."""

_NOT_FOUND: Final = frozenset({socket.EAI_NONAME, socket.EAI_NODATA})
_NOT_PUBLIC_4: Final = tuple(
    ip_network(net)
    for net in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT, RFC 6598
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local: metadata of clouds
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # relays from 6to4, RFC 7526
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
)
_UNICAST_6: Final = IPv6Network("2000::/3")
"""All that is handed out; loopback, link-local, IPv4 in IPv6 (::ffff:0:0/96) and NAT64 (64:ff9b::/96) lie outside."""
_NOT_PUBLIC_6: Final = tuple(
    IPv6Network(net)
    for net in (
        "2001::/23",  # protocols, Teredo among them (RFC 4380)
        "2001:db8::/32",
        "2002::/16",  # 6to4 holds an IPv4 address, RFC 3056
        "3fff::/20",
    )
)


def public_addresses(host: str, port: int) -> Sequence[SocketAddress]:
    """Where the name leads, if all of it is public. Raises FeedTrouble."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        is_lasting = getattr(error, "errno", None) in _NOT_FOUND
        raise FeedTrouble(f"There is no server by the name of {host}.", is_lasting=is_lasting) from None
    numbers = [str(entry[4][0]) for entry in found]
    if not all(is_public(ip_address(number)) for number in numbers):
        raise FeedTrouble(f"{host} is not on the public internet.", is_lasting=True)
    return [(number, port) for number in dict.fromkeys(numbers)]


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """By IANA's special-purpose registries (RFC 6890), strictly: what is in doubt is not public."""
    if isinstance(address, IPv4Address):
        return not any(address in net for net in _NOT_PUBLIC_4)
    return address in _UNICAST_6 and not any(address in net for net in _NOT_PUBLIC_6)
