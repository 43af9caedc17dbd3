"""The client's address: walked from the nearest hop through trusted proxies, and never past them."""

from ipaddress import ip_network

import pytest

from mentormap.lib.forwarding import client_of, is_trusted

PROXIES = [ip_network("127.0.0.0/8"), ip_network("10.0.0.0/24"), ip_network("2001:db8::/64")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "127.0.0.1", "203.0.113.9"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "127.0.0.1, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.9, 10.0.0.7", "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9:4711", "203.0.113.9"),
        ("127.0.0.1", "[2001:db8:1::9]:4711", "2001:db8:1::9"),
        ("127.0.0.1", "2001:db8:1::9", "2001:db8:1::9"),
        ("::ffff:127.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9, unknown", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.9, unknown, 10.0.0.7", "10.0.0.7"),
        ("127.0.0.1", "10.0.0.9", "10.0.0.9"),
        ("", "203.0.113.9", ""),
    ],
)
def test_the_client_is_the_nearest_that_is_no_proxy_of_ours(peer: str, forwarded: str, client: str) -> None:
    assert client_of(peer, {"HTTP_X_FORWARDED_FOR": forwarded}, PROXIES) == client


@pytest.mark.parametrize(
    ("headers", "client"),
    [
        ({"HTTP_FORWARDED": 'for="[2001:db8:1::9]:4711";proto=https, for=10.0.0.7'}, "2001:db8:1::9"),
        ({"HTTP_FORWARDED": "proto=https; For=203.0.113.9"}, "203.0.113.9"),
        ({"HTTP_FORWARDED": "for=_hidden"}, "127.0.0.1"),
        ({"HTTP_X_REAL_IP": "203.0.113.9"}, "203.0.113.9"),
        ({"HTTP_X_FORWARDED_FOR": "203.0.113.9", "HTTP_X_REAL_IP": "198.51.100.1"}, "203.0.113.9"),
        ({"HTTP_X_FORWARDED_FOR": "203.0.113.9", "HTTP_FORWARDED": "for=198.51.100.1"}, "203.0.113.9"),
    ],
)
def test_other_headers_are_read_where_there_is_no_x_forwarded_for(
    headers: dict[str, str], client: str
) -> None:
    assert client_of("127.0.0.1", headers, PROXIES) == client


def test_what_is_no_address_is_not_trusted() -> None:
    assert not is_trusted("", PROXIES)
    assert not is_trusted("nginx", PROXIES)
