"""The grammar of addresses, and that no library reads a taken address in another way than we judged it."""

from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from urllib3.util import parse_url

from mentormap.lib.outbound.addresses import BadAddress, WebAddress, web_address


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("https://example.com", "https://example.com/"),
        ("HTTPS://Example.COM.:443/A?b#c", "https://example.com/A?b#c"),
        ("https://example.com:8443/a%40b/%7Euser", "https://example.com:8443/a%40b/%7Euser"),
        ("https://example.com?a=1", "https://example.com/?a=1"),
        ("https://example.com/100%", "https://example.com/100%25"),
        ("https://münchen.example/über", "https://xn--mnchen-3ya.example/%C3%BCber"),
        ("https://straße.example/", "https://xn--strae-oqa.example/"),
        ("https://1.1.1.1/", "https://1.1.1.1/"),
        ("https://[2606:2800:0:0::1]:8443/", "https://[2606:2800::1]:8443/"),
        ("https://1.1.1.1.example.com/", "https://1.1.1.1.example.com/"),
        ("https://example.com/a@b:c", "https://example.com/a@b:c"),
    ],
)
def test_an_address_is_rebuilt_from_its_parts(typed: str, address: str) -> None:
    assert str(web_address(typed)) == address


@pytest.mark.parametrize(
    "typed",
    [
        r"https://127.0.0.77\.fcm.googleapis.com/x",
        r"https://example.com\@127.0.0.1/",
        r"https://example.com/a\b",
        "https://:p@example.com/",
        "https://@example.com/",
        "https://a:b@example.com/",
        "https://exam\tple.com/",
        "https://example.com/\n",
        "https://example.com/a b",
        "https://example.com/\x00",
        "https://example\u200b.com/",
        "https://example.com\u3000/",
        "https://example.com%2f.evil.example/",
        "https://exa%6dple.com/",
        "https://exa\u2100mple.com/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://1.2.3.4.5/",
        "https://[::1%25lo]/",
        "https://[fe80::1%lo]/",
        "https://[1.1.1.1]/",
        "https://[::1/",
        "https://a..b/",
        "https://-a.example/",
        "https://a_b.example/",
        f"https://{'x' * 64}.example/",
        "https://example.com:/",
        "https://example.com:0/",
        "https://example.com:65536/",
        "https://example.com:４43/",
        "https://example.com:443:443/",
        "https:///a",
        "https:example.com",
        "https:/example.com",
        "//example.com/",
        "ftp://example.com/",
        "",
        f"https://example.com/{'x' * 2000}",
        f"https://example.com/{'ü' * 400}",
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(typed: str) -> None:
    with pytest.raises(BadAddress):
        web_address(typed)


def test_other_ports_are_refused_where_only_some_are_allowed() -> None:
    assert web_address("https://example.com:8443/", ports={443, 8443}).port == 8443
    with pytest.raises(BadAddress):
        web_address("https://example.com:22/", ports={443, 8443})


HOSTS = st.sampled_from(
    ["example.com", "Example.COM.", "127.0.0.1", "[::1]", "[2606:2800::1]", "straße.example", "1", "0x7f.1"]
)
PIECES = st.lists(
    st.sampled_from([*".:@/?#[]%\\;&_-\t \x00\u3002\uff0f\u2100\xad", "%2e", "%40", ":443", "xn--"]),
    max_size=3,
)
TYPED = st.builds(
    lambda *parts: "https://" + "".join(parts),
    st.just("") | PIECES.map("".join),
    HOSTS | st.text(max_size=5),
    PIECES.map("".join),
    HOSTS | st.text(max_size=5),
)


@settings(max_examples=400)
@given(TYPED)
def test_every_library_connects_to_the_host_that_was_judged(typed: str) -> None:
    address = taken(typed)
    if address is None:
        return
    rebuilt, place = str(address), (address.host, address.port)
    split, url = urlsplit(rebuilt), parse_url(rebuilt)
    sent = parse_url(requests.Request("POST", rebuilt).prepare().url or "")
    assert (split.hostname, split.port or 443, split.username) == (*place, None)
    assert ((url.host or "").strip("[]"), url.port or 443, url.auth) == (*place, None)
    assert ((sent.host or "").strip("[]"), sent.port or 443, sent.auth) == (*place, None)
    assert web_address(rebuilt) == address


@settings(max_examples=400)
@given(TYPED.filter(str.isascii))
def test_what_was_typed_means_the_same_host_to_libraries(typed: str) -> None:
    """So that a browser that shows the address, and we who call it, speak of one server."""
    address = taken(typed)
    if address is not None:
        host = (parse_url(typed).host or "").strip("[]").removesuffix(".")
        assert host == address.host


def taken(typed: str) -> WebAddress | None:
    try:
        return web_address(typed)
    except BadAddress:
        return None
