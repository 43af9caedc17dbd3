"""The database goes away under the running program: 503 within seconds, one line a failure, and all is well again soon after."""

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import requests

from tests.servers.postgresql import Server, controlled_server
from tests.servers.program import Program, running_program

pytestmark = [pytest.mark.server, pytest.mark.postgresql]

LIMIT_SECONDS = 5.0
"""Three seconds, and what a busy machine takes."""
PATHS = ("/mentors", "/api/mentors/", "/sessions", "/health/ready")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with controlled_server(is_prepared=True) as running:
        yield running


@pytest.fixture(scope="module")
def program(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with running_program(tmp_path_factory.mktemp("gone"), DATABASE_URL=server.url) as running:
        yield running


def ask(program: Program, path: str) -> tuple[int, float, requests.Response]:
    started = time.monotonic()
    answer = requests.get(program.url + path, timeout=30, cookies={"sessionid": "a" * 32})
    return answer.status_code, time.monotonic() - started, answer


def answers_of_many(program: Program) -> list[tuple[int, float, requests.Response]]:
    """Twenty clients, three times each path."""
    with ThreadPoolExecutor(20) as clients:
        return list(clients.map(lambda path: ask(program, path), PATHS * 15))


def wait_until_well(program: Program, *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while [ask(program, path)[0] for path in PATHS] != [200] * 4:
        assert time.monotonic() < deadline
        time.sleep(0.2)


@contextmanager
def standing_still(server: Server) -> Iterator[None]:
    server.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.signal(signal.SIGCONT)


def test_a_server_that_stops_is_503_within_seconds_and_its_return_is_found(
    program: Program, server: Server
) -> None:
    wait_until_well(program, seconds=30)
    written = len(program.printed())
    server.stop()
    try:
        answers = answers_of_many(program)
        said = program.printed()[written:]
    finally:
        server.start()
    assert {status for status, _, _ in answers} == {503}
    assert max(seconds for _, seconds, _ in answers) < LIMIT_SECONDS
    assert all(answer.headers["Retry-After"] == "5" for _, _, answer in answers if "health" not in answer.url)
    assert "Temporarily unavailable" in answers[0][2].text
    assert answers[1][2].json()["code"] == "service-unavailable"
    assert "Traceback" not in said
    assert len([line for line in said.splitlines() if "event=request" in line]) == 45
    assert len([line for line in said.splitlines() if "event=request" not in line]) < 40
    wait_until_well(program, seconds=10)


def test_a_server_that_stands_still_is_503_within_seconds(program: Program, server: Server) -> None:
    wait_until_well(program, seconds=30)
    with standing_still(server):
        answers = answers_of_many(program)
    assert {status for status, _, _ in answers} == {503}
    assert max(seconds for _, seconds, _ in answers) < LIMIT_SECONDS
    wait_until_well(program, seconds=15)


def test_a_lone_request_to_a_server_that_stands_still_is_503_within_three_seconds(
    program: Program, server: Server
) -> None:
    """With several idle connections, each of which could keep it waiting."""
    wait_until_well(program, seconds=30)
    answers_of_many(program)
    slack = max(seconds for _, seconds, _ in [ask(program, path) for path in PATHS])
    with standing_still(server):
        status, seconds, _ = ask(program, "/mentors")
    assert status == 503
    assert seconds < 3 + max(0.5, 2 * slack)
    wait_until_well(program, seconds=15)
