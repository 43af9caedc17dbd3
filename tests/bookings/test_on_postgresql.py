"""What is reckoned in the database, once more on a PostgreSQL server: months by a zone's clocks, sums of what waits."""

from pathlib import Path

import pytest

from tests.servers.postgresql import run_again


@pytest.mark.postgresql
def test_earnings_are_the_same_on_postgresql() -> None:
    run_again(Path(__file__).parent / "test_earnings.py")
