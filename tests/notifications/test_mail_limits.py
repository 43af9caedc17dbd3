"""How many mails about accounts one mailbox gets."""

from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress

from mentormap.accounts.models import User
from mentormap.notifications.mail_limits import LOGIN_CODE, may_mail, wait
from tests import make

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
RESET = "account/email/password_reset_key"


@pytest.fixture
def sam(db: None) -> User:
    return make.sam()


def sent(address: str, *, times: int, now: datetime = NOW, kind: str = RESET) -> int:
    return sum(may_mail(address, kind=kind, now=now) for _ in range(times))


def test_a_person_gets_six_of_a_kind_an_hour_and_twelve_a_day(sam: User) -> None:
    hours = [sent(sam.email, times=20, now=NOW + timedelta(hours=hour)) for hour in range(25)]
    assert hours == [6, 6, *[0] * 22, 6]


def test_it_tells_how_long_until_the_next_of_a_kind(sam: User) -> None:
    sent(sam.email, times=5)
    assert wait(sam.email, kind=RESET, now=NOW) == timedelta()
    sent(sam.email, times=2)
    assert wait(sam.email, kind=RESET, now=NOW + timedelta(minutes=20)) == timedelta(minutes=40)
    sent(sam.email, times=6, now=NOW + timedelta(hours=1))
    assert wait(sam.email, kind=RESET, now=NOW + timedelta(hours=1)) == timedelta(hours=23)
    assert wait(sam.email, kind=LOGIN_CODE, now=NOW) == timedelta()


def test_an_address_that_nobody_proved_gets_half_of_that(db: None) -> None:
    hours = [sent("new@example.com", times=20, now=NOW + timedelta(hours=hour)) for hour in range(24)]
    assert sum(hours) == 6


def test_variants_of_an_address_share_its_mails_and_leave_some_to_its_owner(sam: User) -> None:
    assert sum(sent(f"sam+{number}@example.com", times=1) for number in range(100)) == 3
    assert sent("SAM@example.com", times=100) == 3


def test_variants_that_were_proved_share_too(sam: User) -> None:
    for number in range(20):
        EmailAddress.objects.create(user=sam, email=f"sam+{number}@example.com", verified=True)
    assert sum(sent(f"sam+{number}@example.com", times=1) for number in range(20)) == 6


def test_one_kind_leaves_the_others_alone(sam: User) -> None:
    sent(sam.email, times=10, kind="account/email/account_already_exists")
    assert sent(sam.email, times=1) == 1


def test_codes_for_the_owner_are_limited_elsewhere_and_for_others_here(sam: User) -> None:
    assert sent(sam.email, times=20, kind=LOGIN_CODE) == 20
    assert sent("sam+x@example.com", times=20, kind=LOGIN_CODE) == 3
