"""The whole program as an operator starts it: `mentormap run` in a folder of its own, on ports of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from tests.servers import prepared
from tests.servers.postgresql import free_port

START_SECONDS = 90
PASSWORD = "mentormap-demo"


@dataclass(frozen=True)
class Users:
    """Bearer tokens of the students, then of the mentors; the mentors' numbers."""

    tokens: list[str]
    mentors: list[int]


@dataclass
class Program:
    """A running program. `log` holds what it printed, console mails among it."""

    process: subprocess.Popen[bytes]
    environment: dict[str, str]
    log: Path

    @property
    def url(self) -> str:
        return f"http://localhost:{self.environment['PORT']}"

    def printed(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def command(self, *arguments: str) -> str:
        """What `mentormap ARGUMENTS` prints, run beside the program on the same data."""
        return self.python("-m", "mentormap.cli", *arguments)

    def python(self, *arguments: str) -> str:
        """What Python prints that runs beside the program, or after it, on the same data."""
        done = subprocess.run(
            [sys.executable, *arguments],
            env=self.environment | {"DJANGO_SETTINGS_MODULE": "mentormap.settings.base"},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def users(self, *, students: int, mentors: int = 0) -> Users:
        """Many new people, logged in."""
        return Users(**json.loads(self.python("-m", "tests.servers.users", str(students), str(mentors))))

    def token(self, email: str, password: str = PASSWORD) -> str:
        """A bearer token."""
        answer = requests.post(
            f"{self.url}/api/auth/login", json={"email": email, "password": password}, timeout=30
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])


@contextmanager
def running_program(folder: Path, **variables: str) -> Iterator[Program]:
    """Starts it with these variables, waits until it answers, and ends every process of it afterwards.

    A demo finds a data folder with secrets, static files, and tables and people on SQLite, unless there is one already.
    """
    ports = {"PORT": str(free_port()), "SANDBOX_PORT": str(free_port())}
    inherited = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    environment = (
        inherited | ports | {"MENTORMAP_DATA_DIR": str(folder / "data"), "MENTORMAP_MODE": "demo"} | variables
    )
    if environment["MENTORMAP_MODE"] == "demo" and not (folder / "data").exists():
        prepared.copy_to(folder / "data", environment)
    log = folder / "log.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "mentormap.cli", "run"],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    program = Program(process, environment, log)
    try:
        _await(program)
        yield program
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def _await(program: Program) -> None:
    """The program says where it runs once web and sandbox answer."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if "MentorMap is running" in program.printed():
            return
        assert program.process.poll() is None, program.printed()
        time.sleep(0.2)
    raise TimeoutError(program.printed())
