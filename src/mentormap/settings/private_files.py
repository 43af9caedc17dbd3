"""Restricts the data folder, which contains logins, keys and addresses of calendar feeds, to the service's own user."""

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from mentormap.settings.environment import ConfigurationError

OTHERS: Final = 0o077
"""The permissions of a file's group and of everybody else."""
_OURS: Final = frozenset({"secrets.json", "mentormap.sqlite3"})


def prepare_data_dir(path: Path, *, is_demo: bool) -> Path:
    """Makes the data folder and returns its absolute path; from now on this process creates no file that others can read.

    A demo restricts its own folder. Raises ConfigurationError for a folder that others can open.
    """
    os.umask(OTHERS)
    try:
        path.mkdir(parents=True, exist_ok=True)
        folder = path.resolve()
        if is_demo and _is_open(folder) and _is_ours(folder):
            with suppress(PermissionError):
                folder.chmod(0o700)
        if _is_open(folder):
            raise ConfigurationError([_open_folder(folder)])
        for found in folder.iterdir():
            close_to_others(found)
    except OSError as error:
        raise ConfigurationError(
            [f"MENTORMAP_DATA_DIR names {path}, which cannot be made or read: {error.strerror}."]
        ) from None
    return folder


def close_to_others(path: Path) -> bool:
    """Removes the permissions of group and others from a file, if it exists. Returns False if this process may not change it."""
    try:
        mode = path.lstat().st_mode
        if not stat.S_ISLNK(mode) and mode & OTHERS:
            path.chmod(stat.S_IMODE(mode) & ~OTHERS)
    except FileNotFoundError:
        return True
    except PermissionError:
        return False
    return True


def _is_open(folder: Path) -> bool:
    return bool(folder.stat().st_mode & OTHERS)


def _is_ours(folder: Path) -> bool:
    """Returns whether the folder is a demo's or empty: restricting a home folder, or /tmp, would be worse than refusing it."""
    names = {found.name for found in folder.iterdir()}
    return not names or bool(names & _OURS)


def _open_folder(folder: Path) -> str:
    return (
        f"MENTORMAP_DATA_DIR names {folder}, which others on this machine can open. To fix it: chmod 700 {folder} "
        "(with systemd: StateDirectoryMode=0700). Where that is not yours to change, name a folder inside it, which is then "
        "made for this program alone."
    )
