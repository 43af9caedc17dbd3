"""Feeds as khal reads them, a calendar program that is none of ours: the same UIDs, starts, ends and cancellations."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentormap.calendars.feeds import write
from mentormap.calendars.invite import download
from mentormap.calendars.meeting import Meeting
from tests.calendars.made_up import MEETINGS
from tests.calendars.meetings import NOW
from tests.effort import examples

pytestmark = pytest.mark.khal
CONFIG = """
[calendars]
[[mentormap]]
path = {folder}/calendar
[locale]
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%dT%H:%M
longdatetimeformat = %Y-%m-%dT%H:%M
local_timezone = UTC
default_timezone = UTC
[sqlite]
path = {folder}/khal.db
"""
FORMAT = "\x1e{uid}\x1f{start-long}\x1f{end-long}\x1f{cancelled}\x1f"
Row = tuple[str, str, str, str]


def expected(meetings: Sequence[Meeting]) -> list[Row]:
    return sorted(
        (
            one.uid,
            f"{one.starts_at:%Y-%m-%dT%H:%M}",
            f"{one.ends_at:%Y-%m-%dT%H:%M}",
            "CANCELLED" if one.cancelled else "",
        )
        for one in meetings
    )


def khal(folder: Path, *arguments: str | Path) -> str:
    """What it prints, with all of its own in the folder."""
    config = folder / "config"
    config.write_text(CONFIG.format(folder=folder))
    (folder / "calendar").mkdir(exist_ok=True)
    done = subprocess.run(
        ["/usr/bin/khal", "--config", config, *arguments],
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout


def rows(printed: str) -> list[Row]:
    found = []
    for event in printed.split("\x1e")[1:]:
        uid, start, end, cancelled, *_ = event.split("\x1f")
        found.append((uid, start, end, cancelled.strip()))
    return sorted(found)


def judge(feed: bytes, meetings: Sequence[Meeting]) -> None:
    """Both as it prints a file, and as it lists a calendar that it has imported."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "feed.ics"
        file.write_bytes(feed)
        assert rows(khal(folder, "printics", "--format", FORMAT, file)) == expected(meetings)
        khal(folder, "import", "--batch", "--include-calendar", "mentormap", file)
        listed = khal(folder, "list", "--once", "--day-format", "", "--format", FORMAT, "2025-12-31", "800d")
        assert rows(listed) == expected(meetings)


@given(st.lists(MEETINGS, min_size=1, max_size=30, unique_by=lambda one: one.uid))
@settings(max_examples=examples(15), deadline=None)
def test_khal_reads_every_feed_as_it_is_meant(meetings: list[Meeting]) -> None:
    judge(write(meetings, name="MentorMap"), meetings)


@given(MEETINGS)
@settings(max_examples=examples(6), deadline=None)
def test_khal_reads_every_download_as_it_is_meant(meeting: Meeting) -> None:
    judge(download(meeting, NOW), [meeting])
