"""Limits under contention: of many at once, no more than the most get through."""

from collections import Counter
from datetime import datetime, timedelta
from functools import partial

import pytest

from mentormap.accounts.limits import Limit
from mentormap.notifications import mail_limits
from mentormap.notifications.mail_limits import may_mail
from tests.agreement.test_races import all_at_once

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


def test_no_more_mails_than_the_most_of_many_asked_for_at_once(now: datetime) -> None:
    wishes = [
        partial(may_mail, f"sam+{number}@example.com", kind="reset", now=now) for number in range(AT_ONCE)
    ]
    most = mail_limits.UNVERIFIED[0].most
    assert Counter(all_at_once(wishes)) == {True: most, False: AT_ONCE - most}
