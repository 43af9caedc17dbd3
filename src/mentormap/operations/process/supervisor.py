"""Keeps web, worker and sandbox running until it has to stop: `mentormap run` becomes this once the data is ready.

It reads the settings but never sets Django up, so that it costs next to no memory.
"""

import http.client
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from mentormap.operations.health import metric_files
from mentormap.operations.process.children import Child, end_all
from mentormap.operations.process.ports import listen

STEP: Final = 0.2
"""Seconds between two looks at the children."""
GRACE: Final = 30.0
"""Seconds after which the greeting no longer waits for the worker, if the web server answers."""
OK: Final = 200


def main() -> None:
    """`argv` holds the numbers of the inherited files that lock this start's data folder and ports: they stay open to the end."""
    for descriptor in sys.argv[1:]:
        os.set_inheritable(int(descriptor), False)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    together = metric_files.new_folder(settings.DATA_DIR) if settings.WEB_WORKERS > 1 else None
    listener = listen(settings.HOST, settings.PORT)
    children = plan(listener.fileno(), together)
    try:
        for child in children:
            child.start()
        watch(children)
    except Stopped:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        _print("Stopping.")
    finally:
        listener.close()
        end_all(children)
        if together:
            metric_files.remove(together)
    _print("Stopped.")


class Stopped(BaseException):
    """Ctrl-C or SIGTERM, wherever the supervisor was."""


def _stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - signal's signature
    raise Stopped


def plan(listener: int, together: Path | None = None) -> list[Child]:
    """Lists the processes to run: the sandbox first, because it is the quickest to start.

    All web processes accept from one listening socket, which stays open here, so connections wait while one restarts. They share
    their metrics in the folder `together`.
    """
    names = [f"web {number}" for number in range(1, settings.WEB_WORKERS + 1)]
    metrics_environment = {metric_files.VARIABLE: str(together)} if together else {}
    children = [
        *(_web(name, listener, metrics_environment) for name in (names if len(names) > 1 else ["web"])),
        Child(name="worker", command=_python("mentormap.cli", "worker"), environment={}),
    ]
    if settings.SANDBOX:
        sandbox = Child(name="sandbox", command=_python("stripe_sandbox"), environment=sandbox_environment())
        children.insert(0, sandbox)
    return children


def _web(name: str, listener: int, environment: dict[str, str]) -> Child:
    command = _python("mentormap.operations.process.web_server", str(listener))
    return Child(name=name, command=command, environment=environment, descriptors=[listener])


def sandbox_environment() -> dict[str, str]:
    """The sandbox is a program of its own: all that it knows of us."""
    return {
        "SANDBOX_PORT": str(settings.SANDBOX_PORT),
        "SANDBOX_DATA": str(settings.DATA_DIR / "sandbox.sqlite3"),
        "SANDBOX_API_KEY": settings.STRIPE_SECRET_KEY,
        "SANDBOX_WEBHOOK_URL": f"http://127.0.0.1:{settings.PORT}/api/payments/webhook",
        "SANDBOX_WEBHOOK_SECRET": settings.STRIPE_WEBHOOK_SECRETS[0],
        "SANDBOX_PUBLIC_URL": settings.CHECKOUT_ORIGIN,
    }


def watch(children: list[Child]) -> None:
    """Starts again what dies, and says once where to look; ends only by a signal."""
    impatient_at, announced = time.monotonic() + GRACE, False
    while True:
        for child in children:
            if sentence := child.look():
                _print(sentence)
        if not announced and (_is_ready() or (time.monotonic() > impatient_at and _web_answers())):
            announced = True
            _print(greeting())
        time.sleep(STEP)


def _is_ready() -> bool:
    """Returns whether all children do their work: /health knows of the worker."""
    return (
        not settings.SANDBOX or _status("127.0.0.1", settings.SANDBOX_PORT, "/") == OK
    ) and _health() == OK


def _web_answers() -> bool:
    return _health() is not None


def _health() -> int | None:
    host = "127.0.0.1" if settings.HOST in {"0.0.0.0", ""} else settings.HOST  # noqa: S104
    return _status(host, settings.PORT, "/health", name=urlsplit(settings.PUBLIC_URL).netloc)


def _status(host: str, port: int, path: str, *, name: str = "") -> int | None:
    """The status of an answer, None without one; `name` is the Host to ask for."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": name} if name else {})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def greeting() -> str:
    """The site's address, and in demo mode the accounts."""
    if not settings.DEMO:
        return f"MentorMap is running: {settings.PUBLIC_URL} by way of {settings.HOST}:{settings.PORT}."
    lines = [
        "",
        f"  MentorMap is running: {settings.PUBLIC_URL}/mentors",
        f"  Mail it sends:        {settings.PUBLIC_URL}/dev/mailbox",
        f"  API:                  {settings.PUBLIC_URL}/api/docs",
        "",
        "  Log in as student@example.com, olga@example.com (students), mentor@example.com (Maya, a mentor)",
        "  or admin@example.com (an operator, at /admin), each with the password mentormap-demo.",
    ]
    if settings.SANDBOX:
        lines.append(
            "  Pay with the test card 4242 4242 4242 4242, any future date, any CVC: no real money moves."
        )
    return "\n".join([*lines, "", "  Ctrl-C stops it; the data stays in " + str(settings.DATA_DIR) + ".", ""])


def _python(*module_and_arguments: str) -> list[str]:
    return [sys.executable, "-m", *module_and_arguments]


def _print(text: str) -> None:
    """Ignores a console or a log file on a full disk that accepts no more text."""
    with suppress(OSError):
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
