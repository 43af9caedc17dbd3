from datetime import UTC, datetime, time, timedelta

import pytest

from mentormap.availability.weekly import BadHours, OpenHours, WeeklyRange, open_hours
from mentormap.lib.spans import Span


@pytest.mark.parametrize(
    ("weekday", "starts", "ends"),
    [
        (7, time(9), time(10)),
        (-1, time(9), time(10)),
        (0, time(9), time(9)),
        (0, time(10), time(9)),
        (0, time(9, 10), time(10)),
        (0, time(9), time(10, 0, 1)),
    ],
)
def test_hours_that_cannot_be_kept_are_refused_with_their_facts(
    weekday: int, starts: time, ends: time
) -> None:
    with pytest.raises(BadHours) as refusal:
        WeeklyRange(weekday, starts, ends)
    assert (refusal.value.weekday, refusal.value.starts, refusal.value.ends) == (weekday, starts, ends)


def test_midnight_ends_the_day() -> None:
    whole_day = WeeklyRange(0, time(0), time(0))
    assert (whole_day.opens, whole_day.closes) == (timedelta(0), timedelta(hours=24))


def test_hours_of_a_window_are_cut_to_it_and_keep_their_grid() -> None:
    start = datetime(2026, 11, 24, 8, 10, tzinfo=UTC)
    found = open_hours(
        [WeeklyRange(1, time(9, 15), time(12))],
        zone="Europe/Berlin",
        step=timedelta(hours=1),
        window=Span(start + timedelta(minutes=20), start + timedelta(hours=1, minutes=20)),
    )
    assert found == OpenHours(
        spans=[Span(start + timedelta(minutes=20), start + timedelta(hours=1, minutes=20))],
        starts=frozenset([start + timedelta(hours=1, minutes=5)]),
    )
