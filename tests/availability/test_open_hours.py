from datetime import UTC, date, datetime, time, timedelta

from mentormap.availability.open_hours import DaySpan, Hours, OpenHours, open_hours
from mentormap.availability.weekly import WallRange, WeeklyRange
from mentormap.lib.spans import Span

TUESDAY = date(2026, 11, 24)
MORNING, EVENING = WallRange(time(9), time(12)), WallRange(time(18), time(20))
WEEK = [WeeklyRange(day, time(9), time(12)) for day in range(7)]


def test_hours_of_a_window_are_cut_to_it_and_keep_their_grid() -> None:
    start = datetime(2026, 11, 24, 8, 10, tzinfo=UTC)
    found = open_hours(
        Hours([WeeklyRange(1, time(9, 15), time(12))]),
        zone="Europe/Berlin",
        step=timedelta(hours=1),
        window=Span(start + timedelta(minutes=20), start + timedelta(hours=1, minutes=20)),
    )
    assert found == OpenHours(
        spans=[Span(start + timedelta(minutes=20), start + timedelta(hours=1, minutes=20))],
        starts=frozenset([start + timedelta(hours=1, minutes=5)]),
    )


def test_an_override_replaces_its_days_hours() -> None:
    hours = Hours(WEEK, {TUESDAY: [EVENING]})
    assert [list(hours.on(TUESDAY + timedelta(days=day))) for day in range(-1, 2)] == [
        [MORNING],
        [EVENING],
        [MORNING],
    ]


def test_an_override_without_ranges_closes_its_day() -> None:
    assert list(Hours(WEEK, {TUESDAY: []}).on(TUESDAY)) == []


def test_an_override_opens_a_day_that_has_no_weekly_hours() -> None:
    assert list(Hours([], {TUESDAY: [EVENING]}).on(TUESDAY)) == [EVENING]


def test_a_vacation_closes_its_first_and_last_day_and_all_between() -> None:
    hours = Hours(WEEK, {}, [DaySpan(TUESDAY, TUESDAY + timedelta(days=2))])
    is_open = [bool(hours.on(TUESDAY + timedelta(days=day))) for day in range(-1, 4)]
    assert is_open == [True, False, False, False, True]


def test_a_vacation_closes_days_with_other_hours_too() -> None:
    hours = Hours(WEEK, {TUESDAY: [EVENING]}, [DaySpan(TUESDAY, TUESDAY)])
    assert list(hours.on(TUESDAY)) == []


def test_a_day_is_one_of_the_mentors_clocks() -> None:
    """Tuesday in Auckland begins on Monday at 11:00 UTC."""
    found = open_hours(
        Hours([], {TUESDAY: [WallRange(time(0), time(1))]}),
        zone="Pacific/Auckland",
        step=timedelta(hours=1),
        window=Span(datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 11, 26, tzinfo=UTC)),
    )
    assert found.starts == {datetime(2026, 11, 23, 11, tzinfo=UTC)}
