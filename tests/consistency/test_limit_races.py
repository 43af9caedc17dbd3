"""Limits under contention: of many at once, no more than the most get through."""

import time
from collections import Counter
from datetime import datetime, timedelta
from functools import partial

import pytest

from mentormap.accounts.limits import Limit
from mentormap.accounts.login_limits import Attempt, TooManyTries, TriesUnderWay
from mentormap.notifications import mail_limits
from mentormap.notifications.mail_limits import may_mail
from tests.racing import all_at_once

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 8
THREE = Limit("three", most=3, per=timedelta(minutes=15))


def test_no_more_than_the_most_of_many_get_through_as_a_window_begins(now: datetime) -> None:
    answers = all_at_once([partial(THREE.take, "sam", now=now)] * AT_ONCE)
    assert Counter(answers) == {True: 3, False: AT_ONCE - 3}


def test_no_more_than_the_most_of_many_get_through_as_a_window_ends(now: datetime) -> None:
    THREE.take("sam", now=now)
    answers = all_at_once([partial(THREE.take, "sam", now=now + THREE.per)] * AT_ONCE)
    assert Counter(answers) == {True: 3, False: AT_ONCE - 3}


def test_of_many_passwords_at_once_no_more_than_the_most_are_checked(now: datetime) -> None:
    tries = [
        Attempt("sam", "network", f"192.0.2.{number}", is_known=False, began=now) for number in range(12)
    ]
    answers = [type(answer) for answer in all_at_once([partial(begun, each) for each in tries])]
    assert Counter(answers) == {Attempt: 5, TriesUnderWay: 7}


def begun(attempt: Attempt) -> Attempt | Exception:
    try:
        attempt.begin()
    except (TooManyTries, TriesUnderWay) as refusal:
        return refusal
    return attempt


def test_right_passwords_at_once_that_come_again_all_get_through(now: datetime) -> None:
    tries = [Attempt("sam", "network", "192.0.2.1", is_known=False, began=now) for _ in range(12)]
    assert all_at_once([partial(logged_in, each) for each in tries]) == [True] * len(tries)


def logged_in(attempt: Attempt) -> bool:
    """Comes again as often as it is asked to. Raises TooManyTries."""
    while isinstance(refusal := begun(attempt), Exception):
        if isinstance(refusal, TooManyTries):
            raise refusal
        time.sleep(0.01)
    attempt.succeed(needed_code=False, now=attempt.began)
    attempt.end(now=attempt.began)
    return True


def test_no_more_mails_than_the_most_of_many_asked_for_at_once(now: datetime) -> None:
    wishes = [
        partial(may_mail, f"sam+{number}@example.com", kind="reset", now=now) for number in range(AT_ONCE)
    ]
    most = mail_limits.UNVERIFIED[0].most
    assert Counter(all_at_once(wishes)) == {True: most, False: AT_ONCE - most}
