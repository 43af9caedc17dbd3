"""Flags: several at once, one open of each name, gone when mended or dealt with."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from mentormap.payments.flags import clear, raise_flag, resolve
from mentormap.payments.models import Flag, Payment
from tests import make
from tests.flagged import open_flags

pytestmark = pytest.mark.django_db
DISPUTED, LOST, FAILED = Flag.Name.DISPUTED, Flag.Name.DISPUTE_LOST, Flag.Name.REFUND_FAILED


@pytest.fixture
def payment(now: datetime) -> Payment:
    return make.session(student=make.sam(), mentor=make.mentor(), starts_at=now).payment


def test_several_are_open_at_once(payment: Payment, now: datetime) -> None:
    raise_flag(payment, DISPUTED, "Over all of it.", now=now)
    raise_flag(payment, FAILED, "Refund 1 failed.", now=now)
    assert open_flags(payment) == "disputed refund-failed"
    clear(payment, DISPUTED, now=now)
    assert open_flags(payment) == "refund-failed"


def test_raising_it_again_keeps_the_first_time_and_the_last_note(payment: Payment, now: datetime) -> None:
    raise_flag(payment, FAILED, "Refund 1 failed.", now=now)
    raise_flag(payment, FAILED, "Refund 1 failed.", now=now + timedelta(hours=1))
    raise_flag(payment, FAILED, "Refund 2 failed.", now=now + timedelta(hours=2))
    flag = Flag.objects.get()
    assert (flag.note, flag.raised_at) == ("Refund 2 failed.", now)


def test_the_key_keeps_two_of_a_name_from_being_open(payment: Payment, now: datetime) -> None:
    raise_flag(payment, FAILED, "", now=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Flag.objects.create(payment=payment, name=FAILED, raised_at=now)


def test_what_mended_itself_is_raised_anew(payment: Payment, now: datetime) -> None:
    raise_flag(payment, DISPUTED, "", now=now)
    clear(payment, DISPUTED, now=now)
    raise_flag(payment, DISPUTED, "", now=now)
    assert Flag.objects.count() == 2
    assert payment.flags.open().exists()


def test_an_operator_who_has_dealt_with_it_is_not_asked_again(payment: Payment, now: datetime) -> None:
    raise_flag(payment, LOST, "Dispute 1 was lost.", now=now)
    assert resolve(Flag.objects.get(), by=make.ada(), resolution=" Sam pays by invoice. ", now=now)
    raise_flag(payment, LOST, "Dispute 1 was lost.", now=now)
    assert not payment.flags.open().exists()
    assert Flag.objects.get().resolution == "Sam pays by invoice."
    raise_flag(payment, LOST, "Dispute 2 was lost.", now=now)
    assert open_flags(payment) == "dispute-lost"


def test_it_is_resolved_once(payment: Payment, now: datetime) -> None:
    raise_flag(payment, LOST, "", now=now)
    flag, ada = Flag.objects.get(), make.ada()
    assert resolve(flag, by=ada, resolution="Written off.", now=now)
    assert not resolve(flag, by=ada, resolution="Once more.", now=now)
    assert Flag.objects.get().resolution == "Written off."


@pytest.mark.parametrize("name", list(Flag.Name))
def test_each_says_what_to_do(name: Flag.Name) -> None:
    assert Flag(name=name).what_to_do.endswith(".")
    assert Flag(name=name).what_to_do != Flag(name="of another version").what_to_do
