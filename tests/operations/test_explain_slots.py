"""`mentormap explain-slots`, as an operator reads it."""

from datetime import time, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from mentormap.lib import clock
from mentormap.mentors.models import Mentor
from tests import make

pytestmark = pytest.mark.django_db


def output_of(*words: str) -> list[str]:
    out = StringIO()
    call_command("explain_slots", *words, stdout=out)
    return out.getvalue().splitlines()


@pytest.mark.parametrize("named", ["number", "email"])
def test_a_day_is_explained_line_by_line(named: str) -> None:
    maya = make.mentor(zone="UTC", hours=((time(9), time(11)),))
    day = (clock.now() + timedelta(days=3)).date()
    lines = output_of(str(maya.pk) if named == "number" else "MAYA@example.com", str(day), "--minutes", "90")
    assert lines[0].startswith("Maya, ")
    assert lines[0].endswith(f"{day.year}, sessions of 90 minutes. Times in UTC (GMT).")
    assert lines[1:] == [
        "00:00 to 09:00 Outside the weekly hours.",
        "09:00 to 09:45 Open. 09:00, 09:30",
        "09:45 to 11:00 Too short: a session of 90 minutes is not over when the hours end at 11:00.",
        "11:00 to 00:00 Outside the weekly hours.",
    ]


def test_a_clock_change_stands_where_it_happens() -> None:
    make.mentor(hours=())
    assert output_of("maya@example.com", "2026-10-25")[1:] == [
        "00:00 to 03:00 Outside the weekly hours.",
        "03:00          The clocks go to 02:00.",
        "02:00 to 00:00 Outside the weekly hours.",
    ]


def test_a_mentor_whom_nobody_can_book_is_told_so() -> None:
    make.mentor(state=Mentor.State.PAUSED)
    assert "Nobody can book at all: the mentor is not published, or hidden." in output_of(
        "maya@example.com", "2026-10-25"
    )


def test_a_day_that_the_clocks_skipped_is_told() -> None:
    make.mentor(zone="Pacific/Apia")
    assert output_of("maya@example.com", "2011-12-30")[1:] == ["The clocks skip this day."]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nobody@example.com", "2026-11-24"], "There is no mentor nobody@example.com"),
        (["7", "2026-11-24"], "There is no mentor 7"),
        (["7", "tomorrow"], "write a day like 2026-11-24, not tomorrow"),
        (["7", "0001-01-01"], "write a day of the years 2000 to 2100, not 0001-01-01"),
        (["7", "9999-12-31"], "write a day of the years 2000 to 2100, not 9999-12-31"),
        (["7", "2026-11-24", "--minutes", "45"], "invalid choice"),
    ],
)
def test_what_cannot_be_explained_is_said(words: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        output_of(*words)
