"""Times as they come in and go out."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from mentormap.api.instants import read_instant, to_z
from mentormap.api.problems import ApiProblem

BERLIN = "Europe/Berlin"


def read(sent: str, zone: str = BERLIN) -> datetime:
    return read_instant(sent, field="scheduled_at", zone=zone)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("sent", "instant"),
    [
        ("2026-11-24T18:00:00", "2026-11-24 17:00"),
        ("2026-07-24T18:00", "2026-07-24 16:00"),
        ("2026-11-24 18:00:00", "2026-11-24 17:00"),
        ("2026-11-24T18:00:00Z", "2026-11-24 18:00"),
        ("2026-11-24t18:00:00z", "2026-11-24 18:00"),
        ("2026-11-24T18:00:00+05:45", "2026-11-24 12:15"),
        ("2026-11-24T18:00:00.000-03:30", "2026-11-24 21:30"),
        ("2026-11-24T18:00:00-00:00", "2026-11-24 18:00"),
        ("2026-03-29T02:30:00+01:00", "2026-03-29 01:30"),
        ("2026-10-25T02:30:00+02:00", "2026-10-25 00:30"),
        ("2026-10-25T02:30:00+01:00", "2026-10-25 01:30"),
    ],
)
def test_a_time_without_an_offset_is_read_in_the_zone(sent: str, instant: str) -> None:
    assert read(sent) == utc(instant)


@pytest.mark.parametrize(
    ("sent", "zone", "instant"),
    [
        ("2026-11-24T18:00", "Asia/Kathmandu", "2026-11-24 12:15"),
        ("2026-11-24T18:00", "Pacific/Chatham", "2026-11-24 04:15"),
        ("2026-04-05T01:15", "Australia/Lord_Howe", "2026-04-04 14:15"),
        ("2026-04-05T02:00", "Australia/Lord_Howe", "2026-04-04 15:30"),
        ("2026-11-01T02:00", "America/New_York", "2026-11-01 07:00"),
    ],
)
def test_every_zone_has_its_own_reading(sent: str, zone: str, instant: str) -> None:
    assert read(sent, zone) == utc(instant)


@pytest.mark.parametrize(
    ("sent", "zone", "code", "detail"),
    [
        (
            "2026-10-25T02:30:00",
            BERLIN,
            "ambiguous-time",
            (
                "2026-10-25 02:30 happens twice in Europe/Berlin: the clocks are turned back. "
                "Write 2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00 instead."
            ),
        ),
        (
            "2026-03-29T02:30:00",
            BERLIN,
            "nonexistent-time",
            (
                "2026-03-29 02:30 does not exist in Europe/Berlin: the clocks skip it. "
                "Write 2026-03-29T01:30:00+01:00 or 2026-03-29T03:30:00+02:00 instead."
            ),
        ),
        (
            "2026-11-01T01:15",
            "America/New_York",
            "ambiguous-time",
            (
                "2026-11-01 01:15 happens twice in America/New_York: the clocks are turned back. "
                "Write 2026-11-01T01:15:00-04:00 or 2026-11-01T01:15:00-05:00 instead."
            ),
        ),
        (
            "2026-04-05T01:45",
            "Australia/Lord_Howe",
            "ambiguous-time",
            (
                "2026-04-05 01:45 happens twice in Australia/Lord_Howe: the clocks are turned back. "
                "Write 2026-04-05T01:45:00+11:00 or 2026-04-05T01:45:00+10:30 instead."
            ),
        ),
        (
            "2026-10-04T02:15",
            "Australia/Lord_Howe",
            "nonexistent-time",
            (
                "2026-10-04 02:15 does not exist in Australia/Lord_Howe: the clocks skip it. "
                "Write 2026-10-04T01:45:00+10:30 or 2026-10-04T02:45:00+11:00 instead."
            ),
        ),
        (
            "2026-03-08T00:00",
            "America/Havana",
            "nonexistent-time",
            (
                "2026-03-08 00:00 does not exist in America/Havana: the clocks skip it. "
                "Write 2026-03-07T23:00:00-05:00 or 2026-03-08T01:00:00-04:00 instead."
            ),
        ),
    ],
)
def test_a_time_that_is_not_one_instant_is_refused_with_both(
    sent: str, zone: str, code: str, detail: str
) -> None:
    with pytest.raises(ApiProblem) as refusal:
        read(sent, zone)
    assert (refusal.value.status, refusal.value.code, refusal.value.detail) == (422, code, detail)
    assert [error.field for error in refusal.value.errors] == ["scheduled_at"]


@pytest.mark.parametrize(
    "sent",
    [
        "2026-02-30T10:00:00",
        "2026-11-24T25:00:00",
        "2026-11-24T10:00:60",
        "2026-11-24T10:00:00+99:00",
        "0000-01-01T00:00:00Z",
    ],
)
def test_a_time_that_no_calendar_has_is_refused(sent: str) -> None:
    with pytest.raises(ApiProblem, match=r"^There is no such time\. Write date and time like") as refusal:
        read(sent)
    assert refusal.value.status == 422


def test_a_time_goes_out_in_utc() -> None:
    cairo = timezone(timedelta(hours=2))
    assert to_z(datetime(2026, 11, 24, 18, 0, 5, 999_999, tzinfo=cairo)) == "2026-11-24T16:00:05Z"


@pytest.mark.parametrize(
    "sent",
    [
        "0001-01-01T00:00:00",
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59",
        "9999-12-31T23:59:59Z",
        "1999-12-31T23:59:59Z",
        "2200-01-01T00:00:00-12:00",
    ],
)
def test_years_far_away_are_refused(sent: str) -> None:
    """A day before or after them would leave the calendar."""
    with pytest.raises(ApiProblem) as refused:
        read(sent)
    assert (refused.value.status, refused.value.detail) == (422, "Write a time of the years 2000 to 2199.")
