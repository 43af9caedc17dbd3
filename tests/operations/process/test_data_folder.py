"""One data folder, one program; commands beside it find its ports."""

from pathlib import Path

import pytest

from mentormap.operations.process import data_folder
from mentormap.operations.process.data_folder import FolderBusy, keep
from mentormap.settings.environment import RUNNING, running_here

PORTS = {"PORT": 4002, "SANDBOX_PORT": 14111}


def test_a_second_start_on_one_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_folder, "GRACE", 0)
    with keep(tmp_path, PORTS), pytest.raises(FolderBusy) as refusal:
        keep(tmp_path, {"PORT": 5002})
    assert str(refusal.value) == (
        f"MentorMap already runs on the data folder {tmp_path} at http://localhost:4002: stop that one, "
        "or give this one a folder of its own, such as MENTORMAP_DATA_DIR=var/second."
    )


def test_the_ports_are_known_while_it_runs_and_no_longer(tmp_path: Path) -> None:
    assert running_here(tmp_path) == {}
    with keep(tmp_path, PORTS):
        assert {name: running_here(tmp_path)[name] for name in PORTS} == PORTS
    assert running_here(tmp_path) == {}


def test_the_next_start_writes_its_own(tmp_path: Path) -> None:
    keep(tmp_path, PORTS).close()
    with keep(tmp_path, {"PORT": 5002}):
        assert sorted(running_here(tmp_path)) == ["PORT", "process"]
        assert running_here(tmp_path)["PORT"] == 5002


def test_a_start_that_has_not_written_yet_tells_nothing(tmp_path: Path) -> None:
    with keep(tmp_path, PORTS):
        (tmp_path / RUNNING).write_text("")
        assert running_here(tmp_path) == {}
