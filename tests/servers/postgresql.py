"""A PostgreSQL server of the tests' own, in a temporary folder, reached by a socket file and by loopback."""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from tests.servers import prepared


def binaries() -> Path | None:
    """Where Debian keeps the newest server's programs; None if it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    return found[-1].parent if found else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Server:
    """A server that a test stops and starts; `url` is the DATABASE_URL of an empty database."""

    bin_dir: Path
    folder: Path
    port: int
    options: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        return f"postgresql://mentormap@127.0.0.1:{self.port}/mentormap"

    def start(self) -> None:
        usual = f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self.folder} -c max_connections=120 -c fsync=off"
        self._control("-o", " ".join([usual, *self.options]), "-l", self.folder / "log", "-w", "start")

    def stop(self, *, how: str = "immediate") -> None:
        self._control("-m", how, "stop")

    def signal(self, number: int) -> None:
        """To the server and all of its processes."""
        leader = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        for pid in [leader, *_children_of(leader)]:
            os.kill(pid, number)

    def create(self, *, is_prepared: bool) -> None:
        """From what the run has made once, if it is one."""
        data = self.folder / "data"
        made = (
            prepared.once("prepared-cluster", _make_prepared)
            if is_prepared
            else prepared.once("cluster", _make)
        )
        if made:
            _copy(made, data)
            self.start()
        else:
            self.initialise()

    def initialise(self) -> None:
        _run(
            self.bin_dir / "initdb",
            "-D",
            self.folder / "data",
            "-U",
            "mentormap",
            "--auth=trust",
            "-E",
            "UTF8",
            "--locale=C",
        )
        self.start()
        _run(
            self.bin_dir / "createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "mentormap", "mentormap"
        )

    def url_of_limited_role(self, connections: int) -> str:
        """The DATABASE_URL of a role that owns the database, with what is in it, and may hold this many connections at a time."""
        self.run(
            "CREATE ROLE app LOGIN",
            "GRANT mentormap TO app",
            f"ALTER ROLE app CONNECTION LIMIT {connections}",
        )
        return self.url.replace("//mentormap@", "//app@")

    def run(self, *statements: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def is_running(self) -> bool:
        return (self.folder / "data" / "postmaster.pid").exists()

    def _control(self, *arguments: str | Path) -> None:
        _run(self.bin_dir / "pg_ctl", "-D", self.folder / "data", *arguments)


@contextmanager
def controlled_server(*options: str, is_prepared: bool = False) -> Iterator[Server]:
    """Its database is empty, or, in a run of the tests, as after a demo's first start. The server ends and its folder goes with the block."""
    with _new_server(*options) as server:
        server.create(is_prepared=is_prepared)
        yield server


@contextmanager
def running_server(*options: str, is_prepared: bool = False) -> Iterator[str]:
    """Gives the DATABASE_URL of an empty database, or of one that is ready to serve."""
    with controlled_server(*options, is_prepared=is_prepared) as server:
        yield server.url


@contextmanager
def _new_server(*options: str) -> Iterator[Server]:
    """In a folder without data yet."""
    folder = Path(tempfile.mkdtemp(prefix="mentormap-pg-"))
    bin_dir = binaries()
    if bin_dir is None:
        raise FileNotFoundError("PostgreSQL is not installed: apt-get install postgresql")
    server = Server(bin_dir, folder, free_port(), options)
    try:
        hand_over(folder)
        yield server
    finally:
        if server.is_running():
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _make(new: Path) -> None:
    """The data of a server with an empty database."""
    with _new_server() as server:
        server.initialise()
        server.stop(how="fast")
        _copy(server.folder / "data", new)


def _make_prepared(new: Path) -> None:
    with controlled_server() as server:
        with tempfile.TemporaryDirectory() as folder:
            prepared.database(Path(folder, "data"), server.url)
        server.stop(how="fast")
        _copy(server.folder / "data", new)


def _copy(data: Path, to: Path) -> None:
    """With its owner, who is not the one that runs the tests if that is root."""
    subprocess.run(["cp", "-a", data, to], check=True)


def _children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


PLAINLY: Final = ("-p", "no:cacheprovider", "-p", "no:schemathesis", "-p", "no:xdist")


def run_again(*tests: str | Path, with_migrations: bool = False) -> None:
    """Runs these tests once more, on a server of their own. Tests of migrations alone need the tables made by them."""
    with running_server() as database_url:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                *PLAINLY,
                *([] if with_migrations else ["--no-migrations"]),
                *tests,
            ],
            env=os.environ | {"TEST_DATABASE_URL": database_url},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
    assert done.returncode == 0, done.stdout + done.stderr


def hand_over(*paths: Path) -> None:
    """PostgreSQL refuses to run as root: Debian's own user for it does."""
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        for path in paths:
            os.chown(path, owner.pw_uid, owner.pw_gid)


def _run(*command: str | Path) -> None:
    before = (
        ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
    )
    done = subprocess.run(
        [*before, *map(str, command)], cwd="/", capture_output=True, text=True, check=False, timeout=60
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")
