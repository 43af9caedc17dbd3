"""A notice in the form that its channel takes: a mail, a short message, a push message, a line below the bell."""

from datetime import datetime
from typing import Final

from django.conf import settings

from mentormap.accounts import phones
from mentormap.accounts.models import User
from mentormap.bookings import links
from mentormap.bookings.models import Session
from mentormap.bookings.notices.mails.content import MailContent
from mentormap.notifications import unsubscribing
from mentormap.notifications.channels.email import Invite, Message, address_of, message_id_of
from mentormap.notifications.channels.in_app import Note
from mentormap.notifications.channels.push import Push
from mentormap.notifications.channels.sms import SmsMessage
from mentormap.notifications.models import Delivery, Notice, PushSubscription
from mentormap.notifications.notice_kinds import Channel, NoticeKind, Subject

AnyMessage = Message | SmsMessage | Push | Note

_PATHS: Final = {Subject.CALENDAR: "/mentoring/calendars"}


def build_message(
    delivery: Delivery, person: User, mail: MailContent, invite: Invite | None, *, now: datetime
) -> AnyMessage | None:
    """None where the person cannot be reached so: no proved number, no browser that takes push."""
    match Channel(delivery.channel):
        case Channel.EMAIL:
            return _mail(delivery, person, mail, invite)
        case Channel.SMS:
            return _text(delivery.notice, person, mail)
        case Channel.PUSH:
            return _push(delivery.notice, person, mail)
        case Channel.IN_APP:
            return Note(delivery, person, mail.subject, mail.preview, path_of(delivery.notice), now)


def path_of(notice: Notice) -> str:
    """The page on this site that a notice is about."""
    subject = NoticeKind(notice.occasion).subject
    return f"/sessions/{notice.reference}" if subject == Subject.SESSION else _PATHS.get(subject, "/admin/")


def _mail(delivery: Delivery, person: User, mail: MailContent, invite: Invite | None) -> Message:
    return Message(
        to=address_of(person),
        subject=mail.subject,
        text=mail.text(),
        html=mail.html(),
        message_id=message_id_of(delivery),
        invite=invite,
        unsubscribe_url=unsubscribing.url_for(person, NoticeKind(delivery.notice.occasion)),
    )


def _text(notice: Notice, person: User, mail: MailContent) -> SmsMessage | None:
    """The link's own message leads straight into the room; the others lead to their page."""
    number = phones.verified_number(person)
    if not number:
        return None
    url = f"{settings.PUBLIC_URL}{path_of(notice)}"
    if notice.occasion == NoticeKind.LINK:
        url = links.meeting_link(Session.objects.with_people().get(pk=notice.reference))
    return SmsMessage(number, mail.subject, url)


def _push(notice: Notice, person: User, mail: MailContent) -> Push | None:
    if not PushSubscription.objects.filter(user=person).exists():
        return None
    url = f"{settings.PUBLIC_URL}{path_of(notice)}"
    return Push(person, mail.subject, mail.preview, url, tag=f"{notice.occasion}-{notice.reference}")
