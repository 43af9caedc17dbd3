"""A phone number is its owner's once they have typed the code that was sent to it."""

from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from mentormap.accounts import phones
from mentormap.accounts.models import Phone, User
from mentormap.accounts.phones import BadCode, BadNumber, NotMobile, TooManyCodes, VerifyEmailFirst
from tests import make
from tests.migrating import latest_afterwards, migrated_to

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
    assert phones.normalise(typed) == number


@pytest.mark.parametrize("typed", ["", "0151 23456789", "+49", "+999123456789", "call me", "+1" + "5" * 30])
def test_what_is_no_whole_number_is_refused(typed: str) -> None:
    with pytest.raises(BadNumber):
        phones.normalise(typed)


@pytest.mark.parametrize(
    "number",
    [
        "+44 909 879 0001",
        "+33 899 123456",
        "+44 843 123 4567",
        "+44 800 111 1111",
        "+44 7012 345678",
        "+49 30 123456",
        "+881 6 1234 5678",
        "+870 773 111 632",
        "+882 16 1234567",
    ],
    ids=[
        "premium",
        "premium in France",
        "shared cost",
        "toll-free",
        "personal",
        "landline",
        "881",
        "870",
        "882",
    ],
)
def test_no_code_goes_to_what_is_no_mobile_phone(sam: User, now: datetime, number: str) -> None:
    with pytest.raises(NotMobile):
        phones.new_code(sam, number=number, now=now)
    assert not Phone.objects.exists()


def test_no_code_is_sent_before_the_address_is_verified(now: datetime) -> None:
    with pytest.raises(VerifyEmailFirst):
        phones.new_code(make.sam(verified=False), number=NUMBER, now=now)
    assert not Phone.objects.exists()


def test_a_code_proves_the_number(sam: User, now: datetime) -> None:
    code = phones.new_code(sam, number=NUMBER, now=now)
    assert phones.verified_number(sam) == ""
    phones.verify(sam, code=f" {code[:3]} {code[3:]} ", now=now)
    assert phones.verified_number(sam) == "+4915123456789"
    assert phones.display(phones.verified_number(sam)) == "+49 1512 3456789"


def test_the_code_is_not_in_the_database(sam: User, now: datetime) -> None:
    code = phones.new_code(sam, number=NUMBER, now=now)
    assert code not in str(Phone.objects.values().get())


def test_a_code_is_good_for_ten_minutes(sam: User, now: datetime) -> None:
    code = phones.new_code(sam, number=NUMBER, now=now)
    with pytest.raises(BadCode, match="expired"):
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


MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def numbers(count: int) -> list[str]:
    """As many mobile phones."""
    return [f"+4915123456{number:03}" for number in range(count)]


def people(count: int) -> list[User]:
    return [make.person(f"Person{number}") for number in range(count)]


def test_codes_are_sent_to_a_person_once_a_minute_three_an_hour_and_five_a_day(
    sam: User, now: datetime
) -> None:
    """To different numbers, too."""
    several = iter(numbers(20))
    phones.new_code(sam, number=next(several), now=now)
    with pytest.raises(TooManyCodes, match="in 1 minute"):
        phones.new_code(sam, number=next(several), now=now + MINUTE / 2)
    for minute in (1, 2):
        phones.new_code(sam, number=next(several), now=now + minute * MINUTE)
    with pytest.raises(TooManyCodes, match="in 57 minutes") as refusal:
        phones.new_code(sam, number=next(several), now=now + 3 * MINUTE)
    assert refusal.value.retry_after == 57 * 60
    for hour in (1, 2):
        phones.new_code(sam, number=next(several), now=now + hour * HOUR)
    with pytest.raises(TooManyCodes, match="in 21 hours"):
        phones.new_code(sam, number=next(several), now=now + 3 * HOUR)
    phones.new_code(sam, number=next(several), now=now + DAY)


def test_one_number_is_sent_three_codes_an_hour_and_five_a_day_whoever_asks(now: datetime) -> None:
    *several, last = people(6)
    for hour, person in zip((0, 0, 0, 1, 1), several, strict=True):
        phones.new_code(person, number=NUMBER, now=now + hour * HOUR)
        if person == several[2]:
            with pytest.raises(TooManyCodes, match="to this number"):
                phones.new_code(last, number=NUMBER, now=now)
    with pytest.raises(TooManyCodes, match="in 22 hours"):
        phones.new_code(last, number=NUMBER, now=now + 2 * HOUR)
    phones.new_code(last, number=numbers(1)[0], now=now + 2 * HOUR)


def test_a_network_asks_for_ten_codes_an_hour_and_thirty_a_day(now: datetime) -> None:
    """An IPv6 /64 is one."""
    users = list(zip(people(32), numbers(32), strict=True))
    for index, (person, number) in enumerate(users[:30]):
        address = f"2001:db8::{index + 1:x}"
        phones.new_code(person, number=number, now=now + index // 10 * HOUR, address=address)
        if index == 9:
            with pytest.raises(TooManyCodes, match="network"):
                phones.new_code(users[31][0], number=users[31][1], now=now, address="2001:db8::ffff")
    person, number = users[30]
    with pytest.raises(TooManyCodes, match="network"):
        phones.new_code(person, number=number, now=now + 3 * HOUR, address="2001:db8::ffff")
    phones.new_code(person, number=number, now=now + 3 * HOUR, address="2001:db8:0:1::1")


def test_all_together_are_sent_a_fifth_of_the_days_codes_an_hour(now: datetime, settings: Settings) -> None:
    settings.PHONE_CODES_PER_DAY = 10
    users = list(zip(people(12), numbers(12), strict=True))
    for index, (person, number) in enumerate(users[:10]):
        phones.new_code(person, number=number, now=now + index // 2 * HOUR, address=f"192.0.2.{index}")
        if index == 1:
            with pytest.raises(TooManyCodes, match="at the moment"):
                phones.new_code(users[11][0], number=users[11][1], now=now)
    with pytest.raises(TooManyCodes, match="at the moment"):
        phones.new_code(users[10][0], number=users[10][1], now=now + 6 * HOUR)
    phones.new_code(users[10][0], number=users[10][1], now=now + DAY)


def test_a_refusal_counts_nothing(sam: User, now: datetime, settings: Settings) -> None:
    """Who is refused for the site's sake has asked for no code."""
    settings.PHONE_CODES_PER_DAY = 1
    phones.new_code(make.olga(), number=numbers(1)[0], now=now)
    for _ in range(9):
        with pytest.raises(TooManyCodes):
            phones.new_code(sam, number=NUMBER, now=now)
    settings.PHONE_CODES_PER_DAY = 300
    phones.new_code(sam, number=NUMBER, now=now)


def test_forgetting_the_number_does_not_forget_the_codes_of_the_day(sam: User, now: datetime) -> None:
    phones.verify(sam, code=phones.new_code(sam, number=NUMBER, now=now), now=now)
    phones.forget(sam)
    assert phones.verified_number(sam) == ""
    with pytest.raises(TooManyCodes):
        phones.new_code(sam, number=NUMBER, now=now)


def test_another_number_must_be_proved_anew(sam: User, now: datetime) -> None:
    phones.verify(sam, code=phones.new_code(sam, number=NUMBER, now=now), now=now)
    phones.new_code(sam, number="+12025550123", now=now + MINUTE)
    assert phones.verified_number(sam) == ""


@pytest.mark.django_db(transaction=True)
@pytest.mark.migrations
@pytest.mark.thorough
def test_numbers_of_no_mobile_phone_are_forgotten_by_the_migration(now: datetime) -> None:
    mobile, satellite = people(2)
    with latest_afterwards():
        before = migrated_to(("accounts", "0008_operators_addresses_count_as_verified"))
        rows = before.get_model("accounts", "Phone").objects
        for person, number in ((mobile, "+4915123456789"), (satellite, "+881612345678")):
            rows.create(user_id=person.pk, number=number, verified_at=now, codes_since=now)
    assert [phones.verified_number(person) for person in (mobile, satellite)] == ["+4915123456789", ""]
