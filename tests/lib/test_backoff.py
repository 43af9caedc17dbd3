"""Growing pauses: doubled from the first to the longest, and never more."""

from datetime import timedelta

import pytest

from mentormap.lib.backoff import Backoff, spread

BACKOFF = Backoff(timedelta(seconds=5), timedelta(minutes=1))


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 5), (2, 10), (3, 20), (4, 40), (5, 60), (6, 60), (10**9, 60)]
)
def test_pauses_double_up_to_the_longest(failures: int, seconds: int) -> None:
    assert BACKOFF.pause(failures) == timedelta(seconds=seconds)


def test_a_spread_pause_differs_by_a_tenth_at_most() -> None:
    pause = timedelta(minutes=10)
    found = {spread(pause) for _ in range(100)}
    assert len(found) > 1
    assert all(timedelta(minutes=9) <= each <= timedelta(minutes=11) for each in found)
