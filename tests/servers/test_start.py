"""`mentormap run`: starts everything, says so, keeps it running, and ends it."""

import json
import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest
import requests

from tests.servers import prepared
from tests.servers.postgresql import free_port
from tests.servers.processes import children_of, command_of
from tests.servers.program import Program, running_program

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """With an empty data folder: it migrates and loads the demo itself."""
    folder = tmp_path_factory.mktemp("start")
    (folder / "data").mkdir(mode=0o700)
    with running_program(folder) as running:
        yield running


def one(program: Program, words: str) -> int:
    (pid,) = [pid for pid in children_of(program.process.pid) if words in command_of(pid)]
    return pid


def wait_for(condition: Callable[[], bool], *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def listens(port: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(port))) == 0


def start_again(program: Program, **variables: str) -> subprocess.CompletedProcess[str]:
    return command(program.environment | variables, "run")


def command(environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mentormap.cli", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_says_where_to_look_and_whom_to_be(program: Program) -> None:
    printed = program.printed()
    assert f"MentorMap is running: {program.url}/mentors" in printed
    for login in ("student@example.com", "olga@example.com", "mentor@example.com", "admin@example.com"):
        assert login in printed
    assert "mentormap-demo" in printed


@pytest.mark.parametrize(
    "path", ["/", "/mentors", "/mentors/", "/login", "/api/docs", "/health", "/dev/mailbox"]
)
def test_serves(program: Program, path: str) -> None:
    wait_for(lambda: requests.get(program.url + "/health", timeout=10).status_code == 200)
    assert requests.get(program.url + path, timeout=10).status_code == 200


def test_works_by_either_name_of_this_machine(program: Program) -> None:
    by_number = program.url.replace("localhost", "127.0.0.1")
    assert requests.get(by_number + "/mentors", timeout=10).status_code == 200


def test_the_doctor_finds_nothing(program: Program) -> None:
    assert "FAIL" not in program.command("doctor")


def test_no_secret_is_printed(program: Program) -> None:
    program.token("student@example.com")
    requests.get(program.url + "/metrics", headers={"Authorization": "Bearer wrong"}, timeout=10)
    requests.get(program.url + "/checkout/back/some-signed-token", timeout=10)
    data_dir = Path(program.environment["MENTORMAP_DATA_DIR"])
    secrets = json.loads((data_dir / "secrets.json").read_text())
    printed = program.printed()
    assert "route=/api/auth/login status=200" in printed
    assert [name for name, value in secrets.items() if value in printed] == []
    assert "eyJ" not in printed
    assert "some-signed-token" not in printed


def test_more_workers_may_help(program: Program) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "mentormap.cli", "worker"],
        env=program.environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as second:
        assert second.stderr
        assert "event=worker_started" in second.stderr.readline()
        wait_for(lambda: requests.get(program.url + "/health", timeout=10).status_code == 200)
        time.sleep(3)
        second.terminate()
        assert second.wait(timeout=15) == 0
        assert [line for line in second.stderr if "level=error" in line] == []


def test_stays_small(program: Program) -> None:
    pids = [program.process.pid, *children_of(program.process.pid)]
    resident = {pid: int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 for pid in pids}
    assert len(pids) == 4
    assert sum(resident.values()) < 512 * 1024 * 1024


def test_a_second_start_on_the_same_port_says_so_and_touches_nothing(
    program: Program, tmp_path: Path
) -> None:
    done = start_again(program, MENTORMAP_DATA_DIR=str(tmp_path / "other"))
    port = program.environment["PORT"]
    assert done.returncode == 1
    assert done.stdout == ""
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith(f"Port {port} is in use, perhaps by another MentorMap")
    assert not list((tmp_path / "other").glob("*.sqlite3"))


def test_a_second_start_on_the_same_data_says_so(program: Program) -> None:
    done = start_again(program, PORT=str(free_port()), SANDBOX_PORT=str(free_port()))
    assert (done.returncode, done.stdout) == (1, "")
    folder, port = program.environment["MENTORMAP_DATA_DIR"], program.environment["PORT"]
    assert done.stderr.startswith(
        f"MentorMap already runs on the data folder {folder} at http://localhost:{port}:"
    )


def test_commands_find_the_ports_of_the_program_that_runs(program: Program) -> None:
    unsaid = {
        name: value for name, value in program.environment.items() if name not in {"PORT", "SANDBOX_PORT"}
    }
    beside = Program(program.process, unsaid, program.log)
    assert f"public URL      {program.url}\n" in beside.command("doctor")


def test_a_process_that_dies_is_started_again_and_said(program: Program) -> None:
    for words, name in (
        ("mentormap.cli worker", "worker"),
        ("-m stripe_sandbox", "sandbox"),
        ("mentormap.operations.process.web_server", "web"),
    ):
        before = one(program, words)
        os.kill(before, signal.SIGKILL)
        wait_for(lambda name=name: f"The {name} process ended with code -9" in program.printed())  # type: ignore[misc]
        wait_for(lambda before=before, words=words: before not in running(program, words) != [])  # type: ignore[misc]
    wait_for(lambda: listens(program.environment["SANDBOX_PORT"]))
    assert requests.get(program.url + "/mentors", timeout=20).status_code == 200


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A program with two web processes."""
    with running_program(tmp_path_factory.mktemp("pair"), WEB_WORKERS="2") as program:
        yield program


def counted(url: str) -> float:
    """Successful views of the list of mentors, as scraped."""
    lines = requests.get(f"{url}/metrics", timeout=30).text.splitlines()
    name = 'django_http_responses_total_by_status_view_method_total{method="GET",status="200",view="mentors"}'
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name))


def test_counters_do_not_jump_between_two_web_processes(pair: Program) -> None:
    for _ in range(30):
        assert requests.get(f"{pair.url}/mentors", timeout=30).status_code == 200
    assert [counted(pair.url) for _ in range(10)] == [30.0] * 10


def test_web_processes_share_one_socket_and_a_connection_waits_for_one_of_them(pair: Program) -> None:
    words = "mentormap.operations.process.web_server"
    webs = running(pair, words)
    assert len(webs) == 2
    for pid in webs:
        os.kill(pid, signal.SIGKILL)
    assert requests.get(pair.url + "/login", timeout=30).status_code == 200
    wait_for(lambda: "The web 1 process ended" in pair.printed())
    wait_for(lambda: "The web 2 process ended" in pair.printed())
    wait_for(lambda: len(running(pair, words)) == 2)


def test_a_request_that_is_arriving_at_the_end_is_answered(tmp_path: Path) -> None:
    with running_program(tmp_path) as program, socket.socket() as client:
        client.connect(("127.0.0.1", int(program.environment["PORT"])))
        client.sendall(
            b"POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 2\r\n\r\n{"
        )
        time.sleep(0.5)
        program.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        client.sendall(b"}")
        assert client.recv(100).startswith(b"HTTP/1.1 422")
        assert program.process.wait(timeout=15) == 0


def after_a_first_start(folder: Path) -> dict[str, str]:
    """The variables of a demo that has run in this folder and has ended."""
    variables = os.environ | {
        "MENTORMAP_MODE": "demo",
        "MENTORMAP_DATA_DIR": str(folder / "data"),
        "PORT": str(free_port()),
        "SANDBOX_PORT": str(free_port()),
    }
    variables.pop("DJANGO_SETTINGS_MODULE", None)
    prepared.copy_to(folder / "data", variables)
    return variables


def running(program: Program, words: str) -> list[int]:
    return [pid for pid in children_of(program.process.pid) if words in command_of(pid)]


def test_one_signal_ends_all_and_the_data_stay(tmp_path: Path) -> None:
    with running_program(tmp_path) as first:
        token = first.token("student@example.com")
        assert_ends_all(first, signal.SIGINT)
    ports = {name: first.environment[name] for name in ("PORT", "SANDBOX_PORT")}
    with running_program(tmp_path, **ports) as second:
        answer = requests.get(
            f"{second.url}/api/sessions/", headers={"Authorization": f"Bearer {token}"}, timeout=10
        )
        assert (answer.status_code, len(answer.json())) == (200, 5)
        rows = count_of_sessions(second)
        assert_ends_all(second, signal.SIGTERM)
        assert count_of_sessions(second) == rows > 5


def assert_ends_all(program: Program, number: signal.Signals) -> None:
    pids = children_of(program.process.pid)
    program.process.send_signal(number)
    assert program.process.wait(timeout=15) == 0
    assert [pid for pid in pids if command_of(pid)] == []
    assert not listens(program.environment["PORT"])
    assert program.printed().rstrip().endswith("Stopped.")


def count_of_sessions(program: Program) -> int:
    database = Path(program.environment["MENTORMAP_DATA_DIR"], "mentormap.sqlite3")
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("SELECT count(*) FROM sessions").fetchone()[0])


def test_nothing_outlives_a_supervisor_that_was_killed(tmp_path: Path) -> None:
    with running_program(tmp_path) as program:
        pids = children_of(program.process.pid)
        program.process.kill()
        program.process.wait(timeout=10)
        wait_for(lambda: not any(command_of(pid) for pid in pids))


def test_production_refuses_people_of_the_demo_then_serves(tmp_path: Path) -> None:
    demo = after_a_first_start(tmp_path)
    production = {
        "MENTORMAP_MODE": "production",
        "HOST": "127.0.0.1",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "PUBLIC_URL": "https://mentors.example.com",
        "STRIPE_SECRET_KEY": "sk_test_not_a_real_one",
        "STRIPE_WEBHOOK_SECRET": "whsec_not_a_real_one",
        "EMAIL_URL": "smtp://127.0.0.1:1",
        "MAIL_FROM": "MentorMap <hello@example.com>",
    }
    refused = command(demo | production, "run")
    assert refused.returncode == 2
    assert refused.stderr == (
        "MentorMap cannot start:\n"
        "- In this database, people of the demo can still log in, with a password that everybody knows. "
        "Run `mentormap demo remove`.\n"
    )
    assert "57 people" in command(demo | production, "demo", "remove").stdout
    with running_program(tmp_path, **production) as program:
        by_proxy = {
            "Host": "mentors.example.com",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "203.0.113.9",
        }
        page = requests.get(f"{program.url}/login", headers=by_proxy, timeout=10)
        assert page.status_code == 200
        assert page.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
        assert "Secure" in page.headers["Set-Cookie"]
        mailbox = requests.get(f"{program.url}/dev/mailbox", headers=by_proxy, timeout=10)
        assert mailbox.status_code == 404
        assert requests.get(f"{program.url}/login", timeout=10).status_code == 400
        assert not any("stripe_sandbox" in command_of(pid) for pid in children_of(program.process.pid))
