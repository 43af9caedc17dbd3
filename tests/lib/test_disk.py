"""Files that this process may not write are found, with the command that changes it."""

import os
from pathlib import Path

import pytest

from mentormap.lib import disk
from mentormap.lib.disk import LastRefusal


def test_a_file_or_a_folder_that_may_not_be_written_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root everything may be written, so the kernel's answer is made up."""
    file, folder, free = tmp_path / "db", tmp_path / "folder", tmp_path / "free"
    file.touch()
    folder.mkdir()
    free.touch()
    monkeypatch.setattr(os, "access", lambda path, _: path == free)
    assert disk.unwritable([file, folder, free, tmp_path / "not-there"]) == [file, folder]


@pytest.mark.parametrize(("is_folder", "rights"), [(False, "rw"), (True, "rwx")])
def test_ones_own_needs_rights(tmp_path: Path, is_folder: bool, rights: str) -> None:
    path = tmp_path / "x"
    path.mkdir() if is_folder else path.touch()
    assert disk.remedy(path) == f"chmod u+{rights} {path}"


def test_somebody_elses_needs_another_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 65534)
    assert disk.remedy(tmp_path) == f"sudo chown nobody {tmp_path}"


def test_a_write_without_room_is_remembered_for_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LastRefusal, "at", float("-inf"))
    before = LastRefusal.is_recent()
    LastRefusal.note()
    assert (before, LastRefusal.is_recent()) == (False, True)
    monkeypatch.setattr(LastRefusal, "at", LastRefusal.at - disk.REMEMBERED_SECONDS)
    assert not LastRefusal.is_recent()
