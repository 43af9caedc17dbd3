"""Which days and times a month shows, in the viewer's calendar."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from mentormap.availability import slots
from mentormap.availability.open_hours import Hours
from mentormap.availability.slots import SlotInputs, SlotRules
from mentormap.availability.weekly import WeeklyRange
from mentormap.lib.spans import Span
from mentormap.web.presenters import open_month as module
from mentormap.web.presenters.open_month import OpenMonth, open_month

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def inputs(
    *hours: WeeklyRange, horizon_days: int = 60, notice_days: int = 0, now: datetime = MONDAY
) -> SlotInputs:
    notice, horizon = timedelta(days=notice_days), timedelta(days=horizon_days)
    return SlotInputs(
        hours=Hours(hours),
        zone="Europe/Berlin",
        rules=SlotRules(step_minutes=60, minimum_notice=notice, horizon=horizon),
        taken=(),
        busy=(),
        booked=(),
        duration=timedelta(hours=1),
        now=now,
    )


def wednesdays() -> WeeklyRange:
    """10:00 and 11:00 in Berlin, 9:00 and 10:00 UTC."""
    return WeeklyRange(2, time(10), time(12))


def every_day(starts: time = time(0), ends: time = time(0)) -> list[WeeklyRange]:
    return [WeeklyRange(day, starts, ends) for day in range(7)]


def show(
    asked: date | None,
    *hours: WeeklyRange,
    zone: str = "Europe/Berlin",
    horizon_days: int = 60,
    notice_days: int = 0,
) -> OpenMonth:
    made = inputs(*hours, horizon_days=horizon_days, notice_days=notice_days)
    return open_month(asked, zone=zone, inputs=made)


def test_the_first_open_day_is_shown_with_its_times() -> None:
    month = show(None, wednesdays())
    assert (month.first, month.day, month.today) == (
        date(2026, 11, 1),
        date(2026, 11, 25),
        date(2026, 11, 23),
    )
    assert month.times == [MONDAY + timedelta(days=2), MONDAY + timedelta(days=2, hours=1)]
    assert list(month.starts) == [date(2026, 11, 25)]


def test_a_month_has_all_of_its_days() -> None:
    days = show(date(2026, 12, 24), wednesdays()).days()
    assert (days[0], days[-1], len(days)) == (date(2026, 12, 1), date(2026, 12, 31), 31)


def test_a_day_that_was_asked_for_brings_its_month() -> None:
    month = show(date(2026, 12, 16), wednesdays())
    assert (month.first, month.day) == (date(2026, 12, 1), date(2026, 12, 16))


def test_a_closed_day_gives_way_to_the_next_open_one_and_the_last_to_the_first() -> None:
    assert show(date(2026, 12, 3), wednesdays()).day == date(2026, 12, 9)
    assert show(date(2026, 12, 31), wednesdays()).day == date(2026, 12, 2)


def test_months_are_turned_as_far_as_the_horizon() -> None:
    """60 days from 23 November end on 22 January."""
    months = [show(date(2026, month, 1), wednesdays()) for month in (11, 12)]
    months.append(show(date(2027, 1, 1), wednesdays()))
    assert [(month.earlier, month.later) for month in months] == [
        (None, date(2026, 12, 1)),
        (date(2026, 11, 1), date(2027, 1, 1)),
        (date(2026, 12, 1), None),
    ]


def test_months_are_turned_back_as_far_as_the_notice() -> None:
    month = show(None, wednesdays(), notice_days=20)
    assert (month.first, month.day, month.earlier) == (date(2026, 12, 1), date(2026, 12, 16), None)


@pytest.mark.parametrize("asked", [date.min, date(2020, 1, 1)])
def test_a_day_before_today_shows_this_month(asked: date) -> None:
    assert show(asked, wednesdays()).first == date(2026, 11, 1)


@pytest.mark.parametrize("asked", [date.max, date(2028, 1, 1)])
def test_a_day_beyond_the_horizon_shows_the_last_month(asked: date) -> None:
    month = show(asked, wednesdays(), horizon_days=30)
    assert (month.first, month.later) == (date(2026, 12, 1), None)


def test_where_nothing_is_open_no_day_is_shown() -> None:
    month = show(None, horizon_days=5)
    assert (month.day, month.times, month.earlier, month.later, month.elsewhere) == (
        None,
        [],
        None,
        None,
        None,
    )


def test_without_a_wish_an_empty_month_gives_way_to_the_next_open_one() -> None:
    """On the evening of the last of November."""
    month = open_month(
        None, zone="Europe/Berlin", inputs=inputs(wednesdays(), now=MONDAY + timedelta(days=7, hours=12))
    )
    assert (month.first, month.day) == (date(2026, 12, 1), date(2026, 12, 2))
    assert month.earlier == date(2026, 11, 1)


def test_an_empty_month_that_was_asked_for_names_the_next_open_day() -> None:
    evening = MONDAY + timedelta(days=7, hours=12)
    month = open_month(date(2026, 11, 30), zone="Europe/Berlin", inputs=inputs(wednesdays(), now=evening))
    assert (month.first, month.day, month.elsewhere) == (date(2026, 11, 1), None, date(2026, 12, 2))


def test_beyond_the_last_open_day_the_first_is_named() -> None:
    month = show(date(2026, 12, 20), wednesdays(), horizon_days=8)
    assert (month.first, month.elsewhere) == (date(2026, 12, 1), date(2026, 11, 25))


def test_slots_of_a_month_are_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    computed = []

    def counted(inputs: SlotInputs, *, window: Span) -> list[datetime]:
        computed.append(window)
        return slots.open_slots(inputs, window=window)

    monkeypatch.setattr(module, "open_slots", counted)
    monkeypatch.setattr(module, "next_open_slots", None)
    show(None, wednesdays())
    assert len(computed) == 1


def test_days_are_those_of_the_viewer() -> None:
    month = show(None, WeeklyRange(2, time(0), time(2)), zone="America/New_York")
    assert list(month.starts) == [date(2026, 11, 24)]
    assert month.times == [datetime(2026, 11, 24, 23, tzinfo=UTC), datetime(2026, 11, 25, 0, tzinfo=UTC)]


def test_in_apia_the_evening_in_berlin_is_the_next_day() -> None:
    """Berlin's last of November at 12:00 is the first of December at 0:00 in Apia, 13 hours before UTC."""
    noon = every_day(time(10), time(13))
    november = show(date(2026, 11, 30), *noon, zone="Pacific/Apia")
    december = show(date(2026, 12, 1), *noon, zone="Pacific/Apia")
    assert november.times == [
        datetime(2026, 11, 29, 11, tzinfo=UTC),
        datetime(2026, 11, 30, 9, tzinfo=UTC),
        datetime(2026, 11, 30, 10, tzinfo=UTC),
    ]
    assert december.times == [
        datetime(2026, 11, 30, 11, tzinfo=UTC),
        datetime(2026, 12, 1, 9, tzinfo=UTC),
        datetime(2026, 12, 1, 10, tzinfo=UTC),
    ]


def test_in_honolulu_the_morning_in_berlin_is_the_day_before() -> None:
    month = show(date(2026, 11, 30), *every_day(time(10), time(12)), zone="Pacific/Honolulu")
    assert month.times == [datetime(2026, 12, 1, 9, tzinfo=UTC), datetime(2026, 11, 30, 10, tzinfo=UTC)][::-1]


@pytest.mark.parametrize(
    ("zone", "today"), [("Pacific/Apia", date(2026, 12, 1)), ("Pacific/Honolulu", date(2026, 11, 30))]
)
def test_today_and_the_first_month_are_the_viewers(zone: str, today: date) -> None:
    """At 11:30 UTC on the last of November it is 0:30 on the first of December in Apia."""
    now = datetime(2026, 11, 30, 11, 30, tzinfo=UTC)
    month = open_month(None, zone=zone, inputs=inputs(*every_day(), now=now))
    assert (month.today, month.first, month.earlier) == (today, today.replace(day=1), None)


def test_a_day_whose_midnight_the_clocks_skip_is_whole() -> None:
    now = datetime(2026, 3, 28, 12, tzinfo=UTC)
    beirut = open_month(
        date(2026, 3, 29),
        zone="Asia/Beirut",
        inputs=replace(inputs(*every_day(), now=now), zone="Asia/Beirut"),
    )
    assert len(beirut.times) == 23


def test_every_open_start_is_in_the_month_of_its_day() -> None:
    """Whatever the zone, the months together hold each start of the horizon once."""
    all_hours = inputs(*every_day(), horizon_days=90)
    horizon = Span(MONDAY, MONDAY + timedelta(days=91))
    wanted = slots.open_slots(all_hours, window=horizon)
    for zone in ("Pacific/Apia", "Pacific/Honolulu", "Asia/Beirut", "America/Havana", "Asia/Kathmandu"):
        found, asked = [], open_month(None, zone=zone, inputs=all_hours)
        while True:
            found += [start for starts in asked.starts.values() for start in starts]
            if asked.later is None:
                break
            asked = open_month(asked.later, zone=zone, inputs=all_hours)
        assert found == wanted


def test_a_start_that_is_not_open_is_lost_where_one_looks() -> None:
    month = show(None, wednesdays())
    open_start = month.times[0]
    assert not month.has_lost(open_start)
    assert month.has_lost(open_start + timedelta(hours=5))
    assert month.has_lost(open_start + timedelta(days=1))


def test_a_start_in_another_month_is_not_lost_unless_nobody_can_book_it() -> None:
    month = show(None, wednesdays())
    assert not month.has_lost(month.times[0] + timedelta(days=14))
    assert month.has_lost(month.times[0] - timedelta(days=40))
    assert show(date(2027, 1, 6), wednesdays()).has_lost(month.times[0] + timedelta(days=90))


def lengths(*minutes: int) -> list[SlotInputs]:
    """Wednesdays from 10:00 to 12:00 in Berlin for these durations, with starts each half hour."""
    rules = SlotRules(step_minutes=30)
    return [replace(inputs(wednesdays()), duration=timedelta(minutes=each), rules=rules) for each in minutes]


def test_starts_without_room_for_the_duration_are_kept_apart() -> None:
    hour, half = lengths(60, 30)
    month = open_month(date(2026, 11, 25), zone="Europe/Berlin", inputs=hour, others=[half])
    nine = MONDAY + timedelta(days=2)
    assert month.times == [nine, nine + timedelta(minutes=30), nine + timedelta(minutes=60)]
    assert month.short_times == [nine + timedelta(minutes=90)]
    assert month.tight[nine + timedelta(minutes=90)] == 30
    assert month.listed == [nine + timedelta(minutes=30) * step for step in range(4)]


def test_a_start_says_the_longest_duration_that_it_has_room_for() -> None:
    longest, *others = lengths(120, 30, 60, 90)
    month = open_month(date(2026, 11, 25), zone="Europe/Berlin", inputs=longest, others=others)
    assert [month.tight[start] for start in month.short_times] == [90, 60, 30]


def test_for_the_shortest_duration_starts_without_room_for_more_are_marked() -> None:
    half, hour = lengths(30, 60)
    month = open_month(date(2026, 11, 25), zone="Europe/Berlin", inputs=half, others=[hour])
    assert (len(month.times), list(month.short_times)) == (4, [])
    assert [start for start in month.times if start in month.tight] == month.times[-1:]


def test_a_day_without_room_is_shown_when_it_is_asked_for_and_not_by_itself() -> None:
    """Mondays have half an hour in November, Wednesdays two hours."""
    half_an_hour = WeeklyRange(0, time(12), time(12, 30))
    hour = inputs(wednesdays(), half_an_hour)
    half = replace(hour, duration=timedelta(minutes=30))
    asked = open_month(date(2026, 11, 30), zone="Europe/Berlin", inputs=hour, others=[half])
    assert (asked.day, list(asked.times), len(asked.short_times)) == (date(2026, 11, 30), [], 1)
    assert asked.next_roomy == date(2026, 11, 25)
    first = open_month(None, zone="Europe/Berlin", inputs=hour, others=[half])
    assert first.day == date(2026, 11, 25)
