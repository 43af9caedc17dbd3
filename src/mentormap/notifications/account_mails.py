"""Mails about accounts (verify an address, reset a password): written to the outbox like all others, so that no page waits for a
mail server.

They are also sent to addresses that bounced before: somebody asks for them at that moment, mail_limits.py limits them, and they
are the only way back in.
"""

from datetime import datetime
from uuid import uuid4

import structlog
from django.db import transaction

from mentormap.accounts.models import User
from mentormap.notifications import mail_limits
from mentormap.notifications.channels.email import Message, message_id_of
from mentormap.notifications.models import AccountMail, Delivery, Notice
from mentormap.notifications.notice_kinds import Channel, NoticeKind

_log = structlog.get_logger(__name__)


@transaction.atomic
def write(*, kind: str, to: str, subject: str, text: str, person: User | None, now: datetime) -> bool:
    """Writes the mail unless this mailbox has reached the limit for this kind. Returns whether it did."""
    if not mail_limits.may_mail(to, kind=kind, now=now):
        _log.warning("account_mail_held_back", kind=kind)
        return False
    notice = Notice.objects.create(
        occasion=NoticeKind.ACCOUNT, reference=0, person=person, revision=uuid4().hex, created_at=now
    )
    AccountMail.objects.create(notice=notice, to=to, subject=subject, text=text)
    Delivery.objects.create(notice=notice, channel=Channel.EMAIL, due_at=now)
    return True


def render(delivery: Delivery) -> Message | None:
    """None once its words are gone."""
    mail = AccountMail.objects.filter(notice=delivery.notice_id).first()
    if mail is None:
        return None
    return Message(
        to=mail.to,
        subject=mail.subject,
        text=mail.text,
        html="",
        message_id=message_id_of(delivery),
        asked_for=True,
    )


def forget_sent() -> int:
    """Deletes mails that were sent or never will be, because their links open accounts. Returns how many."""
    done = AccountMail.objects.exclude(notice__deliveries__state=Delivery.State.WAITING)
    count, _ = done.delete()
    return count
