from datetime import time, timedelta

import pytest

from mentormap.availability.weekly import BadHours, NoWeekday, RangesOverlap, WallRange, WeeklyRange, in_order


@pytest.mark.parametrize(
    ("starts", "ends"),
    [
        (time(9), time(9)),
        (time(10), time(9)),
        (time(9, 10), time(10)),
        (time(9), time(10, 0, 1)),
    ],
)
def test_hours_that_cannot_be_kept_are_refused_with_their_facts(starts: time, ends: time) -> None:
    for make in (lambda: WallRange(starts, ends), lambda: WeeklyRange(0, starts, ends)):
        with pytest.raises(BadHours) as refusal:
            make()
        assert (refusal.value.starts, refusal.value.ends) == (starts, ends)


@pytest.mark.parametrize("weekday", [7, -1])
def test_there_are_seven_weekdays(weekday: int) -> None:
    with pytest.raises(NoWeekday) as refusal:
        WeeklyRange(weekday, time(9), time(10))
    assert refusal.value.weekday == weekday


def test_midnight_ends_the_day() -> None:
    whole_day = WeeklyRange(0, time(0), time(0)).wall
    assert (whole_day.opens, whole_day.closes) == (timedelta(0), timedelta(hours=24))


def test_ranges_of_a_day_are_ordered_and_may_touch() -> None:
    morning, noon, night = (
        WallRange(time(9), time(12)),
        WallRange(time(12), time(13)),
        WallRange(time(22), time(0)),
    )
    assert in_order([night, noon, morning]) == [morning, noon, night]


@pytest.mark.parametrize("other", [WallRange(time(11, 45), time(13)), WallRange(time(8), time(0))])
def test_ranges_that_share_time_are_refused(other: WallRange) -> None:
    morning = WallRange(time(9), time(12))
    with pytest.raises(RangesOverlap, match=r"overlap\. Let one end before the other starts\.$") as refusal:
        in_order([other, morning])
    assert {refusal.value.first, refusal.value.second} == {other, morning}
