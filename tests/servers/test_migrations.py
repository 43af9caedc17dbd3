"""Rows of earlier versions survive the migrations on PostgreSQL, too, which alters tables within transactions."""

from pathlib import Path

import pytest

from tests.servers.postgresql import run_again

TESTS = Path(__file__).parents[1]


@pytest.mark.postgresql
def test_old_rows_are_migrated_on_postgresql() -> None:
    files = [path for path in sorted(TESTS.glob("*/test_*.py")) if "migrated_to(" in path.read_text("utf-8")]
    run_again(*files, "-m", "migrations", with_migrations=True)


def test_every_test_of_a_migration_is_marked_as_one() -> None:
    """Only those that are marked run on PostgreSQL."""
    for path in sorted(TESTS.glob("*/test_*.py")):
        text = path.read_text("utf-8")
        if "import latest_afterwards" in text:
            assert "pytest.mark.migrations" in text, path.name
