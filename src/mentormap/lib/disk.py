"""Room on the disk, and files that this process may not write."""

import os
import pwd
import shutil
from collections.abc import Iterable
from pathlib import Path
from time import monotonic
from typing import Final

REMEMBERED_SECONDS: Final = 60.0
LEAST_BYTES: Final = 100 * 1024 * 1024
"""With less, operators are called: SQLite alone takes some for its log before each checkpoint."""


class LastRefusal:
    """When a write of this process last found no room; a quota is seen in no other way."""

    at = float("-inf")

    @classmethod
    def note(cls) -> None:
        cls.at = monotonic()

    @classmethod
    def is_recent(cls) -> bool:
        return monotonic() - cls.at < REMEMBERED_SECONDS


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def unwritable(paths: Iterable[Path]) -> list[Path]:
    """Those that exist and that this process may not write; of a folder, that it may not make files in."""
    return [path for path in paths if path.exists() and not os.access(path, _needed(path))]


def _needed(path: Path) -> int:
    return os.W_OK | os.X_OK if path.is_dir() else os.R_OK | os.W_OK


def remedy(path: Path) -> str:
    """The command that lets this process write it."""
    user = pwd.getpwuid(os.geteuid()).pw_name
    if path.stat().st_uid == os.geteuid():
        return f"chmod u+{'rwx' if path.is_dir() else 'rw'} {path}"
    return f"sudo chown {user} {path}"
