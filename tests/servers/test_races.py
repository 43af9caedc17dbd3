"""Fifty people want the same hour: one gets it, on SQLite and on PostgreSQL, through the running server."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4
from zlib import crc32

import pytest
import requests

from tests.racing import all_at_once
from tests.servers.program import Program, running_program

STUDENTS = 50
DEVICES, ROUNDS = 8, 12
"""Of those who send the same again and again. Each round has a student of its own: they may not hold so often."""


@pytest.fixture(scope="module")
def program(database: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with running_program(tmp_path_factory.mktemp("races"), **database) as running:
        yield running


@pytest.fixture(scope="module")
def tokens(program: Program) -> list[str]:
    return program.users(students=STUDENTS).tokens


def test_one_slot_is_sold_once(program: Program, tokens: list[str]) -> None:
    slot = _open_slots(program, days_ahead=9)[0]
    answers = _all_at_once(program, tokens, [(slot, 60)])
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: STUDENTS - 1}
    refusal = next(answer.json() for answer in answers if answer.status_code == 409)
    assert (refusal["code"], len(refusal["next_open_slots"])) == ("time-taken", 3)


def test_overlapping_slots_of_different_lengths_are_sold_once(program: Program, tokens: list[str]) -> None:
    slot = _open_slots(program, days_ahead=16)[0]
    half_past = slot + timedelta(minutes=30)
    wishes = [(slot, 60), (slot, 90), (slot, 120), (half_past, 30), (half_past, 60)]
    first = _all_at_once(program, tokens, wishes)
    assert Counter(answer.status_code for answer in first) == {201: 1, 409: STUDENTS - 1}


def test_one_key_sent_many_times_at_once_is_one_hold(program: Program, tokens: list[str]) -> None:
    """None of them is told that the time is taken, and none ends what another one holds."""
    for slot, token in zip(_open_slots(program, days_ahead=23)[:ROUNDS], tokens, strict=False):
        _assert_one_hold(program, token, slot, key=str(uuid4()))


def test_one_request_sent_many_times_at_once_without_a_key_is_one_hold(
    program: Program, tokens: list[str]
) -> None:
    for slot, token in zip(_open_slots(program, days_ahead=30)[:ROUNDS], tokens[ROUNDS:], strict=False):
        _assert_one_hold(program, token, slot)


def _assert_one_hold(program: Program, token: str, slot: datetime, *, key: str = "") -> None:
    """All are answered with it, or, on a busy machine, that it takes long; then it is let go again."""
    answers = _all_at_once(program, [token] * DEVICES, [(slot, 60)], key=key)
    said = {(answer.status_code, answer.json().get("code")) for answer in answers}
    assert said <= {(201, None), (409, "request-in-progress")}
    (hold,) = {answer.json()["session_id"] for answer in answers if answer.status_code == 201}
    again = _book(program, token, slot, 60, key=key)
    assert (again.status_code, again.json()["session_id"]) == (201, hold)
    path, login = f"{program.url}/api/sessions/{hold}", {"Authorization": f"Bearer {token}"}
    assert requests.get(path, headers=login, timeout=30).json()["status"] == "scheduled"
    assert requests.put(f"{path}/cancel", headers=login, timeout=30).json()["status"] == "cancelled"


def _open_slots(program: Program, *, days_ahead: int) -> list[datetime]:
    day = (datetime.now(UTC) + timedelta(days=days_ahead)).date()
    answer = requests.get(
        f"{program.url}/api/mentors/1/slots",
        params={"from": str(day), "to": str(day), "duration_minutes": "120"},
        timeout=30,
    )
    return [datetime.fromisoformat(slot["starts_at"]) for slot in answer.json()["slots"]]


def _all_at_once(
    program: Program, tokens: list[str], wishes: list[tuple[datetime, int]], *, key: str = ""
) -> list[requests.Response]:
    """Every token's owner sends one wish in the same moment; all wishes overlap in the half hour after the first's first."""

    def send(number: int) -> requests.Response:
        starts_at, minutes = wishes[number % len(wishes)]
        return _book(program, tokens[number], starts_at, minutes, key=key)

    answers = all_at_once([partial(send, number) for number in range(len(tokens))])
    return [answer for answer in answers if isinstance(answer, requests.Response)]


def _book(
    program: Program, token: str, starts_at: datetime, minutes: int, *, key: str = ""
) -> requests.Response:
    return requests.post(
        f"{program.url}/api/payments/create-checkout-session",
        json={
            "mentor_id": 1,
            "title": "The same hour",
            "description": "",
            "scheduled_at": starts_at.isoformat(),
            "duration_minutes": minutes,
        },
        headers={
            "Authorization": f"Bearer {token}",
            "X-Forwarded-For": f"192.0.2.{crc32(token.encode()) % 256}",
            **({"Idempotency-Key": key} if key else {}),
        },
        timeout=60,
    )
