from datetime import UTC, date, datetime, time

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from mentormap.availability.all_hours import hours_by_mentor
from mentormap.availability.models import DateOverride, Vacation
from mentormap.availability.open_hours import DaySpan, Hours
from mentormap.availability.weekly import WallRange, WeeklyRange
from mentormap.lib.spans import Span
from tests import make

pytestmark = pytest.mark.django_db

TUESDAY, FRIDAY = date(2026, 11, 24), date(2026, 11, 27)
WINDOW = Span(datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 30, tzinfo=UTC))
WEEK = [WeeklyRange(day, time(8), time(20)) for day in range(7)]


def test_hours_of_several_mentors_are_read_at_once(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    maya, noor, emil = make.mentor(), make.mentor(make.person("Noor")), make.mentor(make.person("Emil"))
    for starts, ends in ((time(18), time(0)), (time(9), time(10))):
        DateOverride.objects.create(mentor=maya, day=TUESDAY, starts=starts, ends=ends)
    DateOverride.objects.create(mentor=noor, day=TUESDAY)
    Vacation.objects.create(mentor=noor, first_day=FRIDAY, last_day=FRIDAY, note="Lisbon")
    with django_assert_num_queries(1):
        found = hours_by_mentor([maya.pk, noor.pk, emil.pk], WINDOW)
    assert {pk: sorted(hours.on(TUESDAY)) for pk, hours in found.items()} == {
        maya.pk: [WallRange(time(9), time(10)), WallRange(time(18), time(0))],
        noor.pk: [],
        emil.pk: [WallRange(time(8), time(20))],
    }
    assert found[noor.pk] == Hours(WEEK, {TUESDAY: []}, [DaySpan(FRIDAY, FRIDAY)])
    assert found[emil.pk] == Hours(WEEK, {}, [])


def test_days_that_lie_far_from_the_window_are_left_out() -> None:
    maya = make.mentor()
    for day in (date(2026, 11, 20), date(2026, 12, 3)):
        DateOverride.objects.create(mentor=maya, day=day)
        Vacation.objects.create(mentor=maya, first_day=day, last_day=day)
    assert hours_by_mentor([maya.pk], WINDOW) == {maya.pk: Hours(WEEK, {}, [])}


def test_a_vacation_around_the_window_counts() -> None:
    maya = make.mentor()
    Vacation.objects.create(mentor=maya, first_day=date(2026, 10, 1), last_day=date(2026, 12, 31))
    assert hours_by_mentor([maya.pk], WINDOW)[maya.pk].is_vacation(TUESDAY)


@pytest.mark.parametrize(
    "row",
    [
        DateOverride(day=TUESDAY, starts=time(9)),
        DateOverride(day=TUESDAY, ends=time(9)),
        DateOverride(day=FRIDAY),
        DateOverride(day=FRIDAY, starts=time(9), ends=time(11)),
        Vacation(first_day=FRIDAY, last_day=TUESDAY),
    ],
)
def test_the_database_refuses_days_that_make_no_sense(row: DateOverride | Vacation) -> None:
    maya = make.mentor()
    DateOverride.objects.create(mentor=maya, day=FRIDAY)
    DateOverride.objects.create(mentor=maya, day=FRIDAY, starts=time(9), ends=time(10))
    row.mentor = maya
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)
