import pytest

from mentormap.calendars.addresses import feed_address, host_of, mask
from mentormap.lib.outbound.addresses import BadAddress
from mentormap.lib.outbound.public_hosts import NotPublic


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("https://calendar.google.com/calendar/ical/a%40b/private-1/basic.ics",) * 2,
        ("webcal://p01-caldav.icloud.com/published/2/MTIz", "https://p01-caldav.icloud.com/published/2/MTIz"),
        ("webcals://example.com/a.ics", "https://example.com/a.ics"),
        ("  HTTPS://Example.COM:443/A.ics#part ", "https://example.com/A.ics"),
        ("https://cloud.example.com:8443/remote.php/dav/public-calendars/abc?export",) * 2,
        ("https://example.com", "https://example.com/"),
        (
            "https://münchen.example/kalender/über.ics",
            "https://xn--mnchen-3ya.example/kalender/%C3%BCber.ics",
        ),
        ("https://93.184.215.14/a.ics",) * 2,
        ("https://[2606:2800::1]/a.ics",) * 2,
    ],
)
def test_addresses_that_are_taken(typed: str, address: str) -> None:
    assert feed_address(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "calendar.google.com/basic.ics",
        "file:///etc/passwd",
        "http://example.com/a.ics",
        "webcal://example.com:22/",
        "webcal://maya:pw@example.com/",
        "webcal:/example.com/",
    ],
)
def test_addresses_that_are_refused(typed: str) -> None:
    with pytest.raises(BadAddress) as refusal:
        feed_address(typed)
    assert refusal.value.is_lasting


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "168.63.129.16", "router"])
def test_hosts_beside_us_are_refused_without_a_look_up(host: str) -> None:
    with pytest.raises(NotPublic):
        feed_address(f"https://{host}/a.ics")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://calendar.google.com/calendar/ical/a/private-1/basic.ics", "calendar.google.com/••••.ics"),
        ("https://cloud.example.com:8443/public/abcdef?export", "cloud.example.com:8443/••••port"),
        ("https://example.com/", "example.com/••••"),
    ],
)
def test_addresses_are_shown_without_what_opens_them(address: str, shown: str) -> None:
    assert mask(address) == shown


def test_the_host_is_no_secret() -> None:
    assert host_of("https://cloud.example.com:8443/public/abcdef") == "cloud.example.com"
