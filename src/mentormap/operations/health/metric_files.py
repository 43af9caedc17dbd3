"""The folder of Prometheus' multiprocess mode, in which each web process keeps its metrics in a file.

The variable must be in the environment before `prometheus_client` is imported, so the supervisor sets it.
"""

import shutil
import tempfile
import zlib
from pathlib import Path
from typing import Final

VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
_IN_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - the folder in it is made for its owner alone
"""The files are mapped into memory: on a full disk, writing to one would kill the process (SIGBUS)."""


def new_folder(data_dir: Path) -> Path:
    """Makes an empty folder for one start on this data folder, and removes leftovers of one that was killed."""
    shared = _IN_MEMORY if _IN_MEMORY.is_dir() else Path(tempfile.gettempdir())
    folder = shared / f"mentormap-metrics-{zlib.crc32(str(data_dir).encode()):08x}"
    remove(folder)
    try:
        folder.mkdir(mode=0o700)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="mentormap-metrics-"))
    return folder


def remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
