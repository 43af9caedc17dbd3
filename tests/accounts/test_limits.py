"""Limits that are counted in the database."""

from datetime import UTC, datetime, timedelta

import pytest

from mentormap.accounts import limits
from mentormap.accounts.limits import Limit
from mentormap.accounts.models import LimitCount

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
THREE = Limit("three", most=3, per=timedelta(minutes=15))
ONE = Limit("one", most=1, per=timedelta(hours=1))


def taken(limit: Limit, *facts: str, times: int, now: datetime = NOW) -> list[bool]:
    return [limit.take(*facts, now=now) for _ in range(times)]


def test_no_more_than_the_most_are_let_through_in_a_window() -> None:
    assert taken(THREE, "sam", times=5) == [True, True, True, False, False]
    assert THREE.wait("sam", now=NOW + timedelta(minutes=5)) == timedelta(minutes=10)


def test_the_window_begins_with_the_first_and_ends() -> None:
    taken(THREE, "sam", times=3)
    assert not THREE.take("sam", now=NOW + timedelta(minutes=15, microseconds=-1))
    assert taken(THREE, "sam", times=4, now=NOW + timedelta(minutes=15)) == [True, True, True, False]


def test_other_facts_and_other_limits_count_apart() -> None:
    taken(THREE, "sam", times=3)
    assert (THREE.take("olga", now=NOW), THREE.take("sam", "olga", now=NOW), ONE.take("sam", now=NOW)) == (
        True,
    ) * 3


def test_what_is_given_back_does_not_count() -> None:
    taken(THREE, "sam", times=3)
    THREE.release("sam", now=NOW)
    assert taken(THREE, "sam", times=2) == [True, False]


def test_what_was_never_taken_cannot_be_given_back() -> None:
    THREE.release("sam", now=NOW)
    assert taken(THREE, "sam", times=4) == [True, True, True, False]


def test_of_several_limits_all_count_or_none() -> None:
    ONE.take("sam", now=NOW)
    assert not limits.take_all((THREE, ONE), "sam", now=NOW)
    assert taken(THREE, "sam", times=4) == [True, True, True, False]


def test_windows_that_are_over_are_forgotten() -> None:
    THREE.take("sam", now=NOW)
    ONE.take("sam", now=NOW)
    assert limits.prune(now=NOW + timedelta(minutes=15)) == 1
    assert LimitCount.objects.count() == 1


def test_the_table_shows_no_address() -> None:
    THREE.take("sam@example.com", now=NOW)
    assert "sam" not in LimitCount.objects.get().key
