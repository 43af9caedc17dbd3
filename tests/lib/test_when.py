from datetime import UTC, date, datetime, timedelta

import pytest

from mentormap.lib.when import (
    When,
    format_clock,
    format_day,
    format_full_day,
    format_month,
    format_until,
    format_when,
    month_names,
    weekday_names,
    when,
    zone_choices,
    zone_label,
    zone_name,
)
from mentormap.lib.zones import UnknownZone, zone_names

EVENING = datetime(2026, 11, 24, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "locale", "text"),
    [
        ("Europe/Berlin", "en", "Tue 24 Nov 2026, 18:00 (Europe/Berlin)"),
        ("America/New_York", "en", "Tue 24 Nov 2026, 12:00 (America/New York)"),
        ("Asia/Kathmandu", "en", "Tue 24 Nov 2026, 22:45 (Asia/Kathmandu)"),
        ("Pacific/Auckland", "en", "Wed 25 Nov 2026, 06:00 (Pacific/Auckland)"),
        ("Europe/Berlin", "en-US", "Tue, Nov 24, 2026, 6:00\u202fPM (Europe/Berlin)"),
        ("Europe/Berlin", "de", "Di., 24. Nov. 2026, 18:00 (Europe/Berlin)"),
    ],
)
def test_a_time_is_shown_with_its_zone(zone: str, locale: str, text: str) -> None:
    assert format_when(EVENING, zone, locale) == text


def test_a_time_comes_in_parts() -> None:
    assert when(EVENING, "Europe/Berlin", "en") == When("Tue 24 Nov 2026", "18:00", "Europe/Berlin")


def test_in_the_hour_that_happens_twice_the_offset_is_named() -> None:
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert format_when(first, "Europe/Berlin", "en") == "Sun 25 Oct 2026, 02:30 (Europe/Berlin, GMT+2)"
    assert format_when(second, "Europe/Berlin", "en") == "Sun 25 Oct 2026, 02:30 (Europe/Berlin, GMT+1)"


def test_a_near_day_is_shown_without_its_year() -> None:
    assert [format_day(date(2026, 11, 24), locale) for locale in ("en", "de")] == [
        "Tue 24 Nov",
        "Di., 24. Nov.",
    ]


def test_the_time_of_day_alone() -> None:
    assert format_clock(EVENING, "Asia/Kathmandu", "en") == "22:45"


@pytest.mark.parametrize(
    ("zone", "locale", "label"),
    [
        ("Europe/Berlin", "en", "Europe/Berlin (GMT+1)"),
        ("America/St_Johns", "en", "America/St Johns (GMT\N{MINUS SIGN}3:30)"),
        ("Asia/Kathmandu", "fr", "Asia/Kathmandu (UTC+5:45)"),
        ("UTC", "en", "UTC (GMT)"),
    ],
)
def test_a_zone_is_labelled_with_its_offset(zone: str, locale: str, label: str) -> None:
    assert zone_label(zone, at=EVENING, locale=locale) == label


def test_the_offset_is_the_one_of_that_day() -> None:
    assert (
        zone_label("Europe/Berlin", at=datetime(2026, 7, 1, tzinfo=UTC), locale="en")
        == "Europe/Berlin (GMT+2)"
    )


def test_every_zone_can_be_chosen() -> None:
    choices = zone_choices(at=EVENING, locale="en")
    assert tuple(name for name, _ in choices) == zone_names()
    assert dict(choices)["Europe/Berlin"] == "Europe/Berlin (GMT+1)"


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(UnknownZone):
        format_when(EVENING, "Mars/Base", "en")


def test_a_zone_is_named_without_underscores() -> None:
    assert zone_name("America/Argentina/Buenos_Aires") == "America/Argentina/Buenos Aires"


def test_a_day_in_full_and_its_month() -> None:
    day = date(2026, 11, 24)
    assert [format_full_day(day, locale) for locale in ("en", "en-US", "de")] == [
        "Tuesday 24 November 2026",
        "Tuesday, November 24, 2026",
        "Dienstag, 24. November 2026",
    ]
    assert [format_month(day, locale) for locale in ("en", "fr")] == ["November 2026", "novembre 2026"]


def test_weeks_begin_where_the_locale_has_it() -> None:
    assert [weekday_names(locale)[0] for locale in ("en", "en-US", "ar-EG")] == [
        ("Mon", "Monday"),
        ("Sun", "Sunday"),
        ("السبت", "السبت"),
    ]
    assert (len(weekday_names("en")), weekday_names("en")[6]) == (7, ("Sun", "Sunday"))


def test_months_have_names() -> None:
    assert month_names("en")[::11] == [("Jan", "January"), ("Dec", "December")]


@pytest.mark.parametrize(
    ("left", "text"),
    [
        ({"seconds": 20}, "in 1 minute"),
        ({"minutes": 89}, "in 89 minutes"),
        ({"minutes": 100}, "in 1 hour"),
        ({"hours": 47, "minutes": 59}, "in 47 hours"),
        ({"days": 13, "hours": 23}, "in 13 days"),
    ],
)
def test_the_time_till_then_is_never_rounded_up(left: dict[str, int], text: str) -> None:
    assert format_until(EVENING + timedelta(**left), now=EVENING, locale="en") == text


def test_clocks_that_show_a_time_twice_are_told_apart() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert [format_clock(first + timedelta(hours=hour), "Europe/Berlin", "en") for hour in (0, 1, 2)] == [
        "02:30, GMT+2",
        "02:30, GMT+1",
        "03:30",
    ]
