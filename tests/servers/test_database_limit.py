"""PostgreSQL grants fewer connections than the program's threads want: requests take turns."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.servers.doctor import doctor
from tests.servers.postgresql import controlled_server
from tests.servers.program import running_program

pytestmark = [pytest.mark.server, pytest.mark.postgresql]

CLIENTS = 8
POOL_SIZE = 6
"""The most that the worker may hold."""
GRANTED = POOL_SIZE + 3
"""Enough for the web process to have one, too few for its pool."""
SECONDS = 6.0


def statuses(url: str) -> Counter[int]:
    """One client that looks at the mentors again and again."""
    found: Counter[int] = Counter()
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        found[requests.get(url + "/mentors", timeout=30).status_code] += 1
        time.sleep(0.3)
    return found


def test_fewer_connections_than_threads_refuse_no_request(tmp_path: Path) -> None:
    with controlled_server(is_prepared=True) as server:
        url = server.url_of_limited_role(GRANTED)
        with (
            running_program(tmp_path, DATABASE_URL=url, DATABASE_POOL_SIZE=str(POOL_SIZE)) as program,
            ThreadPoolExecutor(CLIENTS) as clients,
        ):
            found = sum(clients.map(statuses, [program.url] * CLIENTS), Counter[int]())
        assert "too many connections for role" in (server.folder / "log").read_text()
    assert set(found) == {200}, found


def test_the_doctor_names_a_pool_that_fits_what_the_server_grants(tmp_path: Path) -> None:
    with controlled_server() as server:
        enough = doctor(tmp_path, server.url)
        too_few = doctor(tmp_path, server.url_of_limited_role(GRANTED))
    assert enough["connections"] == "OK connections at most 20 to PostgreSQL"
    assert too_few["connections"].startswith("LOOK connections PostgreSQL grants 9")
    assert "DATABASE_POOL_SIZE to 4 or less" in too_few["connections"]
