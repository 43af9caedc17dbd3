"""A session as pages show it: the other person, the possible actions, and the money."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from mentormap.accounts.models import User
from mentormap.bookings import links, no_shows, report_times
from mentormap.bookings.models import HistoryNote, PaymentStatus, Session, SessionHistory, SessionStatus
from mentormap.lib.money import Money, format_money, format_part
from mentormap.notifications import preferences
from mentormap.notifications.notice_kinds import Channel, NoticeKind
from mentormap.payments.models import Dispute, Payment, Refund

REFUND_WORDS = {
    Refund.State.REQUESTED: gettext_lazy("on its way"),
    Refund.State.PENDING: gettext_lazy("on its way: the bank has it"),
    Refund.State.SUCCEEDED: gettext_lazy("sent back; banks show it after 5 to 10 days"),
    Refund.State.FAILED: gettext_lazy("failed: the bank sent it back to us"),
    Refund.State.CANCELED: gettext_lazy("stopped before it was sent"),
}
DISPUTE_WORDS = {
    Dispute.Status.WARNING_NEEDS_RESPONSE: (
        gettext_lazy("your bank has asked us about this payment; nothing has been moved"),
        gettext_lazy("the student's bank has asked us about this payment; nothing has been moved"),
    ),
    Dispute.Status.WARNING_UNDER_REVIEW: (
        gettext_lazy("your bank looks at our answer; nothing has been moved"),
        gettext_lazy("the student's bank looks at our answer; nothing has been moved"),
    ),
    Dispute.Status.WARNING_CLOSED: (
        gettext_lazy("your bank's question is closed; nothing was moved"),
        gettext_lazy("the student's bank's question is closed; nothing was moved"),
    ),
    Dispute.Status.NEEDS_RESPONSE: (
        gettext_lazy("your bank holds the money and has asked us for an answer"),
        gettext_lazy("the student's bank holds the money and has asked us for an answer"),
    ),
    Dispute.Status.UNDER_REVIEW: (
        gettext_lazy("your bank holds the money and looks at our answer"),
        gettext_lazy("the student's bank holds the money and looks at our answer"),
    ),
    Dispute.Status.WON: (
        gettext_lazy("your bank has decided that the payment stands"),
        gettext_lazy("the student's bank has decided that the payment stands"),
    ),
    Dispute.Status.LOST: (
        gettext_lazy("your bank has given the money back to the cardholder"),
        gettext_lazy("the student's bank has given the money back to the cardholder"),
    ),
    Dispute.Status.PREVENTED: (
        gettext_lazy("it was settled with your bank before it began"),
        gettext_lazy("it was settled with the student's bank before it began"),
    ),
}
"""For the student, and for the mentor."""
MOVE_WORDS: dict[tuple[str, str], Promise] = {
    (SessionStatus.SCHEDULED, PaymentStatus.PENDING): gettext_lazy("Time held"),
    (SessionStatus.SCHEDULED, PaymentStatus.PAID): gettext_lazy("Booked and paid"),
    (SessionStatus.CANCELLED, PaymentStatus.PENDING): gettext_lazy("Time let go"),
    (SessionStatus.CANCELLED, PaymentStatus.PAID): gettext_lazy("Cancelled"),
    (SessionStatus.COMPLETED, PaymentStatus.PAID): gettext_lazy("Completed"),
}


@dataclass(frozen=True)
class Ticket:
    """A session as one of its two people sees it at `now`."""

    session: Session
    viewer: User
    now: datetime

    @property
    def is_student(self) -> bool:
        return self.viewer.pk == self.session.student_id

    @property
    def who(self) -> str:
        other = self.session.counterpart_of(self.viewer)
        return other.name if self.is_student else gettext("%(other)s, your student") % {"other": other.name}

    @property
    def other_zone(self) -> str:
        """Where the other person's clocks are; empty if nobody knows."""
        return self.session.mentor.time_zone if self.is_student else self.session.student.time_zone

    @property
    def is_over(self) -> bool:
        return self.session.status != SessionStatus.SCHEDULED or self.now >= self.session.ends_at

    @property
    def can_cancel(self) -> bool:
        return self.session.is_upcoming and self.now < self.session.scheduled_at

    @property
    def can_move(self) -> bool:
        return self.can_cancel and self.now <= self.session.movable_until

    @property
    def has_begun(self) -> bool:
        """Returns whether somebody can be said not to have come."""
        return self.session.was_paid and self.session.scheduled_at <= self.now

    @property
    def can_report(self) -> bool:
        """Returns whether the viewer may still say that the other did not come."""
        return not no_shows.obstacle(self.session, viewer=self.viewer, now=self.now)

    @property
    def report_until(self) -> datetime:
        """Until when the viewer can say so."""
        return report_times.reportable_until(self.session, by=self.viewer)

    @property
    def no_show_note(self) -> str:
        """Says that a no-show report is open, and what it waits for; empty if none is. One query, unless the caller has prefetched it."""
        report = getattr(self.session, "no_show", None)
        if report is None or not report.is_pending:
            return ""
        if report.contested_at:
            return gettext("No-show report: an operator decides")
        other = self.session.counterpart_of(self.viewer).get_short_name()
        if report.reporter_id == self.viewer.pk:
            return gettext("You reported that %(other)s did not come. The report is open") % {"other": other}
        return gettext("%(other)s reports that you did not come. Say what happened") % {"other": other}

    @property
    def can_pay(self) -> bool:
        """Returns whether the payment page is still open to the holder."""
        return bool(self.session.payment_page(now=self.now))

    @property
    def is_disputed(self) -> bool:
        """Returns whether the bank holds the money, so that nothing can be given back."""
        return any(dispute.is_blocking for dispute in self.session.payment.disputes.all())

    @property
    def has_invite(self) -> bool:
        return self.session.was_paid and self.session.status != SessionStatus.CANCELLED

    @property
    def video_link(self) -> str:
        """The room, from 15 minutes before the start to the end; empty at other times."""
        session = self.session
        is_open = session.is_upcoming and session.link_opens_at() <= self.now < session.ends_at
        return links.meeting_link(session) if is_open else ""

    @property
    def awaits_link(self) -> bool:
        return self.session.is_upcoming and self.now < self.session.link_opens_at()

    @property
    def mails_link(self) -> bool:
        """Returns whether the link also comes by mail; one query, so not for lists."""
        return preferences.wants(self.viewer, NoticeKind.LINK, Channel.EMAIL)

    @property
    def seconds_to_next_look(self) -> int:
        """Until the link is there, or an hour at most: browsers do not keep longer times well."""
        left = self.session.link_opens_at() - self.now
        return min(int(left.total_seconds()) + 1, 3600)

    @property
    def payment_note(self) -> str:
        """The finer facts that stand after Paid, Pending or Refunded; empty where there are none."""
        session = self.session
        if session.is_hold:
            return gettext("your bank is confirming the payment") if session.is_under_way else ""
        return _unpaid_note(session.payment) if session.is_released else self._refund_note()

    def _refund_note(self) -> str:
        refunds = list(self.session.payment.refunds.all())
        waiting = [refund for refund in refunds if refund.state == Refund.State.REQUESTED]
        if waiting:
            share = self._share(sum(refund.amount_minor for refund in waiting))
            return (
                gettext("refund waits for the bank: %(share)s") % {"share": share}
                if self.is_disputed
                else gettext("refund on its way: %(share)s") % {"share": share}
            )
        if self.session.payment_status == PaymentStatus.REFUNDED:
            return ""
        if self.session.payment.refunded_minor:
            share = self._share(self.session.payment.refunded_minor)
            return gettext("%(share)s refunded") % {"share": share}
        has_failed = any(refund.has_failed for refund in refunds)
        return gettext("the refund failed, and we are looking into it") if has_failed else ""

    def _share(self, minor: int) -> str:
        """Such as "60.00 of 120.00 USD"; the whole without its part."""
        whole = self.session.payment.captured
        part = Money(minor, whole.currency)
        locale = self.viewer.locale
        return format_money(part, locale=locale) if part == whole else format_part(part, whole, locale=locale)


def _unpaid_note(payment: Payment) -> str:
    if payment.refund_on_arrival:
        return gettext("if the payment still arrives, all of it goes back")
    if payment.state == Payment.State.FAILED:
        return gettext("the payment failed, and nothing was charged")
    return gettext("nothing was charged")


def refund_words(refund: Refund, *, is_blocked: bool, is_student: bool) -> str:
    """`is_blocked`: the bank holds the money because of a dispute."""
    if refund.given_up_at is not None:
        return gettext("no longer needed: nothing was left to give back, or it was settled in another way")
    if refund.state == Refund.State.REQUESTED and is_blocked:
        return gettext("waits until the dispute is decided, since the bank holds the money")
    if refund.state == Refund.State.REQUIRES_ACTION:
        return (
            gettext("waits for your word: Stripe has sent you an email that asks where to send it")
            if is_student
            else gettext(
                "waits for the student's word: Stripe has sent the student an email that asks where to send it"
            )
        )
    return str(REFUND_WORDS[Refund.State(refund.state)])


def dispute_words(dispute: Dispute, *, is_student: bool) -> str:
    """Where it stands. A state that we have not heard of yet is a dispute that goes on."""
    known = dispute.status in Dispute.Status.values
    words = DISPUTE_WORDS[Dispute.Status(dispute.status) if known else Dispute.Status.UNDER_REVIEW]
    return str(words[0] if is_student else words[1])


def move_words(move: SessionHistory) -> str:
    """Describes a row of the history in two or three words."""
    if move.to_start:
        return gettext("Moved to another time")
    if move.why in HistoryNote.values:
        return str(HistoryNote(move.why).label)
    if move.to_payment_status == PaymentStatus.REFUNDED:
        return gettext("Refunded")
    if move.from_payment_status == PaymentStatus.REFUNDED:
        return gettext("Refund failed")
    return str(MOVE_WORDS[move.to_status, move.to_payment_status])
