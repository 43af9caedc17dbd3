"""The folder in which several web processes count is new with each start, and for its owner alone."""

from pathlib import Path

import pytest

from mentormap.operations.health import metric_files


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(metric_files, "_IN_MEMORY", tmp_path)
    return tmp_path


def test_what_a_killed_start_left_behind_is_removed(shared: Path) -> None:
    first = metric_files.new_folder(Path("/data"))
    (first / "counter_1.db").write_bytes(b"old")
    again = metric_files.new_folder(Path("/data"))
    assert (again, list(again.iterdir()), again.stat().st_mode & 0o777) == (first, [], 0o700)


def test_two_data_folders_count_apart(shared: Path) -> None:
    assert metric_files.new_folder(Path("/data")) != metric_files.new_folder(Path("/other"))


def test_a_name_that_somebody_else_holds_is_left_alone(shared: Path) -> None:
    taken = metric_files.new_folder(Path("/data"))
    taken.rmdir()
    taken.write_text("theirs")
    found = metric_files.new_folder(Path("/data"))
    assert found != taken
    assert found.is_dir()
    metric_files.remove(found)
