"""Fifty people want the same hour: one gets it, on SQLite and on PostgreSQL, through the running server."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
import requests

from tests.servers.program import Program, running_program

CROWD = 50


@pytest.fixture(scope="module")
def program(database: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with running_program(tmp_path_factory.mktemp("races"), TRUSTED_PROXY_COUNT="1", **database) as running:
        yield running


@pytest.fixture(scope="module")
def tokens(program: Program) -> list[str]:
    return program.crowd(students=CROWD).tokens


def test_one_slot_is_sold_once(program: Program, tokens: list[str]) -> None:
    slot = _open_slots(program, days_ahead=9)[0]
    answers = _all_at_once(program, tokens, [(slot, 60)])
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: CROWD - 1}
    refusal = next(answer.json() for answer in answers if answer.status_code == 409)
    assert (refusal["code"], len(refusal["next_open_slots"])) == ("time-taken", 3)


def test_overlapping_slots_of_different_lengths_are_sold_once(program: Program, tokens: list[str]) -> None:
    slot = _open_slots(program, days_ahead=16)[0]
    half_past = slot + timedelta(minutes=30)
    wishes = [(slot, 60), (slot, 90), (slot, 120), (half_past, 30), (half_past, 60)]
    first = _all_at_once(program, tokens, wishes)
    assert Counter(answer.status_code for answer in first) == {201: 1, 409: CROWD - 1}


def _open_slots(program: Program, *, days_ahead: int) -> list[datetime]:
    day = (datetime.now(UTC) + timedelta(days=days_ahead)).date()
    answer = requests.get(
        f"{program.url}/api/mentors/1/slots",
        params={"from": str(day), "to": str(day), "duration_minutes": "120"},
        timeout=30,
    )
    return [datetime.fromisoformat(slot["starts_at"]) for slot in answer.json()["slots"]]


def _all_at_once(
    program: Program, tokens: list[str], wishes: list[tuple[datetime, int]]
) -> list[requests.Response]:
    """Every student sends one wish in the same moment; all wishes overlap in the half hour after the first's first."""
    gate = Barrier(len(tokens))

    def send(number: int) -> requests.Response:
        starts_at, minutes = wishes[number % len(wishes)]
        body: dict[str, str | int] = {
            "mentor_id": 1,
            "title": "The same hour",
            "description": "",
            "scheduled_at": starts_at.isoformat(),
            "duration_minutes": minutes,
        }
        gate.wait()
        return requests.post(
            f"{program.url}/api/payments/create-checkout-session",
            json=body,
            headers={"Authorization": f"Bearer {tokens[number]}"},
            timeout=60,
        )

    with ThreadPoolExecutor(len(tokens)) as pool:
        return list(pool.map(send, range(len(tokens))))
