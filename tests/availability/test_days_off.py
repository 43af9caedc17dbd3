from datetime import date, time

import pytest

from mentormap.availability.days_off import (
    Override,
    VacationBackwards,
    add_vacation,
    override_day,
    overrides_of,
    remove_vacation,
    restore_day,
    vacations_of,
)
from mentormap.availability.models import DateOverride
from mentormap.availability.rules import DEFAULT_RULES, keep_rules, rules_by_mentor
from mentormap.availability.slots import SlotRules
from mentormap.availability.weekly import RangesOverlap, WallRange
from mentormap.mentors.models import Mentor
from tests import make

pytestmark = pytest.mark.django_db

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
MORNING, EVENING = WallRange(time(9), time(12)), WallRange(time(18), time(0))


def test_a_day_is_overridden_again_and_restored(maya: Mentor) -> None:
    override_day(maya, TUESDAY, [EVENING, MORNING])
    override_day(maya, MONDAY, [])
    assert overrides_of(maya, since=MONDAY) == [Override(MONDAY, []), Override(TUESDAY, [MORNING, EVENING])]
    override_day(maya, TUESDAY, [EVENING])
    assert overrides_of(maya, since=TUESDAY) == [Override(TUESDAY, [EVENING])]
    assert [restore_day(maya, TUESDAY), restore_day(maya, TUESDAY)] == [True, False]
    assert overrides_of(maya, since=MONDAY) == [Override(MONDAY, [])]


def test_ranges_that_overlap_change_nothing(maya: Mentor) -> None:
    override_day(maya, TUESDAY, [MORNING])
    with pytest.raises(RangesOverlap):
        override_day(maya, TUESDAY, [MORNING, WallRange(time(11), time(13))])
    assert overrides_of(maya, since=MONDAY) == [Override(TUESDAY, [MORNING])]


def test_vacations_are_those_that_are_not_over(maya: Mentor) -> None:
    over = add_vacation(maya, first=date(2026, 11, 1), last=date(2026, 11, 22), note="")
    under_way = add_vacation(maya, first=date(2026, 11, 1), last=MONDAY, note="Lisbon")
    assert vacations_of(maya, since=MONDAY) == [under_way]
    assert [remove_vacation(maya, over.pk), remove_vacation(maya, over.pk)] == [True, False]


def test_nobody_touches_what_is_anothers(maya: Mentor) -> None:
    noor = make.mentor(make.person("Noor"))
    vacation = add_vacation(noor, first=MONDAY, last=MONDAY, note="")
    override_day(noor, MONDAY, [])
    assert (remove_vacation(maya, vacation.pk), restore_day(maya, MONDAY)) == (False, False)
    override_day(maya, MONDAY, [MORNING])
    assert DateOverride.objects.filter(mentor=noor).count() == 1


def test_a_vacation_does_not_end_before_it_begins(maya: Mentor) -> None:
    with pytest.raises(VacationBackwards, match=r"^The last day must not be before the first\."):
        add_vacation(maya, first=TUESDAY, last=MONDAY, note="")


def test_rules_are_kept(maya: Mentor) -> None:
    noor = make.mentor(make.person("Noor"))
    rules = SlotRules(step_minutes=15, horizon=DEFAULT_RULES.horizon, most_a_day=2, most_a_week=5)
    keep_rules(maya, rules)
    keep_rules(maya, rules)
    assert rules_by_mentor([maya.pk])[maya.pk] == rules
    assert rules_by_mentor([noor.pk])[noor.pk].most_a_day is None
