"""Addresses that get no mail: what was refused, and what is sent there all the same."""

from dataclasses import replace

import pytest
from django.core import mail

from mentormap.notifications import suppressions
from mentormap.notifications.errors import FinalError
from mentormap.notifications.models import Suppression
from tests.notifications.sending import MINUTE, NOW, send_mail
from tests.notifications.test_email import MESSAGE

pytestmark = pytest.mark.django_db
BOUNCE, COMPLAINT = Suppression.Reason


def test_mail_to_an_address_that_bounced_is_refused_with_a_sentence() -> None:
    suppressions.suppress("Sam@Example.com", BOUNCE, detail="550 no such user", at=NOW)

    with pytest.raises(FinalError) as refusal:
        send_mail(MESSAGE)
    assert str(refusal.value) == "Nothing was sent: mail to sam@example.com bounced on 24 Nov 2026."
    assert mail.outbox == []


def test_mail_that_was_reported_is_refused_with_its_own_sentence() -> None:
    suppressions.suppress("sam@example.com", COMPLAINT, detail="", at=NOW)

    with pytest.raises(FinalError, match="was reported as unwanted on 24 Nov 2026"):
        send_mail(MESSAGE)


def test_mail_to_others_goes_on() -> None:
    suppressions.suppress("olga@example.com", BOUNCE, detail="", at=NOW)
    send_mail(MESSAGE)

    assert [message.to for message in mail.outbox] == [["Sam <sam@example.com>"]]


def test_what_its_owner_asks_for_is_sent_all_the_same() -> None:
    suppressions.suppress("sam@example.com", BOUNCE, detail="", at=NOW)
    send_mail(replace(MESSAGE, asked_for=True))

    assert len(mail.outbox) == 1


def test_a_repeat_keeps_the_newest() -> None:
    suppressions.suppress("sam@example.com", BOUNCE, detail="first", at=NOW)
    suppressions.suppress("SAM@example.com", COMPLAINT, detail="second", at=NOW + MINUTE)

    (row,) = Suppression.objects.values_list("email", "reason", "detail", "at")
    assert row == ("sam@example.com", "complaint", "second", NOW + MINUTE)


def test_lifted_it_gets_mail_again() -> None:
    suppressions.suppress("sam@example.com", BOUNCE, detail="", at=NOW)

    assert suppressions.lift("Sam@example.com") is True
    assert suppressions.lift("sam@example.com") is False
    send_mail(MESSAGE)
    assert len(mail.outbox) == 1
