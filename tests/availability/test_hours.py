from datetime import time

import pytest

from mentormap.availability.hours import HoursOverlap, has_hours, hours_of, replace_hours
from mentormap.availability.weekly import WeeklyRange
from mentormap.mentors.models import Mentor
from tests import make

pytestmark = pytest.mark.django_db

MORNING = WeeklyRange(0, time(9), time(12))
AFTERNOON = WeeklyRange(0, time(12), time(17))
NIGHT = WeeklyRange(6, time(22), time(0))


def test_hours_are_replaced_whole_and_read_in_order() -> None:
    maya = make.mentor()
    replace_hours(maya, [NIGHT, AFTERNOON, MORNING], time_zone="Asia/Tokyo")
    assert hours_of(maya) == [MORNING, AFTERNOON, NIGHT]
    assert Mentor.objects.get().time_zone == "Asia/Tokyo"


def test_a_mentor_may_have_none() -> None:
    maya = make.mentor()
    assert has_hours(maya)
    replace_hours(maya, [], time_zone="Europe/Berlin")
    assert (has_hours(maya), hours_of(maya)) == (False, [])


def test_another_mentors_hours_stay() -> None:
    maya, noor = make.mentor(), make.mentor(make.person("Noor"))
    replace_hours(maya, [], time_zone="Europe/Berlin")
    assert len(hours_of(noor)) == 7


@pytest.mark.parametrize(
    "other",
    [
        WeeklyRange(0, time(11, 45), time(13)),
        WeeklyRange(0, time(9), time(9, 15)),
        WeeklyRange(0, time(8), time(0)),
    ],
)
def test_ranges_that_share_time_are_refused_by_their_day(other: WeeklyRange) -> None:
    maya = make.mentor()
    before = hours_of(maya)
    with pytest.raises(
        HoursOverlap, match=r"^Monday: .* overlap\. Let one end before the other starts\.$"
    ) as refusal:
        replace_hours(maya, [other, NIGHT, MORNING], time_zone="Asia/Tokyo")
    assert refusal.value.weekday == 0
    assert hours_of(maya) == before
    assert Mentor.objects.get().time_zone == "Europe/Berlin"


def test_the_same_time_on_another_day_is_no_overlap() -> None:
    maya = make.mentor()
    tuesday = WeeklyRange(1, time(9), time(12))
    replace_hours(maya, [MORNING, tuesday], time_zone="Europe/Berlin")
    assert hours_of(maya) == [MORNING, tuesday]
