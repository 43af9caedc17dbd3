"""With several web processes, what is scraped is their sum, whichever of them answers."""

from pathlib import Path

import pytest
import requests

from tests.servers.program import running_program

pytestmark = pytest.mark.server


def answered(url: str) -> float:
    lines = requests.get(f"{url}/metrics", timeout=30).text.splitlines()
    name = 'django_http_responses_total_by_status_view_method_total{method="GET",status="200",view="mentors"}'
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name))


def test_counters_do_not_jump_between_two_web_processes(tmp_path: Path) -> None:
    with running_program(tmp_path, WEB_WORKERS="2") as program:
        for _ in range(30):
            assert requests.get(f"{program.url}/mentors", timeout=30).status_code == 200
        assert [answered(program.url) for _ in range(10)] == [30.0] * 10
