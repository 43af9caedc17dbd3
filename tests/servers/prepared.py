"""A data folder that is ready to serve, as after a demo's first start: made once for all tests of a run, and copied for each program.

Migrating an empty database takes a program longer than all else that it does before it serves.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

SHARED: Final = "TESTS_SHARED_FOLDER"
"""The variable that names the folder of what a run's processes share; the root conftest makes and removes it."""
PREPARE: Final = (
    "import django; django.setup(); from mentormap.operations.process.preparation import prepare; prepare()"
)


def copy_to(folder: Path, environment: Mapping[str, str]) -> None:
    """Does nothing outside a run of the tests: the program prepares its folder itself then."""
    if shared := os.environ.get(SHARED):
        shutil.copytree(_prepared(Path(shared), environment), folder)


def _prepared(shared: Path, environment: Mapping[str, str]) -> Path:
    """The first that asks makes it while the others wait."""
    made = shared / "data"
    with (shared / "data.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            new = shared / "new"
            _run(
                {
                    **environment,
                    "MENTORMAP_DATA_DIR": str(new),
                    "DJANGO_SETTINGS_MODULE": "mentormap.settings.base",
                }
            )
            new.rename(made)
    return made


def _run(environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PREPARE], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
