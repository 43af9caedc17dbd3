"""What many programs of a run begin with: made once for all tests of a run, and copied for each program.

Migrating an empty database takes a program longer than all else that it does before it serves.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

SHARED: Final = "TESTS_SHARED_FOLDER"
"""The variable that names the folder of what a run's processes share; the root conftest makes and removes it."""
PREPARE: Final = (
    "import django; django.setup(); from mentormap.operations.process.preparation import prepare; prepare()"
)


def copy_to(folder: Path, environment: Mapping[str, str]) -> None:
    """Makes a demo's data folder as after its first start. Does nothing outside a run of the tests: the program prepares it itself."""
    if found := once("data", lambda new: _prepare(new, environment)):
        shutil.copytree(found, folder)


def database(folder: Path, url: str) -> None:
    """Puts tables and people of the demo into a database; `folder` becomes the data folder that they were made with."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment["MENTORMAP_MODE"] = "demo"
    copy_to(folder, environment)
    _prepare(folder, environment, DATABASE_URL=url)


def once(name: str, make: Callable[[Path], None]) -> Path | None:
    """A file or folder of the run. The first that asks makes it while the others wait; None outside a run of the tests."""
    if not (shared := os.environ.get(SHARED)):
        return None
    made, new = Path(shared, name), Path(shared, f"{name}.new")
    with Path(shared, f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            make(new)
            new.rename(made)
    return made


def _prepare(folder: Path, environment: Mapping[str, str], **variables: str) -> None:
    """As a first start does, in a shell with the usual umask."""
    settings = {"MENTORMAP_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "mentormap.settings.base"}
    usual = {name: value for name, value in environment.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "-c", PREPARE],
        env=usual | settings | variables,
        capture_output=True,
        text=True,
        check=False,
        umask=0o022,
    )
    assert done.returncode == 0, done.stdout + done.stderr
