"""Caps under contention: each has counted before any of them commits, and still nobody gets more than the cap."""

from collections import Counter
from datetime import datetime, timedelta
from functools import partial

import pytest
from pytest_django import Settings

from mentormap.accounts import phones
from mentormap.accounts.phones import TooManyCodes
from mentormap.availability.models import BookingRules
from mentormap.bookings import limits
from mentormap.bookings.checkout import book
from mentormap.bookings.errors import Refused
from mentormap.bookings.limits import HoldsPaused, TooManyHolds
from mentormap.bookings.models import Session
from mentormap.bookings.slots.finder import DayFull
from tests import make
from tests.conftest import Stripe
from tests.consistency.invariants import assert_sound
from tests.consistency.test_races import ROUNDS
from tests.make import TUESDAY_14
from tests.racing import all_at_once, meet_after

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_who_want_the_last_session_of_a_day_get_one_hold(
    stripe: Stripe, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their hours do not overlap: nothing but the mentor's cap stands between them, and each has counted before either commits."""
    mentor, students = make.mentor(), [make.person(f"Student{number}") for number in range(2)]
    BookingRules.objects.filter(mentor=mentor).update(most_a_day=2)
    make.hold(student=make.olga(), mentor=mentor, starts_at=TUESDAY_14, now=now)
    meet_after(monkeypatch, limits, "check_sessions_a_day")
    wishes = [
        make.request(student=student, mentor=mentor, starts_at=TUESDAY_14.replace(hour=hour))
        for student, hour in zip(students, (8, 10), strict=True)
    ]
    answers = all_at_once([partial(book, wish, origin=make.ORIGIN, now=now) for wish in wishes])
    assert Counter(type(answer) for answer in answers) == {Session: 1, DayFull: 1}
    assert Session.objects.filter(status="scheduled").count() == 2
    assert_sound()


def test_a_student_who_asks_for_many_hours_at_once_gets_three(
    stripe: Stripe, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With as many mentors: nothing but the student's own cap stands between them, and each has counted before any commits."""
    meet_after(monkeypatch, limits, "check_unpaid_holds")
    sam = make.sam()
    wishes = [
        make.request(student=sam, mentor=mentor, starts_at=TUESDAY_14) for mentor in make.mentors(ROUNDS)
    ]
    answers = all_at_once([partial(book, wish, origin=make.ORIGIN, now=now) for wish in wishes])
    assert Counter(type(answer) for answer in answers) == {Session: 3, TooManyHolds: 3}
    assert_sound()


def test_a_student_who_holds_hours_of_one_mentor_at_once_gets_three(
    stripe: Stripe, now: datetime, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """Nothing but the pause stands between them, as each hour is free."""
    settings.HOLDS_PER_STUDENT = 99
    meet_after(monkeypatch, limits, "check_unpaid_holds")
    sam, mentor = make.sam(), make.mentor()
    wishes = [
        make.request(student=sam, mentor=mentor, starts_at=TUESDAY_14 + timedelta(days=day))
        for day in range(ROUNDS)
    ]
    answers = all_at_once([partial(book, wish, origin=make.ORIGIN, now=now) for wish in wishes])
    assert Counter(type(answer) for answer in answers) == {Session: 3, HoldsPaused: 3}
    assert_sound()


@pytest.mark.parametrize(
    ("setting", "kind"), [("HOLDS_PER_ADDRESS", TooManyHolds), ("HOLDS_PER_ADDRESS_AND_MENTOR", HoldsPaused)]
)
def test_students_of_one_network_who_ask_at_once_get_what_it_may_have(
    stripe: Stripe,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    setting: str,
    kind: type[Refused],
) -> None:
    setattr(settings, setting, 2)
    meet_after(monkeypatch, limits, "check_unpaid_holds")
    mentor = make.mentor()
    wishes = [
        make.request(
            student=make.person(f"Student{number}"),
            mentor=mentor,
            starts_at=TUESDAY_14 + timedelta(days=number),
            address=f"2001:db8::{number}",
        )
        for number in range(ROUNDS)
    ]
    answers = all_at_once([partial(book, wish, origin=make.ORIGIN, now=now) for wish in wishes])
    assert Counter(type(answer) for answer in answers) == {Session: 2, kind: ROUNDS - 2}
    assert_sound()


def test_people_who_ask_for_codes_at_once_get_as_many_as_their_network_may(now: datetime) -> None:
    users = [make.person(f"Student{number}") for number in range(14)]

    def ask(number: int) -> object:
        try:
            return phones.new_code(
                users[number], number=f"+49151234560{number:02}", now=now, address="192.0.2.7"
            )
        except TooManyCodes as refusal:
            return refusal

    answers = all_at_once([partial(ask, number) for number in range(14)])
    assert Counter(type(answer) for answer in answers) == {str: 10, TooManyCodes: 4}
