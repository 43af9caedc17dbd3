import pytest

from mentormap.calendars.addresses import BadAddress, feed_address, host_of, masked


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
    ("typed", "sentence"),
    [
        ("", "Write the whole address. It begins with https:// or webcal://."),
        ("calendar.google.com/basic.ics", "Write the whole address. It begins with https:// or webcal://."),
        ("https:///a.ics", "Write the whole address. It begins with https:// or webcal://."),
        ("file:///etc/passwd", "Write the whole address. It begins with https:// or webcal://."),
        ("gopher://example.com/", "Write the whole address. It begins with https:// or webcal://."),
        (
            "http://example.com/a.ics",
            "Write the address with https://: others could read what comes by http://.",
        ),
        ("https://maya:pw@example.com/", "Write the address without a name or password before the @."),
        ("https://@example.com/", "Write the address without a name or password before the @."),
        ("https://example.com:22/", "Write an address without a port, or with port 8443."),
        (
            "https://example.com:99999/",
            "This is no address of the web. It begins with https:// or webcal://.",
        ),
        (
            "https://exa\u2100mple.com/",
            "This is no address of the web. It begins with https:// or webcal://.",
        ),
        (f"https://{'x' * 64}.com/", "This is no address of the web. It begins with https:// or webcal://."),
        ("https://example.com/a b", "Write one address, without blanks and of at most 2000 characters."),
        (
            "https://example.com/a\r\nHost: b",
            "Write one address, without blanks and of at most 2000 characters.",
        ),
        (
            f"https://example.com/{'x' * 2000}",
            "Write one address, without blanks and of at most 2000 characters.",
        ),
        (f"https://example.com/{'ü' * 400}", "Write an address of at most 2000 characters."),
    ],
)
def test_addresses_that_are_refused(typed: str, sentence: str) -> None:
    with pytest.raises(BadAddress) as refusal:
        feed_address(typed)
    assert (refusal.value.sentence, refusal.value.is_lasting) == (sentence, True)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://calendar.google.com/calendar/ical/a/private-1/basic.ics", "calendar.google.com/••••.ics"),
        ("https://cloud.example.com:8443/public/abcdef?export", "cloud.example.com:8443/••••port"),
        ("https://example.com/", "example.com/••••"),
    ],
)
def test_addresses_are_shown_without_what_opens_them(address: str, shown: str) -> None:
    assert masked(address) == shown


def test_the_host_is_no_secret() -> None:
    assert host_of("https://cloud.example.com:8443/public/abcdef") == "cloud.example.com"
