"""How long ago something was."""

from datetime import timedelta

import pytest

from mentormap.operations.health.ages import in_words


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=-0.4), "0 s"),
        (timedelta(seconds=-3), "0 s"),
        (timedelta(seconds=59.4), "59 s"),
        (timedelta(seconds=119), "119 s"),
        (timedelta(seconds=120), "2 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=2, seconds=30), "2 h"),
        (timedelta(hours=2, minutes=5), "2 h 5 min"),
        (timedelta(hours=47), "47 h"),
        (timedelta(days=12, hours=3), "12 d"),
    ],
)
def test_ages_are_short_and_never_below_zero(age: timedelta, words: str) -> None:
    assert in_words(age) == words
