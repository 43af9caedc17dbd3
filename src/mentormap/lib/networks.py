"""The networks under which limits count client addresses.

An IPv6 connection usually gets a /64, so its owner can choose from 2**64 addresses: they count as one.
"""

import ipaddress
from typing import Final

NO_ADDRESS: Final = "unknown"
"""The network for text that is not an address, such as the empty text of a Unix socket."""


def plain_address(address: str) -> str:
    """Returns the IPv4 address of a client that an IPv6 socket shows as `::ffff:192.0.2.7`; others unchanged."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return str(mapped or parsed)


def counted_address(address: str) -> str:
    """Returns the address itself for IPv4, its /64 for IPv6: `192.0.2.7`, `2001:db8::/64`."""
    return _counted(address, ipv4_prefix=32, ipv6_prefix=64)


def network(address: str) -> str:
    """Returns the /24 for IPv4, the /64 for IPv6: `192.0.2.0/24`, `2001:db8::/64`."""
    return _counted(address, ipv4_prefix=24, ipv6_prefix=64)


def site(address: str) -> str:
    """Returns the /24 for IPv4, the /48 for IPv6, which is what one client may be given whole (RFC 6177, section 2)."""
    return _counted(address, ipv4_prefix=24, ipv6_prefix=48)


def _counted(address: str, *, ipv4_prefix: int, ipv6_prefix: int) -> str:
    try:
        parsed = ipaddress.ip_address(address.strip())
    except ValueError:
        return NO_ADDRESS
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return str(ipaddress.IPv6Network((int(parsed), ipv6_prefix), strict=False))
        parsed = parsed.ipv4_mapped
    if ipv4_prefix == parsed.max_prefixlen:
        return str(parsed)
    return str(ipaddress.IPv4Network((int(parsed), ipv4_prefix), strict=False))
