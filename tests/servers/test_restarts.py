"""Web, worker, database and mail server are restarted in any order while 20 people book: nothing is lost, and no 500 is seen."""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from mentormap.notifications.claims import LEASE
from tests.servers.customers import Customer, Seen
from tests.servers.mail_server import MailServer
from tests.servers.postgresql import Server, controlled_server
from tests.servers.processes import children_of, command_of
from tests.servers.program import Program, running_program

pytestmark = [pytest.mark.server, pytest.mark.postgresql]

CUSTOMERS, MENTORS = 20, 6
ROUNDS: Final = int(os.environ.get("RESTART_ROUNDS", "1"))
"""How often each of the four is restarted."""
SEED: Final = int(os.environ.get("RESTART_SEED", "0"))
FINE: Final = {200, 201, 409, 429, 503, "cut off"}
"""409: the time is taken. 429: unpaid holds. Cut off are requests that met a web process that was ending."""
Restart = Callable[[], None]


def test_restarts_lose_nothing_and_show_no_500(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    mail = MailServer()
    with (
        controlled_server(is_prepared=True) as database,
        served(mail),
        running(tmp_path, database, mail) as program,
    ):
        customers = who_book(program)
        order = restarts(program, database, mail)
        seconds = 5 * len(order) + 5
        with ThreadPoolExecutor(CUSTOMERS) as pool:
            until = time.monotonic() + seconds
            shopping = [pool.submit(customer.shop_until, until) for customer in customers]
            for _, restart in order:
                time.sleep(2)
                restart()
            for one in shopping:
                one.result()
        await_health(program)
        program.command("reconcile")
        assert_all_is_there(customers)
        await_mails(customers, mail)
        seen = sum((customer.seen for customer in customers), Seen())
        assert {status for _, status in seen} <= FINE, seen
        assert "Traceback" not in program.printed()
        kinds = program.python("-m", "tests.servers.result")
    names = ", ".join(name for name, _ in order)
    record_property("figures", f"restarts of {names}: {dict(sorted(seen.items(), key=str))}; left: {kinds}")


@contextmanager
def served(mail: MailServer) -> Iterator[None]:
    mail.start()
    try:
        yield
    finally:
        mail.stop()


@contextmanager
def running(folder: Path, database: Server, mail: MailServer) -> Iterator[Program]:
    variables = {"DATABASE_URL": database.url, "EMAIL_URL": f"smtp://127.0.0.1:{mail.port}"}
    with running_program(folder, **variables) as program:
        yield program


def who_book(program: Program) -> list[Customer]:
    users = program.users(students=CUSTOMERS, mentors=MENTORS)
    return [
        Customer(program, token, users.mentors, random.Random(f"{SEED}, {number}"))
        for number, token in enumerate(users.tokens[:CUSTOMERS])
    ]


def restarts(program: Program, database: Server, mail: MailServer) -> list[tuple[str, Restart]]:
    """Each of the four ROUNDS times, in an order that SEED decides."""
    chance = random.Random(SEED)

    def pause() -> None:
        time.sleep(chance.uniform(0.5, 2))

    def restart_database() -> None:
        database.stop()
        pause()
        database.start()

    def restart_mail() -> None:
        mail.stop()
        pause()
        mail.start()

    order: list[tuple[str, Restart]] = [
        ("web", lambda: end(program, "process.web_server")),
        ("worker", lambda: end(program, "mentormap.cli worker")),
        ("database", restart_database),
        ("mail server", restart_mail),
    ] * ROUNDS
    chance.shuffle(order)
    return order


def end(program: Program, words: str) -> None:
    """The supervisor starts it again. One that was ended a moment ago may have to be started first."""
    deadline = time.monotonic() + 60
    while not (found := [pid for pid in children_of(program.process.pid) if words in command_of(pid)]):
        assert time.monotonic() < deadline, words
        time.sleep(0.1)
    for pid in found:
        os.kill(pid, signal.SIGTERM)


def await_health(program: Program) -> None:
    visitor = Customer(program, "", [], random.Random(SEED))
    assert visitor.insist("health", "GET", "/health").status_code == 200


def assert_all_is_there(customers: list[Customer]) -> None:
    """What was answered with 201 is there, and what was paid is booked."""
    assert sum(len(customer.paid) for customer in customers) >= CUSTOMERS
    for customer in customers:
        for session in customer.held:
            found = customer.read(session)
            assert found["id"] == session
            if session in customer.paid:
                assert (found["status"], found["payment_status"]) == ("scheduled", "paid"), found


def await_mails(customers: list[Customer], mail: MailServer) -> None:
    """Whoever booked gets a mail about each session.

    What waited for the mail server is sent soon after it is back; what a worker had claimed when it lost the database, after its lease.
    """
    deadline = time.monotonic() + LEASE.total_seconds() + 120
    due = {f"student{number}@users.example": len(one.paid) for number, one in enumerate(customers)}
    while missing := {address for address, count in due.items() if len(mail.taken[address]) < count}:
        assert time.monotonic() < deadline, f"no mail to {missing}"
        time.sleep(1)
