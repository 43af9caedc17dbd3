"""Weekly hours as they are typed into the form."""

from datetime import time

import pytest
from django.http import QueryDict

from mentormap.availability.weekly import WeeklyRange
from mentormap.web.presenters.hour_rows import HourRow
from mentormap.web.presenters.typed_hours import Days


def typed(text: str) -> Days:
    return Days.from_form(QueryDict(text))


def test_rows_become_ranges_and_empty_rows_count_nothing() -> None:
    days = typed(
        "starts_0=09:00&ends_0=12:00&starts_0=&ends_0=&starts_0=13:15&ends_0=17:00&starts_6=22:00&ends_6=00:00"
    )
    assert days.ranges() == [
        WeeklyRange(0, time(9), time(12)),
        WeeklyRange(0, time(13, 15), time(17)),
        WeeklyRange(6, time(22), time(0)),
    ]
    assert days.errors == {}


@pytest.mark.parametrize("end", ["24:00", "00:00"])
def test_the_day_ends_at_midnight_by_either_name(end: str) -> None:
    assert typed(f"starts_0=9:00&ends_0={end}").ranges() == [WeeklyRange(0, time(9), time(0))]


@pytest.mark.parametrize(
    "row", ["starts_1=09:00&ends_1=", "starts_1=&ends_1=10:00", "starts_1=nine&ends_1=10:00"]
)
def test_half_a_range_is_refused_by_its_day(row: str) -> None:
    days = typed(row)
    assert days.ranges() == []
    assert days.errors == {1: ["Tuesday: write both times, such as 09:00 and 12:30."]}


@pytest.mark.parametrize(
    "row", ["starts_2=09:10&ends_2=10:00", "starts_2=22:00&ends_2=02:00", "starts_2=09:00&ends_2=09:00"]
)
def test_hours_off_the_grid_or_backwards_are_refused_by_their_day(row: str) -> None:
    days = typed(row)
    assert days.ranges() == []
    (sentence,) = days.errors[2]
    assert sentence.startswith("Wednesday: Hours from ")
    assert "quarter of an hour" in sentence


def test_overlapping_ranges_are_refused_by_their_day() -> None:
    days = typed("starts_4=09:00&ends_4=12:00&starts_4=11:45&ends_4=13:00")
    assert days.ranges() == []
    assert days.errors == {
        4: ["Friday: 09:00 to 12:00 and 11:45 to 13:00 overlap. Let one end before the other starts."]
    }


def test_buttons_add_and_remove_rows_and_copy_monday() -> None:
    days = typed("starts_0=09:00&ends_0=12:00&starts_5=10:00&ends_5=11:00&starts_5=12:00&ends_5=13:00")
    days.change(QueryDict("add=5"))
    days.change(QueryDict("remove=5-0"))
    days.change(QueryDict("copy=0"))
    assert days.rows == {
        **{day: [HourRow("09:00", "12:00")] for day in range(5)},
        5: [HourRow("12:00", "13:00"), HourRow()],
        6: [],
    }


@pytest.mark.parametrize(
    "pressed",
    [
        "add=7",
        "add=x",
        "remove=0-9",
        "remove=9-0",
        "remove=",
        "remove=0-x",
        pytest.param(f"remove=0-{'9' * 5000}", id="remove=0-999…"),
    ],
)
def test_buttons_that_were_not_there_do_nothing(pressed: str) -> None:
    days = typed("starts_0=09:00&ends_0=12:00")
    days.change(QueryDict(pressed))
    assert days.ranges() == [WeeklyRange(0, time(9), time(12))]


def test_every_day_has_a_row_to_fill_in() -> None:
    shown = Days.of([WeeklyRange(1, time(9), time(0))]).by_weekday()
    assert [label for _, label, _, _ in shown][:2] == ["Monday", "Tuesday"]
    assert [rows for _, _, rows, _ in shown] == [[HourRow()], [HourRow("09:00", "00:00")], *[[HourRow()]] * 5]
