"""Keeps the data folder for one start: two programs on one folder would both migrate it and both send its mail."""

import fcntl
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TextIO

from mentormap.settings.environment import RUNNING

GRACE: Final = 1.0
"""Seconds: a command that asks what runs here holds the lock for a moment."""


class FolderBusy(Exception):
    """Another `mentormap run` has this folder; `running` is what it wrote of itself."""

    def __init__(self, folder: Path, running: Mapping[str, int]) -> None:
        self.running = running
        where = f" at http://localhost:{running['PORT']}" if "PORT" in running else ""
        super().__init__(
            f"MentorMap already runs on the data folder {folder}{where}: stop that one, "
            "or give this one a folder of its own, such as MENTORMAP_DATA_DIR=var/second."
        )


def keep(folder: Path, ports: Mapping[str, int]) -> TextIO:
    """The open file is the lock: it ends with the process, and is handed on by inheriting it. Raises FolderBusy."""
    file = (folder / RUNNING).open("a+", encoding="utf-8")
    if not _try_lock(file):
        running = _read_owner(file)
        file.close()
        raise FolderBusy(folder, running)
    file.truncate(0)
    json.dump({**ports, "process": os.getpid()}, file)
    file.flush()
    return file


def _try_lock(file: TextIO) -> bool:
    deadline = time.monotonic() + GRACE
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        else:
            return True


def _read_owner(file: TextIO) -> dict[str, int]:
    file.seek(0)
    try:
        return dict(json.load(file))
    except ValueError:
        return {}
