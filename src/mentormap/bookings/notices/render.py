"""Renders a notice from the facts of the moment at which it is sent; what is no longer true is not sent."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db.models import F

from mentormap.accounts.models import User
from mentormap.availability.models import BusyCalendar
from mentormap.bookings.models import NoShowReport, SessionStatus
from mentormap.bookings.notices import invites
from mentormap.bookings.notices.mails import accounts, content, operators
from mentormap.bookings.notices.mails.calendars import CalendarFacts, outage_of
from mentormap.bookings.notices.mails.cancellations import Cancellation
from mentormap.bookings.notices.mails.content import MailContent
from mentormap.bookings.notices.mails.facts import Facts
from mentormap.bookings.notices.mails.no_shows import NoShowMail
from mentormap.bookings.notices.mails.reschedulings import Rescheduling
from mentormap.bookings.notices.messages import AnyMessage, build_message
from mentormap.bookings.notices.prefetch import Prefetch
from mentormap.calendars.invite import Method
from mentormap.lib.languages import in_language_of
from mentormap.mentors.reviews import review_of
from mentormap.notifications import account_mails, preferences
from mentormap.notifications.channels.email import Invite
from mentormap.notifications.models import Delivery, Notice
from mentormap.notifications.notice_kinds import Channel, NoticeKind, Subject
from mentormap.payments.models import Payment, Refund


def render_notice(
    delivery: Delivery, now: datetime, *, prefetch: Prefetch | None = None
) -> AnyMessage | None:
    """What is to be sent, as things are now; None for what is no longer so, such as the link of a cancelled session, and for
    what its reader does not want on this channel."""
    notice, person = delivery.notice, delivery.notice.person
    prefetch = prefetch or Prefetch(delivery)
    if notice.occasion == NoticeKind.ACCOUNT:
        mail = account_mails.render(delivery)
        with in_language_of(person.locale if person else settings.LANGUAGE_CODE):
            return accounts.as_html(mail) if mail else None
    if person is None or not person.is_active:
        return None
    occasion, channel = NoticeKind(notice.occasion), Channel(delivery.channel)
    if not preferences.wants(person, occasion, channel, chosen=prefetch.choices()):
        return None
    with in_language_of(person.locale):
        rendered = _render(notice, person, now, prefetch)
        return build_message(delivery, person, *rendered, now=now) if rendered else None


def subject_of(delivery: Delivery, now: datetime, *, prefetch: Prefetch) -> str | None:
    """Returns the subject that its mail would have if it were sent then; None if it is no longer true."""
    notice, person = delivery.notice, delivery.notice.person
    if notice.occasion == NoticeKind.ACCOUNT:
        mail = account_mails.render(delivery)
        return mail.subject if mail else None
    if person is None:
        return None
    with in_language_of(person.locale):
        rendered = _render(notice, person, now, prefetch)
        return rendered[0].subject if rendered else None


_Rendered = tuple[MailContent, Invite | None] | None


def _render(notice: Notice, person: User, now: datetime, prefetch: Prefetch) -> _Rendered:
    match NoticeKind(notice.occasion).subject:
        case Subject.SESSION:
            session = prefetch.session(notice.reference)
            if session is None:
                return None
            return _RENDERERS[notice.occasion](Facts(session, person, now, prefetch.choices()), notice)
        case Subject.CALENDAR:
            return _calendar_unreadable(notice, person, now)
        case _:
            mail = operators.render_mail(notice, person, now) if person.is_staff else None
            return (mail, None) if mail else None


def _calendar_unreadable(notice: Notice, person: User, now: datetime) -> _Rendered:
    """Stale once the calendar could be read again, or was removed."""
    calendar = BusyCalendar.objects.filter(pk=notice.reference).first()
    if calendar is None or notice.revision != outage_of(calendar):
        return None
    return content.render_mail("calendar_unreadable", f=CalendarFacts(calendar, person, now)), None


def _booked(facts: Facts, notice: Notice) -> _Rendered:  # noqa: ARG001 - as the others
    """Also the receipt, so it is sent even if the session was moved meanwhile; to the student even once it is over."""
    session = facts.session
    if session.status == SessionStatus.CANCELLED or not session.was_paid:
        return None
    if facts.now >= session.ends_at:
        return None if facts.is_mentor else (content.render_mail("receipt", f=facts), None)
    return content.render_mail(f"booked_{_side(facts)}", f=facts), _request(facts)


def _rescheduled(facts: Facts, notice: Notice) -> _Rendered:
    """Announces only the last of several moves, and only until the session is over."""
    if not _stands(facts, notice):
        return None
    mail = content.render_mail(f"rescheduled_{_side(facts)}", f=facts, move=Rescheduling(facts))
    return mail, _request(facts)


def _stands(facts: Facts, notice: Notice) -> bool:
    """Returns whether the session is as the notice was written for, and not over."""
    session = facts.session
    is_current = session.is_upcoming and notice.revision == str(session.sequence)
    return is_current and facts.now < session.ends_at


def _request(facts: Facts) -> Invite:
    return Invite(Method.REQUEST, invites.request(facts.session, facts.reader, facts.now))


def _cancel(facts: Facts) -> Invite:
    return Invite(Method.CANCEL, invites.cancel(facts.session, facts.reader, facts.now))


def _link(facts: Facts, notice: Notice) -> _Rendered:
    """When it is due says the delivery; here only whether there is still something to join."""
    if not _stands(facts, notice):
        return None
    return content.render_mail("link", f=facts), None


def _cancelled(facts: Facts, notice: Notice) -> _Rendered:
    """A mentor who never knew of an unpaid hold is not notified of its end."""
    session = facts.session
    is_current = session.status == SessionStatus.CANCELLED and notice.revision == str(session.sequence)
    if not is_current or (facts.is_mentor and not session.was_paid):
        return None
    mail = content.render_mail(f"cancelled_{_side(facts)}", f=facts, cancellation=Cancellation(facts))
    return mail, _cancel(facts) if session.was_paid else None


def _late_payment_refunded(facts: Facts, notice: Notice) -> _Rendered:  # noqa: ARG001 - as the others
    if facts.session.status != SessionStatus.CANCELLED:
        return None
    return content.render_mail(f"late_payment_refunded_{_side(facts)}", f=facts), None


def _payment_failed(facts: Facts, notice: Notice) -> _Rendered:  # noqa: ARG001 - as the others
    if not facts.session.is_released:
        return None
    return content.render_mail("payment_failed", f=facts), None


def _let_go_under_way(facts: Facts, notice: Notice) -> _Rendered:  # noqa: ARG001 - as the others
    """Stale once the payment has arrived, or failed."""
    is_under_way = facts.session.payment.state == Payment.State.PROCESSING
    return (content.render_mail("let_go_under_way", f=facts), None) if is_under_way else None


def _refund_failed(facts: Facts, notice: Notice) -> _Rendered:
    """Stale once the refund has been tried again, or was paid back in another way."""
    pk, _, attempt = notice.revision.partition(".")
    refund = facts.session.payment.refunds.failed().filter(pk=pk, attempt=attempt or 1).first()
    if refund is None:
        return None
    return content.render_mail("refund_failed", f=facts, refund=refund), None


def _reminder(facts: Facts, notice: Notice) -> _Rendered:
    """Stale once the link is out."""
    if not _stands(facts, notice) or facts.is_link_open:
        return None
    return content.render_mail("reminder", f=facts), None


def _hold_expiring(facts: Facts, notice: Notice) -> _Rendered:  # noqa: ARG001 - as the others
    session = facts.session
    is_unpaid = session.is_hold and not session.is_under_way
    if not is_unpaid or session.hold_expires_at is None or facts.now >= session.hold_expires_at:
        return None
    return content.render_mail("hold_expiring", f=facts), None


def _finished(facts: Facts, notice: Notice) -> _Rendered:  # noqa: ARG001 - as the others
    """Stale once it is reviewed, or said not to have taken place."""
    session = facts.session
    is_missed = NoShowReport.objects.filter(session=session).exists()
    if session.status != SessionStatus.COMPLETED or is_missed or review_of(session.pk):
        return None
    return content.render_mail("finished", f=facts), None


def _refund_requested(facts: Facts, notice: Notice) -> _Rendered:
    """Stale once it has arrived, or failed; and once it waits for the student, who gets another notice about that."""
    pk, _, attempt = notice.revision.partition(".")
    refund = facts.session.payment.refunds.filter(pk=pk, attempt=attempt or F("attempt")).first()
    is_asked = refund is not None and refund.state == Refund.State.REQUIRES_ACTION
    if refund is None or refund.state not in Refund.UNDER_WAY or is_asked != bool(attempt):
        return None
    return content.render_mail(
        "refund_asks" if is_asked else "refund_requested", f=facts, refund=refund
    ), None


def _refund_done(facts: Facts, notice: Notice) -> _Rendered:
    """Stale if it failed after all, or was tried again since."""
    pk, _, attempt = notice.revision.partition(".")
    done = facts.session.payment.refunds.filter(pk=pk, attempt=attempt, state=Refund.State.SUCCEEDED)
    refund = done.first()
    if refund is None:
        return None
    return content.render_mail("refund_done", f=facts, refund=refund), None


def _no_show_reported(facts: Facts, notice: Notice) -> _Rendered:  # noqa: ARG001 - as the others
    """Returns whether the report is contested, decided or withdrawn, so that the notice is out of date."""
    report = NoShowReport.objects.filter(session=facts.session).first()
    if report is None or not report.is_open:
        return None
    return content.render_mail("no_show_reported", f=facts, no_show=NoShowMail(facts, report)), None


def _no_show_contested(facts: Facts, notice: Notice) -> _Rendered:  # noqa: ARG001 - as the others
    """Stale once it is decided."""
    report = NoShowReport.objects.filter(session=facts.session).first()
    if report is None or report.contested_at is None or not report.is_pending:
        return None
    return content.render_mail("no_show_contested", f=facts, no_show=NoShowMail(facts, report)), None


def _no_show_withdrawn(facts: Facts, notice: Notice) -> _Rendered:  # noqa: ARG001 - as the others
    """Returns whether there is a newer report, so that the notice is out of date."""
    if not NoShowReport.objects.filter(session=facts.session).exclude(withdrawn_at=None).exists():
        return None
    return content.render_mail("no_show_withdrawn", f=facts), None


def _no_show_decided(facts: Facts, notice: Notice) -> _Rendered:  # noqa: ARG001 - as the others
    report = NoShowReport.objects.filter(session=facts.session).exclude(decided_at=None).first()
    if report is None:
        return None
    return content.render_mail("no_show_decided", f=facts, no_show=NoShowMail(facts, report)), None


def _room_fell_back(facts: Facts, notice: Notice) -> _Rendered:
    if not _stands(facts, notice):
        return None
    return content.render_mail("room_fell_back", f=facts), None


def _side(facts: Facts) -> str:
    return "mentor" if facts.is_mentor else "student"


_RENDERERS: Final[dict[str, Callable[[Facts, Notice], _Rendered]]] = {
    NoticeKind.BOOKED: _booked,
    NoticeKind.LINK: _link,
    NoticeKind.RESCHEDULED: _rescheduled,
    NoticeKind.CANCELLED: _cancelled,
    NoticeKind.LATE_PAYMENT_REFUNDED: _late_payment_refunded,
    NoticeKind.PAYMENT_FAILED: _payment_failed,
    NoticeKind.LET_GO_UNDER_WAY: _let_go_under_way,
    NoticeKind.REFUND_FAILED: _refund_failed,
    NoticeKind.NO_SHOW_REPORTED: _no_show_reported,
    NoticeKind.NO_SHOW_CONTESTED: _no_show_contested,
    NoticeKind.NO_SHOW_WITHDRAWN: _no_show_withdrawn,
    NoticeKind.NO_SHOW_DECIDED: _no_show_decided,
    NoticeKind.ROOM_FELL_BACK: _room_fell_back,
    NoticeKind.REMINDER: _reminder,
    NoticeKind.HOLD_EXPIRING: _hold_expiring,
    NoticeKind.FINISHED: _finished,
    NoticeKind.REFUND_REQUESTED: _refund_requested,
    NoticeKind.REFUND_DONE: _refund_done,
}
