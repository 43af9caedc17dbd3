"""Mails about a moved session: who moved it, from when, and the effect on the refund."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import Max
from django.utils.translation import gettext

from mentormap.bookings.models import SessionHistory
from mentormap.bookings.notices.mails.facts import Facts
from mentormap.notifications.models import Delivery
from mentormap.notifications.notice_kinds import Channel, NoticeKind


@dataclass(frozen=True)
class Rescheduling:
    """The session's last move to another time, in the reader's words."""

    facts: Facts

    @cached_property
    def _move(self) -> SessionHistory:
        moves = self.facts.session.history.exclude(to_start=None).select_related("actor")
        return moves.latest("at", "pk")

    @property
    def is_by_reader(self) -> bool:
        return self._move.actor == self.facts.reader

    @property
    def sentence(self) -> str:
        other = self.facts.other
        if self.is_by_reader:
            return gettext("You moved your session with %(other)s to another time.") % {"other": other.name}
        return gettext("%(other)s moved your session to another time.") % {"other": other.name}

    @property
    def was(self) -> str:
        """The start in the reader's last message, in their zone: of several quick moves only the last is announced."""
        moves = self.facts.session.history.exclude(to_start=None).order_by("at", "pk")
        noticed_at = self._previous_notice_at()
        unread_move = moves.filter(at__gt=noticed_at).first() if noticed_at else None
        start = (unread_move or self._move).from_start
        return self.facts.instant(start) if start and start != self.facts.session.scheduled_at else ""

    def _previous_notice_at(self) -> datetime | None:
        mails = Delivery.objects.filter(
            notice__reference=self.facts.session.pk,
            notice__person=self.facts.reader,
            notice__occasion__in=[NoticeKind.BOOKED, NoticeKind.RESCHEDULED],
            channel=Channel.EMAIL,
        )
        found: datetime | None = mails.aggregate(last=Max("sent_at"))["last"]
        return found
