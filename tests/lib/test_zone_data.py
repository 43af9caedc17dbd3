"""Time-zone data: the newer of the system's and the package's, in every process and for every library."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import tzdata

from mentormap.lib.zone_data import ZoneData, in_use, newest
from tests.calendars.ics import event
from tests.calendars.spans import spans

WINTER_IN_VANCOUVER = """
from datetime import datetime
from zoneinfo import ZoneInfo
early = ZoneInfo("America/Vancouver")  # as a library may that is imported before
import {module}
print(datetime(2026, 12, 1, tzinfo=ZoneInfo("America/Vancouver")).utcoffset())
"""


def system(folder: Path, first_line: str | None) -> list[str]:
    (folder / "UTC").touch()
    if first_line is not None:
        (folder / "tzdata.zi").write_text(f"{first_line}\nZ UTC 0 - UTC\n")
    return [str(folder / "missing"), str(folder)]


@pytest.mark.parametrize(
    ("first_line", "version"),
    [
        ("# version 2025b", "2026f"),
        ("# version 2026f", "2026f"),
        ("# version 2026g", "2026g"),
        ("# version 2027a-dirty", "2027a"),
        ("# version unknown", "2026f"),
        (None, "2026f"),
    ],
)
def test_the_newer_data_are_used(tmp_path: Path, first_line: str | None, version: str) -> None:
    found = newest(system(tmp_path, first_line), "2026f")
    assert found == ZoneData(version, tmp_path if version > "2026f" else None)


def test_without_a_system_s_data_the_package_is_used() -> None:
    assert newest([], "2026f") == ZoneData("2026f")


@pytest.mark.parametrize(
    ("now", "is_old"), [(date(2026, 12, 1), False), (date(2027, 6, 30), False), (date(2027, 7, 1), True)]
)
def test_data_are_old_when_a_newer_version_must_be_out(now: date, is_old: bool) -> None:
    moment = datetime(now.year, now.month, now.day, tzinfo=UTC)
    assert ZoneData("2026f").is_old(now=moment) is is_old


@pytest.mark.parametrize(
    "module", ["mentormap.cli", "mentormap.settings.base", "mentormap.operations.process.supervisor"]
)
def test_every_process_knows_that_vancouver_no_longer_changes_its_clocks(module: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WINTER_IN_VANCOUVER.format(module=module)],
        env={
            **os.environ,
            "MENTORMAP_DATA_DIR": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "mentormap.settings.base",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "-1 day, 17:00:00\n"


def test_calendars_of_others_are_read_by_the_same_data() -> None:
    meeting = event("DTSTART;TZID=America/Vancouver:20261201T100000", "DURATION:PT1H")
    assert spans(meeting) == ["12-01 17:00-18:00"]


def test_the_data_are_at_least_those_of_the_package() -> None:
    assert in_use().version >= tzdata.IANA_VERSION >= "2026f"
    assert datetime(2026, 12, 1, tzinfo=ZoneInfo("Africa/Casablanca")).utcoffset() == UTC.utcoffset(None)
