"""`uvicorn main:app --port 8002` serves the whole application, even before anything else was started."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.servers.postgresql import free_port

pytestmark = pytest.mark.server

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    inherited = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "main:app", "--port", str(port)],
        cwd=ROOT,
        env=inherited | {"MENTORMAP_DATA_DIR": str(tmp_path_factory.mktemp("uvicorn"))},
    )
    address = f"http://127.0.0.1:{port}"
    try:
        await_answer(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


def await_answer(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        assert process.poll() is None
        try:
            requests.get(address + "/health", timeout=20)
        except requests.ConnectionError:
            time.sleep(0.2)
        else:
            return
    raise TimeoutError


@pytest.mark.parametrize("path", ["/api/docs", "/api/mentors/", "/mentors", "/login", "/mentors/1"])
def test_serves_pages_and_api(url: str, path: str) -> None:
    assert requests.get(url + path, timeout=20).status_code == 200
