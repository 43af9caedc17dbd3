"""Mails about accounts: sent by the worker, and then forgotten with the links in them."""

from datetime import datetime

import pytest

from mentormap.accounts.models import User
from mentormap.notifications import account_mails, outbox
from mentormap.notifications.channels.email import Message
from mentormap.notifications.models import AccountMail, Delivery
from mentormap.notifications.notice_kinds import Channel
from tests.notifications.sending import NOW

pytestmark = pytest.mark.django_db


def write(person: User | None = None) -> None:
    account_mails.write(
        kind="verify", to="sam@example.com", subject="Verify", text="https://…/key", person=person, now=NOW
    )


def send() -> list[Message]:
    sent: list[Message] = []

    def render(delivery: Delivery, _now: datetime) -> Message | None:
        return account_mails.render(delivery)

    outbox.send_due(channel=Channel.EMAIL, now=NOW, render=render, send=sent.append)
    return sent


def test_it_goes_out_in_the_words_in_which_it_was_written(sam: User) -> None:
    write(sam)
    (message,) = send()

    assert (message.to, message.subject, message.text, message.html, message.asked_for) == (
        "sam@example.com",
        "Verify",
        "https://…/key",
        "",
        True,
    )


def test_an_address_without_an_account_gets_its_mail_too() -> None:
    write()

    assert len(send()) == 1
    assert str(Delivery.objects.get()) == "account to somebody without an account by email"


def test_each_is_a_notice_of_its_own(sam: User) -> None:
    write(sam)
    write(sam)

    assert len({message.message_id for message in send()}) == 2


def test_what_was_sent_is_forgotten_and_what_waits_is_kept(sam: User) -> None:
    write(sam)
    assert account_mails.forget_sent() == 0
    send()

    assert account_mails.forget_sent() == 1
    assert AccountMail.objects.count() == 0


def test_without_its_words_there_is_nothing_to_send_again(sam: User) -> None:
    write(sam)
    send()
    account_mails.forget_sent()
    outbox.resend(Delivery.objects.get(), now=NOW)

    assert send() == []
    assert Delivery.objects.get().state == Delivery.State.DROPPED
