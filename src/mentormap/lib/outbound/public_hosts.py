"""Hosts that may be called: on the public internet only, not in our own network.

An address that a user gives must not make this server talk to itself, to its neighbours or to its cloud's metadata.
"""

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from mentormap.lib.outbound.errors import OutboundError

SocketAddress = tuple[str, int]
Resolve = Callable[[str, int], Sequence[SocketAddress]]
"""Resolves a host name and a port to the addresses that may be connected to. Raises OutboundError."""


class NotPublic(OutboundError):
    def __init__(self, host: str) -> None:
        super().__init__(f"{host} is not on the public internet.", is_lasting=True)


_NOT_FOUND: Final = frozenset({socket.EAI_NONAME, socket.EAI_NODATA})
_NOT_PUBLIC_4: Final = tuple(
    ip_network(net)
    for net in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT, RFC 6598
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's agent and its metadata, reachable only from inside
        "169.254.0.0/16",  # link-local: metadata of clouds
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",  # AS112: a network's own sink for reverse look-ups, RFC 7535
        "192.52.193.0/24",  # relays of multicast, RFC 7450
        "192.88.99.0/24",  # relays from 6to4, RFC 7526
        "192.168.0.0/16",
        "192.175.48.0/24",  # AS112, RFC 7534
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
        "2620:4f:8000::/48",  # AS112, RFC 7534
        "3ffe::/16",  # returned by the 6bone, RFC 3701
        "3fff::/20",
    )
)


def refuse_inside(host: str) -> None:
    """Refuses a host that cannot be on the public internet, without resolving it. Raises OutboundError."""
    try:
        is_inside = not is_public(ip_address(host))
    except ValueError:
        is_inside = "." not in host
    if is_inside:
        raise NotPublic(host)


def public_addresses(host: str, port: int) -> Sequence[SocketAddress]:
    """Resolves the name, and refuses it unless all its IP addresses are public. Raises OutboundError."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        is_lasting = getattr(error, "errno", None) in _NOT_FOUND
        raise OutboundError(f"There is no server by the name of {host}.", is_lasting=is_lasting) from None
    numbers = [str(entry[4][0]) for entry in found]
    if not all(is_public(ip_address(number)) for number in numbers):
        raise NotPublic(host)
    return [(number, port) for number in dict.fromkeys(numbers)]


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Follows IANA's special-purpose registries (RFC 6890) strictly: in doubt, an address is not public."""
    if isinstance(address, IPv4Address):
        return not any(address in net for net in _NOT_PUBLIC_4)
    return address in _UNICAST_6 and not any(address in net for net in _NOT_PUBLIC_6)
