"""The sandbox's clock: real time, moved forward on request, so that nobody waits 30 minutes in a test."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Clock:
    """Unix seconds. Only ever moved forward: Stripe's lists are ordered by creation."""

    offset: int = 0
    real: Callable[[], float] = time.time

    def now(self) -> int:
        return int(self.real()) + self.offset

    def advance(self, seconds: int) -> None:
        if seconds < 0:
            raise ValueError("The clock can only be moved forward.")
        self.offset += seconds
