"""Mails to operators: what did not reach people, and which channel does not work."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.utils.translation import gettext

from mentormap.accounts.models import User
from mentormap.bookings.notices.mails import content
from mentormap.bookings.notices.mails.content import MailContent
from mentormap.lib import when
from mentormap.lib.zones import is_zone
from mentormap.notifications import operators
from mentormap.notifications.models import Delivery, Notice, Outage
from mentormap.notifications.notice_kinds import NoticeKind
from mentormap.payments.models import Flag

SHOWN: Final = 10
"""Deliveries that a mail names; the admin lists all."""


@dataclass(frozen=True)
class OperatorDesk:
    """An operator reads times in their own zone, or in UTC."""

    reader: User
    now: datetime
    is_mentor: bool = False

    def instant(self, instant: datetime) -> str:
        zone = self.reader.time_zone if is_zone(self.reader.time_zone) else "UTC"
        return when.format_when(instant, zone, self.reader.locale)

    def site(self, path: str) -> str:
        return f"{settings.PUBLIC_URL}{path}"

    def page_of(self, flag: Flag) -> str:
        """Returns the page of the flag's payment, or the flag's own if only Stripe knows the money."""
        row = f"payment/{flag.payment_id}" if flag.payment_id else f"flag/{flag.pk}"
        return self.site(f"/admin/payments/{row}/change/")

    def line(self, delivery: Delivery) -> str:
        label = NoticeKind(delivery.notice.occasion).label
        person = delivery.notice.person or gettext("somebody without an account")
        facts = {"notice": label, "person": person, "channel": delivery.get_channel_display()}
        words = gettext("%(notice)s, for %(person)s, by %(channel)s") % facts
        return f"{words}: {delivery.last_error}"


def render_mail(notice: Notice, reader: User, now: datetime) -> MailContent | None:
    """None for what is no longer so."""
    if notice.occasion == NoticeKind.CHANNEL_DEAD:
        return _channel_dead(notice, OperatorDesk(reader, now))
    if notice.occasion in {NoticeKind.MONEY_FLAGGED, NoticeKind.DISPUTE}:
        return _flagged(notice, OperatorDesk(reader, now))
    return _abandoned(notice, OperatorDesk(reader, now))


def _channel_dead(notice: Notice, desk: OperatorDesk) -> MailContent | None:
    outage = Outage.objects.filter(pk=notice.reference).first()
    return content.render_mail("channel_dead", f=desk, outage=outage) if outage else None


def _flagged(notice: Notice, desk: OperatorDesk) -> MailContent | None:
    """Stale once the flag is cleared or resolved."""
    flag = Flag.objects.open().filter(pk=notice.reference).first()
    return content.render_mail("money_flagged", f=desk, flag=flag) if flag else None


def _abandoned(notice: Notice, desk: OperatorDesk) -> MailContent | None:
    """Stale once all of it has been sent again."""
    deliveries = list(operators.abandoned_with(notice))
    if not deliveries:
        return None
    shown = [desk.line(delivery) for delivery in deliveries[:SHOWN]]
    return content.render_mail("delivery_given_up", f=desk, count=len(deliveries), shown=shown)
