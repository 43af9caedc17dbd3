"""Migrations run one at a time, whatever starts them: the second waits, and errors are shown as they are."""

import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest
from django.db import OperationalError, ProgrammingError, connection

from mentormap import cli
from mentormap.operations.health import checks
from mentormap.operations.health.checks import Finding
from mentormap.operations.process import exclusive
from tests.servers.postgresql import running_server

MIGRATE = """
import sys
from mentormap import cli
for sys.argv in (["mentormap", "migrate", "-v", "0"], ["mentormap", "createcachetable"]):
    cli.main()
"""


def holds(alone: Callable[[list[str]], AbstractContextManager[None]]) -> list[str]:
    """What happens in which order when one comes while another is at it."""
    story: list[str] = []
    begun = threading.Event()

    def second() -> None:
        begun.set()
        with alone(story):
            story.append("second")

    thread = threading.Thread(target=second)
    with alone(story):
        thread.start()
        begun.wait()
        thread.join(0.3)
        story.append("first is done")
    thread.join()
    return story


def test_the_second_waits_and_says_so(tmp_path: Path) -> None:
    story = holds(lambda story: exclusive.in_folder(tmp_path, "migration", say=story.append))
    assert story == ["Another migration is under way: waiting for it.", "first is done", "second"]


@pytest.mark.server
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_three_that_migrate_an_empty_database_at_once_all_succeed(tmp_path: Path, kind: str) -> None:
    with nullcontext() if kind == "sqlite" else running_server() as url:
        variables = {"DATABASE_URL": url} if url else {}
        processes = [
            start(tmp_path / ("" if kind == "sqlite" else str(number)), variables) for number in range(3)
        ]
        ended = [(process.communicate(timeout=180)[0], process.returncode) for process in processes]
    assert [code for _, code in ended] == [0, 0, 0], ended
    assert any("Another migration is under way" in said for said, _ in ended)


def start(folder: Path, variables: dict[str, str]) -> "subprocess.Popen[str]":
    environment = {
        "PATH": "/usr/bin:/bin",
        "MENTORMAP_MODE": "demo",
        "MENTORMAP_DATA_DIR": str(folder),
        **variables,
    }
    return subprocess.Popen(
        [sys.executable, "-c", MIGRATE],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def fails(monkeypatch: pytest.MonkeyPatch, error: Exception, command: str) -> None:
    def fail(_: list[str]) -> None:
        raise error

    monkeypatch.setattr(sys, "argv", ["mentormap", command])
    monkeypatch.setattr(cli, "execute_from_command_line", fail)
    monkeypatch.setattr(
        checks,
        "migrations",
        lambda: Finding("migrations", is_ok=False, message="70 to apply", remedy="Run `mentormap migrate`."),
    )


@pytest.mark.parametrize("command", ["migrate", "createcachetable", "run"])
def test_what_a_migration_ran_into_is_shown_as_it_is(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    error = ProgrammingError('relation "users" already exists')
    fails(monkeypatch, error, command)
    with pytest.raises(ProgrammingError, match="already exists"):
        cli.main()


def test_a_command_without_its_tables_is_sent_to_migrate(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fails(monkeypatch, ProgrammingError('relation "users" does not exist'), "doctor")
    with pytest.raises(SystemExit):
        cli.main()
    assert capsys.readouterr().err.endswith(
        "is not ready: migrations, 70 to apply. Run `mentormap migrate`.\n"
    )


@pytest.mark.parametrize("command", ["migrate", "doctor"])
def test_a_database_out_of_reach_is_said_with_its_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    fails(monkeypatch, OperationalError("connection refused"), command)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    name = connection.settings_dict["NAME"]
    assert ended.value.code == 1
    assert (
        capsys.readouterr().err
        == f"The database {name} cannot be used: OperationalError: connection refused\n"
    )
