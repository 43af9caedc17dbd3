"""Where several web processes count together: Prometheus' multiprocess mode keeps a file for each process in one folder.

The variable must stand in the environment before `prometheus_client` is imported, so whoever starts the processes sets it.
"""

import shutil
import tempfile
import zlib
from pathlib import Path
from typing import Final

VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
_IN_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - the folder in it is made for its owner alone
"""The files are mapped into memory: on a disk that is full, writing to one would end the process (SIGBUS)."""


def new_folder(data_dir: Path) -> Path:
    """Empty, for one start on this data folder; what an earlier one left behind when it was killed is removed."""
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
