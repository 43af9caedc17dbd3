"""The worker: each job in a thread of its own, so that a slow payment service never holds up a mail, and a heartbeat.

Any number of workers may run at once: what they claim, they claim in the database.
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import close_old_connections, connection

from mentormap.lib import clock, unavailable
from mentormap.lib.backoff import Backoff
from mentormap.operations.models import Heartbeat

_log = structlog.get_logger(__name__)

BEAT: Final = timedelta(seconds=5)
STALLED: Final = timedelta(minutes=5)
"""A step that takes longer than this has hung: the heart stops, and /health says so."""
AGAIN: Final = timedelta(minutes=5)
"""A job that failed is tried again after so long, if it is not due sooner."""
LONGEST_PAUSE: Final = timedelta(seconds=15)
"""The longest pause of a job that keeps failing, which doubles its pause each time, unless it is due later anyway."""
SHUTDOWN_TIMEOUT: Final = timedelta(seconds=10)
"""How long the steps under way may take to finish after SIGTERM."""


class Away(Exception):
    """Raised by a job that needs somebody who could not be reached; its words go to the log."""


@dataclass
class Job:
    """Background work, run again `every` so often; `run` is handed the time (UTC). `busy_since` is monotonic seconds."""

    name: str
    every: timedelta
    run: Callable[[datetime], object]
    busy_since: float | None = field(default=None, init=False)
    failures: int = field(default=0, init=False)

    def step(self) -> bool:
        """Runs once; False if it failed, which is logged. The next step tries again."""
        self.busy_since = time.monotonic()
        try:
            close_old_connections()
            self.run(clock.now())
        except Away as error:
            _log.warning("job_waits", job=self.name, error=str(error))
            return False
        except Exception as error:  # noqa: BLE001 - whatever broke, the loop goes on
            self._log_failure(error)
            return False
        else:
            return True
        finally:
            close_old_connections()
            self.busy_since = None

    def _log_failure(self, error: Exception) -> None:
        """Logs a bug with its traceback, and a temporary error by its message."""
        if cause := unavailable.cause_of(error):
            _log.warning("job_waits", job=self.name, error=unavailable.in_words(cause))
        else:
            _log.exception("job_failed", job=self.name)

    def loop(self, stop: threading.Event) -> None:
        while not stop.is_set():
            self.failures = 0 if self.step() else self.failures + 1
            stop.wait(self._rest().total_seconds())
        connection.close()

    def _rest(self) -> timedelta:
        if not self.failures:
            return self.every
        doubled = Backoff(self.every, LONGEST_PAUSE).pause(self.failures)
        return min(max(self.every, doubled), AGAIN)

    def is_stalled(self) -> bool:
        since = self.busy_since
        return since is not None and time.monotonic() - since > STALLED.total_seconds()


def work(jobs: Sequence[Job], stop: threading.Event) -> None:
    """Runs the jobs until `stop` is set, then lets each finish its step."""
    threads = [threading.Thread(target=job.loop, args=(stop,), name=job.name, daemon=True) for job in jobs]
    _log.info("worker_started", jobs=[job.name for job in jobs])
    for thread in threads:
        thread.start()
    heart = Job("heartbeat", BEAT, lambda now: beat(jobs, now=now))
    heart.loop(stop)
    deadline = time.monotonic() + SHUTDOWN_TIMEOUT.total_seconds()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    _log.info("worker_stopped")


def beat(jobs: Sequence[Job], *, now: datetime) -> None:
    """Says that this worker is alive, unless one of its jobs hangs."""
    stalled = [job.name for job in jobs if job.is_stalled()]
    if stalled:
        _log.error("job_stalled", jobs=stalled)
        return
    Heartbeat.objects.beat(f"{socket.gethostname()}:{os.getpid()}", now=now)
