"""Free space on the disk, and files that this process cannot write."""

import os
import pwd
import shutil
from collections.abc import Iterable
from pathlib import Path
from time import monotonic
from typing import Final

REMEMBERED_SECONDS: Final = 60.0
LEAST_BYTES: Final = 100 * 1024 * 1024
"""Below this, operators are alerted: SQLite alone needs some for its log before each checkpoint."""


class LastRefusal:
    """The last time that a write of this process found no room; a quota shows in no other way."""

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
    """Returns the paths that exist but that this process cannot write to; for folders, cannot create files in."""
    return [path for path in paths if path.exists() and not os.access(path, _access_needed(path))]


def _access_needed(path: Path) -> int:
    return os.W_OK | os.X_OK if path.is_dir() else os.R_OK | os.W_OK


def remedy(path: Path) -> str:
    """Returns the command that makes the path writable for this process."""
    user = pwd.getpwuid(os.geteuid()).pw_name
    if path.stat().st_uid == os.geteuid():
        return f"chmod u+{'rwx' if path.is_dir() else 'rw'} {path}"
    return f"sudo chown {user} {path}"
