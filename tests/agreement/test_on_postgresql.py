"""The proofs of this folder once more, on a PostgreSQL server of their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.postgresql import running_server

FOLDER = Path(__file__).parent


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("proof", "tests"),
    [
        ("test_races.py", "races"),
        ("test_state_machine.py", "state_machine"),
        ("test_permutations.py", "mixture or expired or paid"),
    ],
)
def test_it_holds_on_postgresql(proof: str, tests: str) -> None:
    with running_server() as database_url:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", FOLDER / proof, "-k", tests],
            env=os.environ | {"TEST_DATABASE_URL": database_url},
            cwd=FOLDER.parents[1],
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
    assert done.returncode == 0, done.stdout + done.stderr
