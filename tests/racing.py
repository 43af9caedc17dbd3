"""The one way to make a race in a test: threads with connections of their own, which begin together and can meet on their way.

Who meets waits until each of the others has come there too, is over, or stands in a statement that the database does not let it
finish. So no test guesses how long the others take: on PostgreSQL all come to the meeting, on SQLite the one that holds the lock.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Barrier, local
from typing import Any, Final, TypeVar

import pytest
from django.db import connection, transaction

from mentormap.bookings.errors import Refused

STANDS_AFTER: Final = 0.15
"""Seconds in one statement after which it is taken to wait for a lock."""
GIVES_UP_AFTER: Final = 5.0
"""Seconds after which who meets goes on, such as when another waits for it by other means than a lock."""
_LOOKS_EVERY: Final = 0.005

T = TypeVar("T")
Work = Callable[[], object]
_here = local()


@dataclass
class _Runner:
    """One thread of a race, as the others see it."""

    asks_since: float | None = None
    has_come: bool = False

    def goes_on(self) -> bool:
        since = self.asks_since
        stands = since is not None and time.monotonic() - since > STANDS_AFTER
        return not (self.has_come or stands)

    @contextmanager
    def running(self, race: "Sequence[_Runner]") -> Iterator[None]:
        _here.runner, _here.race = self, race
        try:
            with connection.execute_wrapper(self._ask):
                yield
        finally:
            self.has_come = True
            connection.close()

    def _ask(self, execute: Callable[..., object], *asked: Any) -> object:
        self.asks_since = time.monotonic()
        try:
            return execute(*asked)
        finally:
            self.asks_since = None


def all_at_once(works: Sequence[Work]) -> list[object]:
    """What each gave, or how it was refused; any other exception fails the test."""
    start, race = Barrier(len(works)), [_Runner() for _ in works]

    def run(runner: _Runner, work: Work) -> object:
        with runner.running(race):
            start.wait()
            try:
                return work()
            except Refused as refusal:
                return refusal

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, race, works))


def meet_after(monkeypatch: pytest.MonkeyPatch, module: object, name: str) -> None:
    """Each has done `module.name` before any of them goes on, as far as the database lets them."""
    do = getattr(module, name)

    def done(*args: Any, **kwargs: Any) -> object:
        given = do(*args, **kwargs)
        _here.runner.has_come = True  # who comes again, as after a conflict, finds that all have come
        _await(_here.race)
        return given

    monkeypatch.setattr(module, name, done)


def while_undecided(faster: Callable[[], object], slower: Callable[[], T]) -> T:
    """What the slower one gave, which began before the faster one's transaction was over."""
    runner = _Runner()

    def work() -> T:
        with runner.running([runner]):
            return slower()

    with ThreadPoolExecutor(1) as workers:
        with transaction.atomic():
            faster()
            answer = workers.submit(work)
            _await([runner])
        return answer.result()


def _await(race: Sequence[_Runner]) -> None:
    deadline = time.monotonic() + GIVES_UP_AFTER
    while any(runner.goes_on() for runner in race) and time.monotonic() < deadline:
        time.sleep(_LOOKS_EVERY)
