import socket
from ipaddress import ip_address

import pytest

from mentormap.lib.outbound.errors import OutboundError
from mentormap.lib.outbound.public_hosts import is_public, public_addresses

PUBLIC = [
    "1.1.1.1",
    "93.184.215.14",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.0.1",
    "172.32.0.1",
    "192.0.1.1",
    "168.63.129.15",
    "192.175.49.1",
]
PUBLIC_6 = ["2606:2800:21f::1", "2a00:1450:4001::200e", "2001:200::1", "2003::1", "2620:4f:8001::1"]
NOT_PUBLIC = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254"),
    *(
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.170",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "168.63.129.16",
        "192.31.196.1",
        "192.52.193.1",
        "192.175.48.6",
        "100.100.100.200",
    ),
    *(
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
    ),
]
NOT_PUBLIC_6 = [
    *(
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:1.1.1.1",
        "64:ff9b::1.1.1.1",
        "64:ff9b::7f00:1",
    ),
    *(
        "64:ff9b:1::1",
        "100::1",
        "fe80::1",
        "fec0::1",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "2001::1",
        "2001:db8::1",
    ),
    *(
        "2001:10::1",
        "2002:7f00:1::1",
        "2620:4f:8000::6",
        "2001:4:112::1",
        "3ffe::1",
        "5f00::1",
        "3fff::1",
        "4000::1",
    ),
]


@pytest.mark.parametrize("address", [*PUBLIC, *PUBLIC_6])
def test_addresses_on_the_public_internet(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("address", [*NOT_PUBLIC, *NOT_PUBLIC_6])
def test_addresses_that_are_not(address: str) -> None:
    assert not is_public(ip_address(address))


def answer(monkeypatch: pytest.MonkeyPatch, *numbers: str) -> None:
    """What the name server says of every name."""

    def getaddrinfo(host: str, port: int, **_: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, port)) for number in numbers]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def test_a_name_leads_to_its_public_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, "1.1.1.1", "2606:2800::1", "1.1.1.1")
    assert public_addresses("example.com", 443) == [("1.1.1.1", 443), ("2606:2800::1", 443)]


@pytest.mark.parametrize(
    "numbers", [["127.0.0.1"], ["1.1.1.1", "10.0.0.1"], ["fe80::1%2"], ["::ffff:10.0.0.1"]]
)
def test_a_name_of_which_any_address_is_not_public_leads_nowhere(
    monkeypatch: pytest.MonkeyPatch, numbers: list[str]
) -> None:
    answer(monkeypatch, *numbers)
    with pytest.raises(OutboundError) as refusal:
        public_addresses("inside.example.com", 443)
    assert refusal.value.sentence == "inside.example.com is not on the public internet."
    assert refusal.value.is_lasting


@pytest.mark.parametrize("written", ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "::1", "0"])
def test_numbers_however_written_are_judged_by_what_they_mean(written: str) -> None:
    with pytest.raises(OutboundError, match="not on the public internet"):
        public_addresses(written, 443)


@pytest.mark.parametrize(("code", "is_lasting"), [(socket.EAI_NONAME, True), (socket.EAI_AGAIN, False)])
def test_a_name_that_nobody_knows(monkeypatch: pytest.MonkeyPatch, code: int, *, is_lasting: bool) -> None:
    def getaddrinfo(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(code, "no")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(OutboundError) as refusal:
        public_addresses("nowhere.example.com", 443)
    assert refusal.value.sentence == "There is no server by the name of nowhere.example.com."
    assert refusal.value.is_lasting is is_lasting


def test_a_name_that_cannot_be_one() -> None:
    with pytest.raises(OutboundError, match="no server by the name"):
        public_addresses("a..b", 443)
