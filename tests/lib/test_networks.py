"""How client addresses are counted."""

import pytest

from mentormap.lib.networks import NO_ADDRESS, counted_address, network, site


@pytest.mark.parametrize(
    ("address", "counted", "net"),
    [
        ("192.0.2.7", "192.0.2.7", "192.0.2.0/24"),
        (" 192.0.2.7 ", "192.0.2.7", "192.0.2.0/24"),
        ("::ffff:192.0.2.7", "192.0.2.7", "192.0.2.0/24"),
        ("::FFFF:C000:207", "192.0.2.7", "192.0.2.0/24"),
        ("2001:db8::1", "2001:db8::/64", "2001:db8::/64"),
        ("2001:DB8:0:0:ffff:ffff:ffff:ffff", "2001:db8::/64", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64", "fe80::/64"),
        ("::1", "::/64", "::/64"),
    ],
)
def test_an_ipv4_address_counts_by_itself_and_an_ipv6_address_by_its_64(
    address: str, counted: str, net: str
) -> None:
    assert (counted_address(address), network(address)) == (counted, net)


@pytest.mark.parametrize("text", ["", "localhost", "192.0.2.7, 192.0.2.8", "192.0.2.07", "1.2.3.4/24", "\0"])
def test_text_that_is_no_address_counts_as_one(text: str) -> None:
    assert {counted_address(text), network(text), site(text)} == {NO_ADDRESS}


@pytest.mark.parametrize(
    ("address", "whole"),
    [
        ("192.0.2.7", "192.0.2.0/24"),
        ("::ffff:192.0.2.7", "192.0.2.0/24"),
        ("2001:db8:0:1::1", "2001:db8::/48"),
        ("2001:db8:0:ffff::1", "2001:db8::/48"),
        ("2001:db8:1::1", "2001:db8:1::/48"),
    ],
)
def test_what_one_client_may_be_given_whole(address: str, whole: str) -> None:
    assert site(address) == whole
