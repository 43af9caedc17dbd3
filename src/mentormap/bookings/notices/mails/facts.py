"""Facts about a session for a mail, formatted for its reader."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext, ngettext

from mentormap.accounts.models import User
from mentormap.bookings import links, report_times
from mentormap.bookings.models import Session
from mentormap.lib import when
from mentormap.lib.money import Money, format_money
from mentormap.lib.zones import is_zone, local_day
from mentormap.mentors.models import MeetingPlace
from mentormap.notifications import preferences, unsubscribing
from mentormap.notifications.notice_kinds import Channel, NoticeKind
from mentormap.notifications.preferences import Choices
from mentormap.payments.models import Refund


@dataclass(frozen=True)
class Facts:
    """Times are in the reader's zone, or the mentor's while the reader's is unknown, and always name it.

    `chosen` is what the reader wants to hear of, where the caller has just read it.
    """

    session: Session
    reader: User
    now: datetime
    chosen: Choices | None = None

    @property
    def is_mentor(self) -> bool:
        return self.reader == self.session.mentor.user

    @property
    def other(self) -> User:
        return self.session.counterpart_of(self.reader)

    @property
    def about_other(self) -> str:
        """The other person's name, for students with the mentor's headline."""
        headline = "" if self.is_mentor else self.session.mentor.headline
        return f"{self.other.name}, {headline}" if headline else self.other.name

    @property
    def zone(self) -> str:
        return self._zone_of(self.reader)

    @property
    def zone_name(self) -> str:
        return when.zone_name(self.zone)

    @property
    def when(self) -> str:
        return self.instant(self.session.scheduled_at)

    @property
    def when_there(self) -> str:
        """The same time for the other person; empty if their clocks are in the reader's zone."""
        there = self._zone_of(self.other)
        same = there == self.zone
        return "" if same else when.format_when(self.session.scheduled_at, there, self.reader.locale)

    @property
    def day(self) -> str:
        return when.when(self.session.scheduled_at, self.zone, self.reader.locale).date

    @property
    def how_soon(self) -> str:
        """The day as the reader calls it: a reminder may come late."""
        start, today = (local_day(instant, self.zone) for instant in (self.session.scheduled_at, self.now))
        return {0: gettext("Today"), 1: gettext("Tomorrow")}.get((start - today).days, gettext("Soon"))

    @property
    def is_link_open(self) -> bool:
        return self.now >= self.session.link_opens_at()

    @property
    def link_news(self) -> str:
        """When the video link comes, and where: nobody is promised a mail that they have turned off."""
        is_out = self.is_link_open
        if not preferences.wants(self.reader, NoticeKind.LINK, Channel.EMAIL, chosen=self.chosen):
            if is_out:
                return gettext("The video link is on the session’s page now.")
            return gettext("The video link is on the session’s page from 15 minutes before the start.")
        if is_out:
            return gettext(
                "The video link comes in a mail of its own, now. It is on the session’s page, too."
            )
        return gettext(
            "The video link comes by mail 15 minutes before the start. It is then on the session’s page, too."
        )

    @property
    def duration(self) -> str:
        minutes = self.session.duration_minutes
        return ngettext("%(minutes)s minute", "%(minutes)s minutes", minutes) % {"minutes": minutes}

    @property
    def clock(self) -> str:
        return when.format_clock(self.session.scheduled_at, self.zone, self.reader.locale)

    @property
    def hold_ends(self) -> str:
        """When the time is given up if it is not paid; empty for what is no hold."""
        ends_at = self.session.hold_expires_at
        return when.format_clock(ends_at, self.zone, self.reader.locale) if ends_at else ""

    @property
    def price(self) -> str:
        return self.money(self.session.money)

    @property
    def paid_at(self) -> str:
        paid_at = self.session.payment.paid_at
        return self.instant(paid_at) if paid_at else ""

    @property
    def begun_at(self) -> str:
        """The time at which the bank was asked for the payment; empty if it was paid at once."""
        begun_at = self.session.payment.begun_at
        return self.instant(begun_at) if begun_at else ""

    @property
    def receipt(self) -> list[tuple[str, str]]:
        """The payment: amount, time and purpose."""
        session = self.session
        what = gettext("%(duration)s with %(other)s") % {"duration": self.duration, "other": self.other.name}
        return [
            (gettext("Paid"), self.price),
            (gettext("Started"), self.begun_at),
            (gettext("On"), self.paid_at),
            (gettext("For"), what),
            (gettext("Reference"), session.stripe_payment_id or ""),
        ]

    @property
    def policy(self) -> str:
        """The refunds after cancelling, with their deadlines."""
        return self.session.policy_sentence(now=self.now, say=self.instant)

    @property
    def can_cancel(self) -> bool:
        """Returns whether the session has not begun."""
        return self.now < self.session.scheduled_at

    @property
    def can_report(self) -> bool:
        """Returns whether the reader can still report that the other did not come."""
        in_time = report_times.is_reportable(self.session, by=self.reader, now=self.now)
        return in_time and report_times.has_reports_left(self.session, by=self.reader)

    @property
    def report_until(self) -> str:
        return self.instant(report_times.reportable_until(self.session, by=self.reader))

    @property
    def can_move(self) -> bool:
        """Returns whether another time can still be chosen."""
        return self.now <= self.session.movable_until

    @property
    def url(self) -> str:
        return links.session_url(self.session)

    @property
    def mentor_url(self) -> str:
        return self.site(f"/mentors/{self.session.mentor_id}")

    @property
    def mentors_url(self) -> str:
        """The page for booking again: this mentor's, or the list while this mentor cannot be found."""
        return self.mentor_url if self.session.mentor.is_listed else self.site("/mentors")

    @property
    def meeting_link(self) -> str:
        return links.meeting_link(self.session)

    @property
    def is_open_room(self) -> bool:
        """Made for this session alone, and needs no account and no program."""
        return self.meeting_link == links.jitsi_url(self.session)

    def refunds(self, *, since: datetime | None = None) -> list[Refund]:
        """Returns refunds requested from then on, or all, without abandoned ones."""
        refunds = self.session.payment.refunds.filter(given_up_at=None)
        return list(refunds.filter(created_at__gte=since) if since else refunds)

    def going_back(self, refunds: Iterable[Refund]) -> Money:
        """Returns the sum of these refunds, without those that the bank returned to us."""
        return self.owed(refund for refund in refunds if not refund.has_failed)

    def owed(self, refunds: Iterable[Refund]) -> Money:
        return Money(sum(refund.amount_minor for refund in refunds), self.session.currency)

    @property
    def meeting_place(self) -> str:
        """Where a room was to be made."""
        return str(MeetingPlace(self.session.room.provider).label)

    def site(self, path: str) -> str:
        """An address of this site's, by its documented path."""
        return f"{settings.PUBLIC_URL}{path}"

    def unsubscribe_url(self, occasion: str) -> str:
        return unsubscribing.url_for(self.reader, NoticeKind(occasion))

    def instant(self, instant: datetime) -> str:
        return when.format_when(instant, self.zone, self.reader.locale)

    def money(self, amount: Money) -> str:
        return format_money(amount, locale=self.reader.locale)

    def _zone_of(self, person: User) -> str:
        return person.time_zone if is_zone(person.time_zone) else self.session.mentor.time_zone
