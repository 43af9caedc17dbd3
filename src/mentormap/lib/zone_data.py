"""Selects the time-zone data of this process: the newer of the system's and the package tzdata's.

Python reads the system's first, however old: those of a stable distribution may be years out of date.
"""

import re
import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

import tzdata

_TABLE: Final = "tzdata.zi"
_VERSION: Final = re.compile(r"# version (\d{4}[a-z]+)")


@dataclass(frozen=True)
class ZoneData:
    """`version` is IANA's, such as 2026f; `folder` is the system's, None for the package."""

    version: str
    folder: Path | None = None

    @property
    def source(self) -> str:
        return str(self.folder) if self.folder else "the package tzdata"

    def is_old(self, *, now: datetime) -> bool:
        """Returns whether the version is out of date: IANA publishes several a year, so by July there is one of this year."""
        year = int(self.version[:4])
        return (now.year, now.month) >= (year + 1, 7)


def newest(folders: Sequence[str], package: str) -> ZoneData:
    """Returns the newer of the first folder with zones and the package; data without a version count as the older."""
    system = next((each for each in map(Path, folders) if (each / "UTC").exists()), None)
    version = _version_in(system) if system else ""
    return ZoneData(version, system) if version > package else ZoneData(package)


def _version_in(folder: Path) -> str:
    """Returns the version; empty if the folder does not name it."""
    try:
        with (folder / _TABLE).open(encoding="utf-8") as table:
            found = _VERSION.match(table.readline())
    except OSError:
        return ""
    return found[1] if found else ""


@cache
def in_use() -> ZoneData:
    """Searches the folders that Python knew at the start; PYTHONTZPATH may name others."""
    return newest(zoneinfo.TZPATH, tzdata.IANA_VERSION)


def use_newest() -> None:
    """Selects the data for everything in this process that uses zoneinfo."""
    folder = in_use().folder
    zoneinfo.reset_tzpath([folder] if folder else [])
    zoneinfo.ZoneInfo.clear_cache()


def table(name: str) -> list[str]:
    """Returns the lines of zone.tab or tzdata.zi from the data in use."""
    folder = in_use().folder
    found: Traversable = folder / name if folder else files("tzdata").joinpath("zoneinfo", name)
    return found.read_text(encoding="utf-8").splitlines()
