"""The data folder and what is in it are closed to other users of the machine."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from mentormap.settings.database import database_settings
from mentormap.settings.environment import ConfigurationError
from mentormap.settings.private_files import prepare_data_dir
from tests.servers import prepared


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Made by hand, as `mkdir` does."""
    made = tmp_path / "data"
    made.mkdir()
    made.chmod(0o755)
    return made


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_a_process_makes_is_closed_to_others(tmp_path: Path) -> None:
    made = prepare_data_dir(tmp_path / "a" / "b", is_demo=False)
    (made / "database").touch()
    assert [mode(path) for path in (made.parent, made, made / "database")] == [0o700, 0o700, 0o600]


@pytest.mark.parametrize("bits", [0o755, 0o750, 0o701, 0o2770])
def test_production_refuses_a_folder_that_others_can_open(folder: Path, bits: int) -> None:
    folder.chmod(bits)
    with pytest.raises(ConfigurationError, match=f"To fix it: chmod 700 {folder}"):
        prepare_data_dir(folder, is_demo=False)
    folder.chmod(0o700)
    assert prepare_data_dir(folder, is_demo=False) == folder


@pytest.mark.parametrize("name", ["", "secrets.json", "mentormap.sqlite3"])
def test_a_demo_closes_its_own_folder(folder: Path, name: str) -> None:
    if name:
        (folder / name).touch()
    prepare_data_dir(folder, is_demo=True)
    assert mode(folder) == 0o700


def test_a_demo_touches_no_folder_of_others(folder: Path) -> None:
    (folder / "letters.txt").touch()
    with pytest.raises(ConfigurationError, match="which others on this machine can open"):
        prepare_data_dir(folder, is_demo=True)
    assert mode(folder) == 0o755


def test_files_that_were_open_to_others_are_closed(tmp_path: Path) -> None:
    for name in ("mentormap.sqlite3", "mentormap.sqlite3-wal"):
        (tmp_path / name).touch(mode=0o644)
    prepare_data_dir(tmp_path, is_demo=False)
    assert mode(tmp_path / "mentormap.sqlite3") == mode(tmp_path / "mentormap.sqlite3-wal") == 0o600


def test_what_a_link_leads_to_is_left_alone(folder: Path) -> None:
    elsewhere = folder.parent / "elsewhere"
    elsewhere.mkdir()
    (folder / "link").symlink_to(elsewhere)
    folder.chmod(0o700)
    prepare_data_dir(folder, is_demo=False)
    assert mode(elsewhere) == 0o755


def test_a_database_beside_the_folder_is_closed_too(tmp_path: Path) -> None:
    database = tmp_path / "other.sqlite3"
    database.touch(mode=0o644)
    database_settings(f"sqlite:///{database}", data_dir=tmp_path, pool_size=1)
    assert mode(database) == 0o600


def test_all_that_the_first_start_writes_is_closed_to_others(tmp_path: Path) -> None:
    """The databases, secrets, static files and photos of a demo, whatever the shell's umask."""
    prepared.copy_to(tmp_path / "data", os.environ | {"MENTORMAP_MODE": "demo"})
    written = list(tmp_path.rglob("*"))
    assert {"mentormap.sqlite3", "secrets.json", "static"} <= {path.name for path in written}
    assert [path for path in written if mode(path) & 0o077] == []
