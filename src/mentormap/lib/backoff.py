"""Pauses between tries that fail again and again."""

from dataclasses import dataclass
from datetime import timedelta
from random import SystemRandom
from typing import Final

_MOST_DOUBLINGS: Final = 20
_random: Final = SystemRandom()


@dataclass(frozen=True)
class Backoff:
    """Pauses for `first` after the first failure, and twice as long after each further one, up to `longest`."""

    first: timedelta
    longest: timedelta

    def pause(self, failures: int) -> timedelta:
        """After this many failures in a row; one, if there was none."""
        return min(self.first * (1 << min(max(failures, 1) - 1, _MOST_DOUBLINGS)), self.longest)


def spread(pause: timedelta) -> timedelta:
    """The pause, give or take a tenth, so that what failed together is not tried again together."""
    return pause * _random.uniform(0.9, 1.1)
