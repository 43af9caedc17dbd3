"""Which time-zone data this process uses: the newer of the system's and those of the package tzdata.

Python reads the system's first, however old: a stable distribution may be years behind what governments have decided.
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
        """IANA publishes several versions a year: by July there is one that bears the year."""
        year = int(self.version[:4])
        return (now.year, now.month) >= (year + 1, 7)


def newest(folders: Sequence[str], package: str) -> ZoneData:
    """Of the first folder that has zones and the package; data that do not say their version count as the older."""
    system = next((each for each in map(Path, folders) if (each / "UTC").exists()), None)
    version = _version_in(system) if system else ""
    return ZoneData(version, system) if version > package else ZoneData(package)


def _version_in(folder: Path) -> str:
    """Empty if the folder does not say."""
    try:
        with (folder / _TABLE).open(encoding="utf-8") as table:
            said = _VERSION.match(table.readline())
    except OSError:
        return ""
    return said[1] if said else ""


@cache
def in_use() -> ZoneData:
    """By the folders that Python knew at the start; PYTHONTZPATH may name others."""
    return newest(zoneinfo.TZPATH, tzdata.IANA_VERSION)


def use_newest() -> None:
    """From now on in this process, for everything that asks zoneinfo."""
    folder = in_use().folder
    zoneinfo.reset_tzpath([folder] if folder else [])
    zoneinfo.ZoneInfo.clear_cache()


def table(name: str) -> list[str]:
    """The lines of zone.tab or tzdata.zi, of the data in use."""
    folder = in_use().folder
    found: Traversable = folder / name if folder else files("tzdata").joinpath("zoneinfo", name)
    return found.read_text(encoding="utf-8").splitlines()
