"""The quick attacks, on the program alone; `make siege` runs all, behind each proxy too."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.siege.all_attacks import ATTACKS
from tests.siege.attack import Attack
from tests.siege.doors import beside
from tests.siege.fronts import FRONTS, besieged
from tests.siege.site import Site

pytestmark = pytest.mark.server
QUICK = [one for one in ATTACKS if one.is_quick]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with besieged(tmp_path_factory.mktemp("siege"), "alone") as site:
        yield site


@pytest.mark.parametrize("one", QUICK, ids=lambda one: f"{one.number} {one.name}")
def test_does_no_harm(site: Site, one: Attack) -> None:
    assert one.measure(site) <= one.limit


@pytest.mark.nginx
@pytest.mark.caddy
@pytest.mark.parametrize("front", [front for front in FRONTS if front != "alone"])
def test_pages_come_beside_half_sent_requests_behind_a_proxy(tmp_path: Path, front: str) -> None:
    with besieged(tmp_path, front) as site:
        assert beside(site, 256) < 5
        with site.connect() as client:
            client.sendall(b"POST /api/no HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n123456789")
            assert client.recv(100).startswith(b"HTTP/1.1 404")
