"""Mailed codes: one that lives, seldom mailed, good once."""

from datetime import UTC, datetime, timedelta

import pytest

from mentormap.accounts import login_codes
from mentormap.accounts.models import LoginCode, User
from mentormap.accounts.security import end_logins
from tests import make

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_a_code_works_once_however_it_is_typed(sam: User) -> None:
    code = login_codes.code_to_mail(sam, now=NOW)
    assert len(code.replace("-", "")) == 8
    typed = f" {code.lower().replace('-', ' ')} "
    assert [login_codes.redeem(sam, code=typed, now=NOW) for _ in range(2)] == [True, False]


def test_a_code_lives_for_an_hour(sam: User) -> None:
    code = login_codes.code_to_mail(sam, now=NOW)
    assert not login_codes.redeem(sam, code=code, now=NOW + timedelta(hours=1))


def test_the_same_code_is_mailed_again_but_not_often(sam: User) -> None:
    first, second, third = [login_codes.code_to_mail(sam, now=NOW) for _ in range(3)]
    assert (first, third) == (second, "")
    later = login_codes.code_to_mail(sam, now=NOW + timedelta(hours=1))
    assert later not in {"", first}


def test_after_a_code_was_used_a_new_one_is_mailed_at_once(sam: User) -> None:
    first, _again = (login_codes.code_to_mail(sam, now=NOW) for _ in range(2))
    assert login_codes.redeem(sam, code=first, now=NOW)
    assert login_codes.code_to_mail(sam, now=NOW) not in {"", first}


def test_wrong_codes_do_not_end_the_right_one(sam: User) -> None:
    code = login_codes.code_to_mail(sam, now=NOW)
    assert {login_codes.redeem(sam, code="2222-2222", now=NOW) for _ in range(100)} == {False}
    assert login_codes.redeem(sam, code=code, now=NOW)


def test_a_code_is_for_one_person_and_ends_with_the_logins(sam: User) -> None:
    olga = make.olga()
    code = login_codes.code_to_mail(sam, now=NOW)
    login_codes.code_to_mail(olga, now=NOW)
    assert not login_codes.redeem(olga, code=code, now=NOW)
    end_logins(sam)
    assert not login_codes.redeem(sam, code=code, now=NOW)


@pytest.mark.parametrize("typed", ["", "-", "ÄÖÜ", "\0"])
def test_without_a_code_nothing_is_right(sam: User, typed: str) -> None:
    assert not login_codes.redeem(sam, code=typed, now=NOW)
    login_codes.code_to_mail(sam, now=NOW)
    assert not login_codes.redeem(sam, code=typed, now=NOW)


def test_the_table_does_not_hold_the_code(sam: User) -> None:
    code = login_codes.code_to_mail(sam, now=NOW).replace("-", "")
    assert code not in str(vars(LoginCode.objects.get()))
