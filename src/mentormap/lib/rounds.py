"""Background work in rounds that end in time: what is left waits for the next round."""

from collections.abc import Iterable, Iterator
from time import monotonic
from typing import Final, TypeVar

T = TypeVar("T")

ROUND_SECONDS: Final = 30.0
"""How long one round may go on to take up work; what it has begun, it finishes."""


def within_time_budget(items: Iterable[T], *, seconds: float = ROUND_SECONDS) -> Iterator[T]:
    """The items, until that time has passed; the first comes in any case."""
    ends = monotonic() + seconds
    for item in items:
        yield item
        if monotonic() >= ends:
            return
