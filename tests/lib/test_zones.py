from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentormap.lib.spans import Span
from mentormap.lib.zones import (
    AmbiguousTime,
    NonexistentTime,
    UnknownZone,
    days_span,
    is_zone,
    present_name,
    resolve_local,
    steady_stretches,
    walltime_instants,
    zone_info,
    zone_names,
)

QUARTER = timedelta(minutes=15)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "name", ["Europe/Berlin", "Asia/Kathmandu", "Pacific/Chatham", "UTC", "Asia/Calcutta"]
)
def test_a_zone_is_known(name: str) -> None:
    assert is_zone(name)


@pytest.mark.parametrize(
    "name", ["", "Factory", "localtime", "../etc/passwd", "europe/berlin", "Mars/Base", "a\0b"]
)
def test_what_is_no_zone_is_refused(name: str) -> None:
    assert not is_zone(name)
    with pytest.raises(UnknownZone) as refusal:
        zone_info(name)
    assert refusal.value.name == name


def test_people_choose_from_the_zones_of_countries_and_utc() -> None:
    names = zone_names()
    assert list(names) == sorted(set(names))
    assert {"Europe/Berlin", "Europe/Oslo", "America/New_York", "UTC"} <= set(names)
    assert not {"US/Pacific", "Etc/GMT+5", "EST5EDT", "Asia/Calcutta"} & set(names)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("Europe/Kiev", "Europe/Kyiv"),
        ("US/Pacific", "America/Los_Angeles"),
        ("Zulu", "UTC"),
        ("Europe/Oslo", "Europe/Oslo"),
        ("Etc/GMT+5", "Etc/GMT+5"),
        ("Mars/Base", "Mars/Base"),
    ],
)
def test_an_old_name_becomes_the_present_one(sent: str, shown: str) -> None:
    assert present_name(sent) == shown


def test_every_offset_is_a_multiple_of_15_minutes() -> None:
    days = [datetime(year, month, 15, tzinfo=UTC) for year in (2026, 2031) for month in (1, 7)]
    offsets = {day.astimezone(ZoneInfo(name)).utcoffset() for name in zone_names() for day in days}
    assert {offset % QUARTER for offset in offsets if offset is not None} == {timedelta(0)}


@pytest.mark.parametrize(
    ("zone", "shown", "instants"),
    [
        ("Europe/Berlin", "2026-11-24 18:00", ["2026-11-24 17:00"]),
        ("Europe/Berlin", "2026-03-29 02:30", []),
        ("Europe/Berlin", "2026-03-29 03:00", ["2026-03-29 01:00"]),
        ("Europe/Berlin", "2026-10-25 02:30", ["2026-10-25 00:30", "2026-10-25 01:30"]),
        ("Australia/Lord_Howe", "2026-04-05 01:45", ["2026-04-04 14:45", "2026-04-04 15:15"]),
        ("Australia/Lord_Howe", "2026-10-04 02:15", []),
        ("Pacific/Apia", "2011-12-30 12:00", []),
        ("America/Havana", "2025-11-02 00:30", ["2025-11-02 04:30", "2025-11-02 05:30"]),
        ("Asia/Tokyo", "0001-01-01 00:00", []),
        ("America/New_York", "9999-12-31 23:59", []),
    ],
)
def test_instants_of_a_wall_clock_time(zone: str, shown: str, instants: list[str]) -> None:
    at = wall(shown)
    assert walltime_instants(at.date(), at.time(), zone) == tuple(instant(text) for text in instants)


def test_a_fold_flag_does_not_hide_the_other_instant() -> None:
    assert len(walltime_instants(date(2026, 10, 25), time(2, 30, fold=1), "Europe/Berlin")) == 2


def test_a_plain_time_resolves_to_utc() -> None:
    assert resolve_local(wall("2026-11-24 18:00"), "Europe/Berlin") == instant("2026-11-24 17:00")


def test_a_skipped_time_is_refused_with_its_facts() -> None:
    with pytest.raises(
        NonexistentTime, match=r"^2026-03-29 02:30 does not exist in Europe/Berlin"
    ) as refusal:
        resolve_local(wall("2026-03-29 02:30"), "Europe/Berlin")
    assert (refusal.value.naive, refusal.value.zone) == (wall("2026-03-29 02:30"), "Europe/Berlin")


def test_a_time_that_happens_twice_is_refused_with_both_instants() -> None:
    with pytest.raises(AmbiguousTime, match=r"^2026-10-25 02:30 happens twice in Europe/Berlin") as refusal:
        resolve_local(wall("2026-10-25 02:30"), "Europe/Berlin")
    assert refusal.value.instants == (instant("2026-10-25 00:30"), instant("2026-10-25 01:30"))
    assert (refusal.value.naive, refusal.value.zone) == (wall("2026-10-25 02:30"), "Europe/Berlin")


@given(st.sampled_from(zone_names()), moments)
def test_every_instant_is_found_by_its_wall_clock(zone: str, at: datetime) -> None:
    local = at.astimezone(ZoneInfo(zone))
    assert at in walltime_instants(local.date(), local.time(), zone)


def test_a_span_is_cut_where_clocks_change() -> None:
    year = Span(instant("2026-01-01 00:00:01"), instant("2027-01-01"))
    assert steady_stretches(year, "Europe/Berlin") == [
        (Span(instant("2026-01-01 00:00:01"), instant("2026-03-29 01:00")), timedelta(hours=1)),
        (Span(instant("2026-03-29 01:00"), instant("2026-10-25 01:00")), timedelta(hours=2)),
        (Span(instant("2026-10-25 01:00"), instant("2027-01-01")), timedelta(hours=1)),
    ]


def test_a_change_at_the_edge_makes_no_empty_stretch() -> None:
    change = instant("2026-03-29 01:00")
    before, after = Span(change - QUARTER, change), Span(change, change + QUARTER)
    assert steady_stretches(before, "Europe/Berlin") == [(before, timedelta(hours=1))]
    assert steady_stretches(after, "Europe/Berlin") == [(after, timedelta(hours=2))]


@pytest.mark.thorough
@given(st.sampled_from(zone_names()), moments, st.integers(1, 400))
def test_stretches_cover_the_span_with_the_right_offset(zone: str, start: datetime, days: int) -> None:
    span = Span(start, start + timedelta(days=days))
    stretches = steady_stretches(span, zone)
    pieces = [piece for piece, _ in stretches]
    assert (pieces[0].starts_at, pieces[-1].ends_at) == (span.starts_at, span.ends_at)
    assert all(one.ends_at == other.starts_at for one, other in pairwise(pieces))
    for piece, offset in stretches:
        for moment in (piece.starts_at, piece.ends_at - timedelta(microseconds=1)):
            assert moment.astimezone(ZoneInfo(zone)).utcoffset() == offset


@pytest.mark.parametrize(
    ("first", "last", "zone", "start", "end"),
    [
        ("2026-11-24", "2026-11-24", "Europe/Berlin", "2026-11-23 23:00", "2026-11-24 23:00"),
        ("2026-11-24", "2026-11-25", "Asia/Kathmandu", "2026-11-23 18:15", "2026-11-25 18:15"),
        ("2026-03-29", "2026-03-29", "Europe/Berlin", "2026-03-28 23:00", "2026-03-29 22:00"),
        ("2026-03-08", "2026-03-08", "America/Havana", "2026-03-08 05:00", "2026-03-09 04:00"),
        ("2025-11-02", "2025-11-02", "America/Havana", "2025-11-02 04:00", "2025-11-03 05:00"),
        ("2026-04-05", "2026-04-05", "Australia/Lord_Howe", "2026-04-04 13:00", "2026-04-05 13:30"),
    ],
)
def test_days_are_whole_by_the_zones_clocks(first: str, last: str, zone: str, start: str, end: str) -> None:
    days = date.fromisoformat(first), date.fromisoformat(last)
    assert days_span(*days, zone) == Span(instant(start), instant(end))


def test_a_day_that_the_clocks_skip_is_no_span() -> None:
    """Samoa went from the 29th to the 31st of December 2011."""
    assert days_span(date(2011, 12, 30), date(2011, 12, 30), "Pacific/Apia") is None
    assert days_span(date(2011, 12, 29), date(2011, 12, 30), "Pacific/Apia") == Span(
        instant("2011-12-29 10:00"), instant("2011-12-30 10:00")
    )
