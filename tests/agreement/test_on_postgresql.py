"""The proofs of this folder once more, on a PostgreSQL server of their own."""

from pathlib import Path

import pytest

from tests.servers.postgresql import run_again

FOLDER = Path(__file__).parent


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("proof", "tests"),
    [
        ("test_races.py", "races"),
        ("test_cap_races.py", "races"),
        ("test_claim_races.py", "races"),
        ("test_form_races.py", "races"),
        ("test_state_machine.py", "state_machine"),
        ("test_permutations.py", "mixture or delayed or (paid or expired) and not then"),
    ],
)
def test_it_holds_on_postgresql(proof: str, tests: str) -> None:
    run_again(FOLDER / proof, "-k", tests)
