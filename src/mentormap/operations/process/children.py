"""The processes of one start: each in a group of its own, started again when it dies, ended together."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

GRACE: Final = 12.0
"""Seconds that a process has to finish its step after SIGTERM: longer than the longest call to Stripe or a mail server."""
PAUSES: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before a process that died is started again: longer each time, until it has lived for a minute."""
_SETTLED: Final = 60.0
_PR_SET_PDEATHSIG: Final = 1
_MEMORY: Final = {"MALLOC_MMAP_THRESHOLD_": str(1024 * 1024)}
"""glibc keeps freed pieces of up to 32 MB for each thread, such as those of password hashes; from 1 MB on it gives them back.

https://www.gnu.org/software/libc/manual/html_node/Memory-Allocation-Tunables.html
"""


@dataclass
class Child:
    """One process and how to start it; `started_at` and `retry_at` are monotonic times."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    descriptors: Sequence[int] = ()
    """Open files that it inherits, by number."""
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    started_at: float = field(default=0.0, init=False)
    retry_at: float | None = field(default=None, init=False)
    deaths: int = field(default=0, init=False)

    def start(self) -> None:
        self.retry_at = None
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            env={**_MEMORY, **os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=self.descriptors,
            preexec_fn=_end_with_parent,  # noqa: PLW1509 - the supervisor has one thread
        )

    def look(self) -> str | None:
        """A sentence when the process is found dead; starts it again once the pause is over."""
        if self.process is None:
            return None
        if self.retry_at is not None:
            if time.monotonic() >= self.retry_at:
                self.start()
            return None
        if (code := self.process.poll()) is None:
            return None
        self.signal(signal.SIGKILL)  # what its group still holds, such as the port
        pause = self._pause()
        self.retry_at = time.monotonic() + pause
        return f"The {self.name} process ended with code {code}; it starts again in {pause:.0f} s."

    def _pause(self) -> float:
        has_settled = time.monotonic() - self.started_at > _SETTLED
        self.deaths = 1 if has_settled else self.deaths + 1
        return PAUSES[min(self.deaths, len(PAUSES)) - 1]

    def signal(self, number: int) -> None:
        """Signals the whole group, including processes that it has started."""
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None


def end_all(children: Sequence[Child]) -> None:
    """SIGTERM to all at once; what has not ended in GRACE is killed."""
    for child in children:
        child.signal(signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    while any(child.is_running() for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    for child in children:
        child.signal(signal.SIGKILL)
        if child.process is not None:
            child.process.wait()


def _end_with_parent() -> None:
    """On Linux a child gets SIGTERM when the supervisor dies, even by SIGKILL (prctl(2))."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
