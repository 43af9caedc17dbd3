"""Times at which a mentor's own calendar is busy are not offered, and are refused politely."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mentormap.bookings.checkout import book
from mentormap.bookings.models import Session
from mentormap.bookings.slots import finder
from mentormap.bookings.slots.finder import OpenStart, TimeTaken
from mentormap.lib.spans import Span
from tests import make

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_busy_times_of_all_calendars_are_not_offered(now: datetime) -> None:
    maya = make.mentor(zone="UTC")
    noon = now.replace(hour=12)
    make.busy_calendar(maya, Span(noon, noon + HOUR / 6), now=now)
    make.busy_calendar(maya, Span(noon + 2 * HOUR, noon + 3 * HOUR), now=now)
    starts = finder.open_starts(maya, duration_minutes=30, window=Span(noon, noon + 4 * HOUR), now=now)
    assert starts == [noon + HOUR / 2 * half for half in (1, 2, 3, 6, 7)]


def test_a_busy_time_that_began_days_ago_still_counts(now: datetime) -> None:
    maya = make.mentor(zone="UTC")
    make.busy_calendar(maya, Span(now - 240 * HOUR, now + 24 * HOUR), now=now)
    assert finder.next_open([maya], now=now) == {maya.pk: OpenStart(now + 24 * HOUR, 30)}


def test_one_mentors_busy_times_are_not_anothers(now: datetime) -> None:
    maya, other = make.mentor(zone="UTC"), make.mentor(make.person("Noor"), zone="UTC")
    make.busy_calendar(maya, Span(now, now + 2 * HOUR), now=now)
    assert finder.next_open([maya, other], now=now) == {
        maya.pk: OpenStart(now + 2 * HOUR, 30),
        other.pk: OpenStart(now + HOUR / 2, 30),
    }


def test_many_mentors_cost_as_many_queries_as_one(now: datetime) -> None:
    mentors = make.mentors(12)
    for mentor in mentors:
        make.busy_calendar(mentor, Span(now + HOUR, now + 2 * HOUR), now=now)
    counts = []
    for some in (mentors[:1], mentors):
        with CaptureQueriesContext(connection) as queries:
            finder.next_open(some, now=now)
        counts.append(len(queries))
    assert counts == [4, 4]


def test_a_booking_that_meets_a_busy_time_is_refused_with_the_next_open_ones(now: datetime) -> None:
    sam, maya = make.sam(), make.mentor(zone="UTC")
    noon = now.replace(hour=12)
    make.busy_calendar(maya, Span(noon + HOUR / 2, noon + HOUR), now=now)
    with pytest.raises(TimeTaken) as refusal:
        book(make.request(student=sam, mentor=maya, starts_at=noon), origin=make.ORIGIN, now=now)
    assert refusal.value.sentence == "Maya is busy then. Pick another time."
    assert refusal.value.next_open == [noon + HOUR, noon + 1.5 * HOUR, noon + 2 * HOUR]
    assert not Session.objects.exists()
