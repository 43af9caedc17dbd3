"""The proofs of this folder once more, on a PostgreSQL server of their own."""

from pathlib import Path

import pytest

from tests.servers.postgresql import run_again

FOLDER = Path(__file__).parent


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("proofs", "tests"),
    [
        ("test*_races.py", "races"),
        ("test_state_machine.py", "state_machine"),
        ("test_permutations.py", "mixture or delayed or (paid or expired) and not then"),
    ],
)
def test_it_holds_on_postgresql(proofs: str, tests: str) -> None:
    run_again(*sorted(FOLDER.glob(proofs)), "-k", tests)
