"""A phone number is its owner's once they have typed the code that was sent to it."""

from datetime import datetime, timedelta

import pytest

from mentormap.accounts import phones
from mentormap.accounts.models import Phone, User
from mentormap.accounts.phones import BadCode, BadNumber, TooManyCodes
from tests import make

pytestmark = pytest.mark.django_db
NUMBER = "+49 1512 3456789"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        (NUMBER, "+4915123456789"),
        ("+1 (202) 555-0123", "+12025550123"),
        ("+44-7400-123456", "+447400123456"),
    ],
)
def test_numbers_are_kept_in_one_way(typed: str, number: str) -> None:
    assert phones.normalised(typed) == number


@pytest.mark.parametrize("typed", ["", "0151 23456789", "+49", "+999123456789", "call me", "+1" + "5" * 30])
def test_what_is_no_whole_number_is_refused(typed: str) -> None:
    with pytest.raises(BadNumber):
        phones.normalised(typed)


def test_a_code_proves_the_number(sam: User, now: datetime) -> None:
    code = phones.new_code(sam, number=NUMBER, now=now)
    assert phones.verified_number(sam) == ""
    phones.verify(sam, code=f" {code[:3]} {code[3:]} ", now=now)
    assert phones.verified_number(sam) == "+4915123456789"
    assert phones.shown(phones.verified_number(sam)) == "+49 1512 3456789"


def test_the_code_is_not_in_the_database(sam: User, now: datetime) -> None:
    code = phones.new_code(sam, number=NUMBER, now=now)
    assert code not in str(Phone.objects.values().get())


def test_a_code_is_good_for_ten_minutes(sam: User, now: datetime) -> None:
    code = phones.new_code(sam, number=NUMBER, now=now)
    with pytest.raises(BadCode, match="too old"):
        phones.verify(sam, code=code, now=now + phones.CODE_LIFE + timedelta(seconds=1))
    phones.verify(sam, code=code, now=now + phones.CODE_LIFE)


def test_after_five_wrong_codes_the_right_one_is_too_late(sam: User, now: datetime) -> None:
    code = phones.new_code(sam, number=NUMBER, now=now)
    wrong = "000000" if code != "000000" else "000001"
    for _ in range(phones.MOST_TRIES):
        with pytest.raises(BadCode, match="not the code"):
            phones.verify(sam, code=wrong, now=now)
    with pytest.raises(BadCode, match="Too many"):
        phones.verify(sam, code=code, now=now)
    assert phones.verified_number(sam) == ""


def test_a_code_is_of_use_once_and_for_one_person(sam: User, now: datetime) -> None:
    code = phones.new_code(sam, number=NUMBER, now=now)
    phones.new_code(olga := make.olga(), number=NUMBER, now=now)
    with pytest.raises(BadCode):
        phones.verify(olga, code=code, now=now)
    phones.verify(sam, code=code, now=now)
    with pytest.raises(BadCode):
        phones.verify(sam, code=code, now=now)


def test_codes_are_sent_once_a_minute_and_five_times_a_day(sam: User, now: datetime) -> None:
    for number in range(phones.CODES_A_DAY):
        phones.new_code(sam, number=NUMBER, now=now + number * phones.CODE_PAUSE)
    with pytest.raises(TooManyCodes, match="in 23 hours"):
        phones.new_code(sam, number=NUMBER, now=now + timedelta(minutes=5))
    phones.new_code(sam, number=NUMBER, now=now + timedelta(days=1))
    with pytest.raises(TooManyCodes, match="in 1 minute"):
        phones.new_code(sam, number=NUMBER, now=now + timedelta(days=1, seconds=30))


def test_forgetting_the_number_does_not_forget_the_codes_of_the_day(sam: User, now: datetime) -> None:
    phones.verify(sam, code=phones.new_code(sam, number=NUMBER, now=now), now=now)
    phones.forget(sam)
    assert phones.verified_number(sam) == ""
    with pytest.raises(TooManyCodes):
        phones.new_code(sam, number=NUMBER, now=now)


def test_another_number_must_be_proved_anew(sam: User, now: datetime) -> None:
    phones.verify(sam, code=phones.new_code(sam, number=NUMBER, now=now), now=now)
    phones.new_code(sam, number="+12025550123", now=now + phones.CODE_PAUSE)
    assert phones.verified_number(sam) == ""
