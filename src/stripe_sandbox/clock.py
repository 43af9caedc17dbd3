"""The sandbox's clock: real time, moved forward on request, so that nobody waits 30 minutes in a test."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

FARTHEST: Final = 50 * 366 * 24 * 60 * 60


@dataclass
class Clock:
    """Unix seconds. Only ever moved forward: Stripe's lists are ordered by creation."""

    offset: int = 0
    real: Callable[[], float] = time.time

    def now(self) -> int:
        return int(self.real()) + self.offset

    def advance(self, seconds: int) -> None:
        """Raises ValueError for a move that is not forward, or beyond what a calendar holds."""
        if not 0 <= seconds <= FARTHEST - self.offset:
            raise ValueError(f"The clock can only be moved forward, and by {FARTHEST} seconds in all.")
        self.offset += int(seconds)
