"""Which days and times a booking form shows, in the viewer's calendar."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from mentormap.availability.slots import Diary, SlotRules
from mentormap.availability.weekly import WeeklyRange
from mentormap.web.open_days import Asked, OpenDays, open_days

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def diary(*hours: WeeklyRange, horizon_days: int = 60, now: datetime = MONDAY) -> Diary:
    return Diary(
        hours=hours,
        zone="Europe/Berlin",
        rules=SlotRules(step_minutes=60, horizon=timedelta(days=horizon_days)),
        taken=(),
        busy=(),
        duration=timedelta(hours=1),
        now=now,
    )


def wednesdays() -> WeeklyRange:
    """10:00 and 11:00 in Berlin, 9:00 and 10:00 UTC."""
    return WeeklyRange(2, time(10), time(12))


def show(asked: Asked, *hours: WeeklyRange, zone: str = "Europe/Berlin", horizon_days: int = 60) -> OpenDays:
    return open_days(asked, zone=zone, diary=diary(*hours, horizon_days=horizon_days))


def test_the_first_open_day_is_shown_with_its_times() -> None:
    days = show(Asked(), wednesdays())
    assert (days.first, days.day) == (date(2026, 11, 23), date(2026, 11, 25))
    assert days.times == [MONDAY + timedelta(days=2), MONDAY + timedelta(days=2, hours=1)]
    assert (days.earlier, days.later) == (None, date(2026, 12, 7))


def test_days_are_those_of_the_viewer() -> None:
    days = show(Asked(), WeeklyRange(2, time(0), time(2)), zone="America/New_York")
    assert list(days.starts) == [date(2026, 11, 24), date(2026, 12, 1)]
    assert days.times == [datetime(2026, 11, 24, 23, tzinfo=UTC), datetime(2026, 11, 25, 0, tzinfo=UTC)]


def test_a_picked_day_is_shown_and_brings_its_weeks() -> None:
    days = show(Asked(day=date(2026, 12, 16)), wednesdays())
    assert (days.first, days.day) == (date(2026, 12, 7), date(2026, 12, 16))
    assert (days.earlier, days.later) == (date(2026, 11, 23), date(2026, 12, 21))


def test_a_picked_start_brings_its_day() -> None:
    start = datetime(2026, 12, 16, 10, tzinfo=UTC)
    assert show(Asked(start=start), wednesdays()).day == date(2026, 12, 16)


def test_a_closed_day_gives_way_to_the_first_open_one() -> None:
    assert show(Asked(day=date(2026, 11, 24)), wednesdays()).day == date(2026, 11, 25)


@pytest.mark.parametrize("first", [date(2020, 1, 1), date.min])
def test_weeks_before_today_are_todays(first: date) -> None:
    assert show(Asked(first=first), wednesdays()).first == date(2026, 11, 23)


@pytest.mark.parametrize("asked", [Asked(first=date.max), Asked(first=date(2028, 1, 1))])
def test_weeks_beyond_the_horizon_end_with_it(asked: Asked) -> None:
    days = show(asked, wednesdays(), horizon_days=30)
    assert (days.first, days.later) == (date(2026, 12, 23), None)


def test_where_nothing_is_open_no_day_is_shown() -> None:
    days = show(Asked(), horizon_days=10)
    assert (days.day, days.times, days.earlier, days.later) == (None, [], None, None)


def test_the_first_open_start_is_found_beyond_the_first_weeks() -> None:
    late = open_days(
        Asked(),
        zone="Europe/Berlin",
        diary=diary(wednesdays(), now=MONDAY) | {"rules": SlotRules(minimum_notice=timedelta(days=20))},
    )
    assert (late.first, late.day) == (date(2026, 12, 7), date(2026, 12, 16))


def test_a_tile_for_each_day_says_whether_it_is_open() -> None:
    tiles = show(Asked(), wednesdays()).tiles("en")
    assert len(tiles) == 14
    assert [tile.date.day for tile in tiles if tile.is_open] == [25, 2]
    assert (tiles[0].weekday, tiles[0].number, tiles[0].month) == ("Mon", "23", "Nov")


def test_tiles_speak_the_viewers_language() -> None:
    assert show(Asked(), wednesdays()).tiles("de")[1].weekday == "Di."


def test_a_start_that_is_not_open_is_lost_where_one_looks() -> None:
    days = show(Asked(), wednesdays())
    open_start = days.times[0]
    assert not days.has_lost(open_start, "Europe/Berlin")
    assert days.has_lost(open_start + timedelta(hours=5), "Europe/Berlin")
    assert days.has_lost(open_start + timedelta(days=1), "Europe/Berlin")


def test_a_start_on_another_open_day_is_not_lost() -> None:
    days = show(Asked(), wednesdays())
    assert not days.has_lost(days.times[0] + timedelta(days=7), "Europe/Berlin")
    assert not days.has_lost(days.times[0] + timedelta(days=70), "Europe/Berlin")


def test_a_day_whose_midnight_the_clocks_skip_is_whole() -> None:
    now = datetime(2026, 3, 28, 12, tzinfo=UTC)
    hours = [WeeklyRange(day, time(0), time(0)) for day in range(7)]
    beirut = open_days(
        Asked(day=date(2026, 3, 29)),
        zone="Asia/Beirut",
        diary=diary(*hours, now=now) | {"zone": "Asia/Beirut"},
    )
    assert len(beirut.times) == 23
