"""How client addresses are counted by limits.

One IPv6 line is usually given a /64, so that its owner has 2**64 addresses to choose from: it counts as one.
"""

import ipaddress
from typing import Final

NO_ADDRESS: Final = "unknown"
"""For text that is no address, such as the empty one of a Unix socket; all of it counts as one."""


def plain_address(address: str) -> str:
    """The IPv4 address of a client that an IPv6 socket shows as `::ffff:192.0.2.7`; others as they are."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return str(mapped or parsed)


def counted_address(address: str) -> str:
    """The address itself for IPv4, its /64 for IPv6: `192.0.2.7`, `2001:db8::/64`."""
    return _counted(address, ipv4_prefix=32)


def network(address: str) -> str:
    """The /24 for IPv4, the /64 for IPv6: `192.0.2.0/24`, `2001:db8::/64`."""
    return _counted(address, ipv4_prefix=24)


def _counted(address: str, *, ipv4_prefix: int) -> str:
    try:
        parsed = ipaddress.ip_address(address.strip())
    except ValueError:
        return NO_ADDRESS
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return str(ipaddress.IPv6Network((int(parsed), 64), strict=False))
        parsed = parsed.ipv4_mapped
    if ipv4_prefix == parsed.max_prefixlen:
        return str(parsed)
    return str(ipaddress.IPv4Network((int(parsed), ipv4_prefix), strict=False))
