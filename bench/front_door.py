"""CPU of a page through the running program, and how long pages take beside sockets that hold half a request.

    .venv-dev/bin/python bench/front_door.py [SOCKETS ...]

Everything is on loopback, as `mentormap run` starts it. SOCKETS (default: 256 and 1100) announce a body, send one byte of it
and wait; meanwhile pages are fetched one after another.
"""

import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from resource import RLIMIT_NOFILE, getrlimit, setrlimit

import requests

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.servers.processes import children_of, command_of  # noqa: E402
from tests.servers.program import Program, running_program  # noqa: E402

PAGES = 200
BESIDE = 20
HALF = b"POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nx"
TICK = 100.0
"""Clock ticks a second in /proc/PID/stat."""


def main() -> None:
    counts = [int(argument) for argument in sys.argv[1:]] or [256, 1100]
    setrlimit(RLIMIT_NOFILE, (getrlimit(RLIMIT_NOFILE)[1],) * 2)
    with tempfile.TemporaryDirectory() as folder, running_program(Path(folder)) as program:
        for path in ("/mentors/1", "/mentors", "/health"):
            print(f"{path}: {cpu_of_a_page(program, path):.1f} ms of CPU a page")
        for count in counts:
            with half_sent(program, count):
                times = [seconds_of(program, "/mentors/1") for _ in range(BESIDE)]
            print(
                f"beside {count} half-sent requests: median {statistics.median(times):.2f} s, slowest {max(times):.2f} s"
            )


def cpu_of_a_page(program: Program, path: str) -> float:
    """Milliseconds of the web processes for each of many equal pages, after a few to warm up."""
    with requests.Session() as browser:
        for _ in range(10):
            browser.get(program.url + path, timeout=20)
        before = cpu_seconds(program)
        for _ in range(PAGES):
            browser.get(program.url + path, timeout=20)
        return (cpu_seconds(program) - before) / PAGES * 1000


def cpu_seconds(program: Program) -> float:
    """User and system time of the web processes so far."""
    webs = [pid for pid in children_of(program.process.pid) if "web_server" in command_of(pid)]
    return sum(ticks(pid) for pid in webs) / TICK


def ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


@contextmanager
def half_sent(program: Program, count: int) -> Iterator[None]:
    """Holds `count` sockets that have sent a head and one byte of its body."""
    held = []
    try:
        for _ in range(count):
            held.append(socket.create_connection(("127.0.0.1", int(program.environment["PORT"])), timeout=5))
            held[-1].sendall(HALF)
        yield
    finally:
        for one in held:
            one.close()


def seconds_of(program: Program, path: str) -> float:
    """How long a page took; 10 if it did not come by then."""
    started = time.monotonic()
    try:
        requests.get(program.url + path, timeout=10)
    except requests.RequestException:
        return 10.0
    return time.monotonic() - started


if __name__ == "__main__":
    main()
