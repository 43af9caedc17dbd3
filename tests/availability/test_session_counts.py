from datetime import UTC, datetime

from mentormap.availability.session_counts import SessionCounts

MONDAY_LATE = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
"""Tuesday in Berlin."""
SUNDAY = datetime(2026, 11, 22, 12, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 24, 12, tzinfo=UTC)
NEXT_SUNDAY = datetime(2026, 11, 29, 22, 59, tzinfo=UTC)
NEXT_MONDAY = datetime(2026, 11, 29, 23, 0, tzinfo=UTC)
"""By the clocks of Berlin."""


def test_days_are_those_of_the_zone() -> None:
    counts = SessionCounts.of([MONDAY_LATE, SUNDAY, TUESDAY], "Europe/Berlin")
    assert [counts.on_day_of(start) for start in (SUNDAY, MONDAY_LATE, TUESDAY, NEXT_MONDAY)] == [1, 2, 2, 0]
    assert SessionCounts.of([MONDAY_LATE], "UTC").on_day_of(TUESDAY) == 0


def test_weeks_begin_on_monday_by_the_clocks_of_the_zone() -> None:
    counts = SessionCounts.of([SUNDAY, TUESDAY, NEXT_SUNDAY, NEXT_MONDAY], "Europe/Berlin")
    assert [counts.in_week_of(start) for start in (SUNDAY, TUESDAY, NEXT_SUNDAY, NEXT_MONDAY)] == [1, 2, 2, 1]
