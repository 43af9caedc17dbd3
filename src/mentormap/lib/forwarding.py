"""Finds the client of a request from the headers of trusted proxies."""

import re
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

Network = IPv4Network | IPv6Network
LOOPBACK: Final = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))
HEADERS: Final = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_FORWARDED",
    "HTTP_X_REAL_IP",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
)
"""WSGI names of all forwarded headers, which a client could also write itself."""
WAS_FORWARDED: Final = "mentormap.was_forwarded"
"""A key of a request's META, set for every peer."""
_FORWARDED_FOR: Final = re.compile(r"(?:^|;)\s*for=\s*\"?([^\";]*)", re.IGNORECASE)


def is_trusted(address: str, proxies: Iterable[Network]) -> bool:
    parsed = _parse_address(address)
    return parsed is not None and any(parsed in network for network in proxies)


def client_of(peer: str, headers: Mapping[str, object], proxies: Sequence[Network]) -> str:
    """Returns the last address that is not a trusted proxy, reading from the nearest hop; `headers` have WSGI names.

    Entries before that address may be made up by the client. An entry that is not an address ends the search with the proxy
    that wrote it.
    """
    client = peer
    for hop in reversed(_hops(headers)):
        if not is_trusted(client, proxies) or _parse_address(hop) is None:
            break
        client = str(_parse_address(hop))
    return client


def is_forwarded(headers: Mapping[str, object]) -> bool:
    """Returns whether a proxy, or a client that poses as one, has forwarded the request."""
    return any(name in headers for name in HEADERS)


def _hops(headers: Mapping[str, object]) -> list[str]:
    """Returns the hops, the farthest first. X-Forwarded-For takes precedence over Forwarded (RFC 7239), and both over X-Real-IP."""
    if listed := str(headers.get("HTTP_X_FORWARDED_FOR") or ""):
        return listed.split(",")
    if listed := str(headers.get("HTTP_FORWARDED") or ""):
        named = (_FORWARDED_FOR.search(element) for element in listed.split(","))
        return [found[1] if found else "" for found in named]
    real = str(headers.get("HTTP_X_REAL_IP") or "")
    return [real] if real else []


def _parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """Parses `192.0.2.7`, `192.0.2.7:4711`, `2001:db8::7` or `[2001:db8::7]:4711`."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
