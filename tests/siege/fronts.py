"""What stands in front of the program: nothing, nginx or Caddy, the latter two as shipped in deploy/."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from resource import RLIMIT_NOFILE, getrlimit, setrlimit
from typing import Final

from tests.servers.postgresql import free_port
from tests.servers.program import running_program
from tests.servers.proxies import caddy, certify, nginx
from tests.siege.site import Site

FRONTS: Final = ("alone", "nginx", "caddy")


@contextmanager
def besieged(folder: Path, front: str, **variables: str) -> Iterator[Site]:
    """A demo with its sandbox, its people and its mailbox, behind this front."""
    more_files()
    if front == "alone":
        with running_program(folder, **variables) as program:
            yield Site(program, program.url)
        return
    port, plain = free_port(), free_port()
    url = f"https://localhost:{port}"
    certify(folder)
    with ExitStack() as stack:
        program = stack.enter_context(running_program(folder, PUBLIC_URL=url, **variables))
        upstream = int(program.environment["PORT"])
        if front == "nginx":
            stack.enter_context(nginx(folder, {"80": plain, "443": port, "3002": upstream}))
        else:
            stack.enter_context(caddy(folder, port=port, upstream=upstream))
        yield Site(program, url, str(folder / "fullchain.pem"))


def more_files() -> None:
    """As many open sockets as the system allows."""
    _, hard = getrlimit(RLIMIT_NOFILE)
    setrlimit(RLIMIT_NOFILE, (hard, hard))
