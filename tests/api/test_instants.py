"""Times as they come in and go out."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from mentormap.api.instants import read_instant, to_z, whole_days
from mentormap.api.problems import Problem
from mentormap.lib.spans import Span

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
        ("2026-10-25T02:30:00+02:00", "2026-10-25 00:30"),
        ("2026-10-25T02:30:00+01:00", "2026-10-25 01:30"),
    ],
)
def test_a_time_without_an_offset_is_read_in_the_zone(sent: str, instant: str) -> None:
    assert read(sent) == utc(instant)


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
    ],
)
def test_a_time_that_is_not_one_instant_is_refused_with_both(
    sent: str, zone: str, code: str, detail: str
) -> None:
    with pytest.raises(Problem) as refusal:
        read(sent, zone)
    assert (refusal.value.status, refusal.value.code, refusal.value.detail) == (422, code, detail)
    assert [error.field for error in refusal.value.errors] == ["scheduled_at"]


@pytest.mark.parametrize(
    "sent",
    [
        "2026-02-30T10:00:00",
        "2026-11-24T25:00:00",
        "2026-11-24T10:00:60",
        "0001-01-01T00:00:00+14:00",
        "2026-11-24T10:00:00+99:00",
        "0000-01-01T00:00:00Z",
    ],
)
def test_a_time_that_no_calendar_has_is_refused(sent: str) -> None:
    with pytest.raises(Problem, match=r"^There is no such time\. Write date and time like") as refusal:
        read(sent)
    assert refusal.value.status == 422


def test_a_time_goes_out_in_utc() -> None:
    cairo = timezone(timedelta(hours=2))
    assert to_z(datetime(2026, 11, 24, 18, 0, 5, 999_999, tzinfo=cairo)) == "2026-11-24T16:00:05Z"


@pytest.mark.parametrize(
    ("first", "last", "zone", "span"),
    [
        (date(2026, 11, 24), date(2026, 11, 24), BERLIN, ("2026-11-23 23:00", "2026-11-24 23:00")),
        (date(2026, 3, 29), date(2026, 3, 29), BERLIN, ("2026-03-28 23:00", "2026-03-29 22:00")),
        (date(2026, 3, 8), date(2026, 3, 8), "America/Havana", ("2026-03-08 05:00", "2026-03-09 04:00")),
        (date(2026, 11, 1), date(2026, 11, 1), "America/Havana", ("2026-11-01 04:00", "2026-11-02 05:00")),
    ],
)
def test_days_are_whole_by_the_zones_clocks(
    first: date, last: date, zone: str, span: tuple[str, str]
) -> None:
    assert whole_days(first, last, zone) == Span(utc(span[0]), utc(span[1]))
