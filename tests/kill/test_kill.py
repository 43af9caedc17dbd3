"""A process may be killed at any point: the jobs bring all to agreement, on either database."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.rotation import share_of_today
from tests.servers.postgresql import running_server

ROOT = Path(__file__).resolve().parent.parent.parent
Record = Callable[[str, object], None]


def sample(usual: int) -> list[str]:
    """One point of so many, others each day; KILL_EVERY=1 takes every point."""
    every = int(os.environ.get("KILL_EVERY", usual))
    return [str(every), str(share_of_today(every))]


@pytest.fixture
def server() -> Iterator[str]:
    with running_server() as database_url:
        yield database_url


def kill_all(which: list[str], **environment: str) -> tuple[int, str]:
    """In a process of its own, which may fork. Gives its exit status and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.kill", *which],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "DJANGO_SETTINGS_MODULE": "tests.settings"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.kill
def test_whoever_is_killed_on_sqlite_the_jobs_bring_agreement(record_property: Record) -> None:
    status, said = kill_all(sample(6))
    assert status == 0, said
    record_property("figures", said.splitlines()[-1])


@pytest.mark.kill
@pytest.mark.postgresql
def test_whoever_is_killed_on_postgresql_the_jobs_bring_agreement(
    server: str, record_property: Record
) -> None:
    status, said = kill_all(sample(30), TEST_DATABASE_URL=server)
    assert status == 0, said
    record_property("figures", said.splitlines()[-1])
