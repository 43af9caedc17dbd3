"""Many people book, move and cancel: afterwards time, sessions and money agree, and nobody has seen the server fail."""

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.servers.load import Outcomes, Person, run_load
from tests.servers.program import Program, running_program

SECONDS: Final = float(os.environ.get("SOAK_SECONDS", "10"))
STUDENTS, MENTORS = 13, 3
ALWAYS: Final = {
    ("look", 200, ""),
    ("book", 201, ""),
    ("book", 409, "time-taken"),
    ("pay", 303, ""),
    ("move", 200, ""),
    ("move", 409, "time-taken"),
    ("cancel", 200, ""),
}
"""What happens in every one."""
EXPECTED: Final = ALWAYS | {
    ("book", 409, "already-paid"),
    ("book", 409, "hold-let-go"),
    ("book", 429, "too-many-holds"),
    ("book", 429, "holds-paused"),
    ("pay", 200, ""),
    ("move", 409, "cannot-move"),
    ("move", 409, "moved-meanwhile"),
    ("cancel", 409, "just-paid"),
}
"""Refusals are as they should be: the time is somebody's, or the session has changed since it was looked at, or somebody's two
devices both ask for the last hold that one may have, or have left three unpaid. Stripe says with a page of status 200 that a checkout is over."""


def test_load_leaves_time_and_money_consistent(
    database: dict[str, str], tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with running_program(tmp_path, **database) as program:
        outcomes = run_load(people(program), seconds=SECONDS)
        assert {what: count for what, count in outcomes.items() if what not in EXPECTED} == {}
        assert set(outcomes) >= ALWAYS
        program.command("reconcile")
    assert "Traceback" not in program.printed()
    kinds = program.python("-m", "tests.servers.result")
    engine = "PostgreSQL" if database else "SQLite"
    record_property("figures", f"soak on {engine}: {figures(outcomes)}; left: {kinds}")


def people(program: Program) -> list[Person]:
    """Everybody comes with two devices, each at an address of its own."""
    users = program.users(students=STUDENTS, mentors=MENTORS)
    made = []
    for number, token in enumerate(users.tokens):
        for device in (1, 2):
            address, chance = f"10.0.{device}.{number}", random.Random(f"{number}, {device}")
            made.append(Person(program, token, address, users.mentors, chance, number >= STUDENTS))
    return made


def figures(outcomes: Outcomes) -> str:
    done = {
        what: sum(count for (verb, status, _), count in outcomes.items() if verb == what and status < 300)
        for what in ("book", "move", "cancel")
    }
    conflicts = sum(count for (_, status, _), count in outcomes.items() if status == 409)
    answered = {
        f"{verb} {status} {code}".strip(): count for (verb, status, code), count in sorted(outcomes.items())
    }
    return (
        f"{outcomes.total()} requests, {done['book']} bookings, {done['move']} moves, {done['cancel']} cancellations, "
        f"{conflicts} conflicts in {SECONDS:g} s, {outcomes.total() / SECONDS:.0f} requests a second; {answered}"
    )
