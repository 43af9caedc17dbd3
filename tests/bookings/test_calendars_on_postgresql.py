"""Reading busy calendars once more, on a PostgreSQL server of its own."""

from pathlib import Path

import pytest

from tests.servers.postgresql import run_again

FOLDER = Path(__file__).parent


@pytest.mark.postgresql
def test_it_is_the_same_on_postgresql() -> None:
    run_again(
        FOLDER / "test_calendar_reading.py",
        FOLDER / "test_calendar_reading_by_many_workers.py",
        FOLDER / "slots" / "test_busy_times.py",
        FOLDER.parent / "web" / "test_calendar_feed.py",
    )
