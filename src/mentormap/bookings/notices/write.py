"""Writes the rows of a notice with the change that it is about: who is to get it, and when it is due."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from mentormap.accounts.models import User
from mentormap.availability.models import BusyCalendar
from mentormap.bookings.models import NoShowReport, Session
from mentormap.bookings.notices.mails.calendars import outage_of
from mentormap.notifications import outbox
from mentormap.notifications.notice_kinds import NoticeKind
from mentormap.payments.models import Refund


def session_booked(session: Session, *, now: datetime) -> None:
    """Tells both now, and sends both the video link 15 minutes before the start, at once if that is past."""
    due = {NoticeKind.BOOKED: now, NoticeKind.LINK: max(now, session.link_opens_at())}
    _write(session.participants(), due, session, revision=str(session.sequence), now=now)


def session_rescheduled(session: Session, *, now: datetime) -> None:
    """Tells both, and sends the video link before the new start: what waits for the old one is stale by the raised sequence."""
    due = {NoticeKind.RESCHEDULED: now, NoticeKind.LINK: max(now, session.link_opens_at())}
    _write(session.participants(), due, session, revision=str(session.sequence), now=now)


def session_cancelled(session: Session, *, now: datetime) -> None:
    """Tells both. The caller has raised the session's sequence; who cancelled is read from its history."""
    _write(
        session.participants(), {NoticeKind.CANCELLED: now}, session, revision=str(session.sequence), now=now
    )


def late_payment_refunded(session: Session, *, now: datetime) -> None:
    """Tells both that the money came when the time could no longer be had, and goes back in full."""
    _write(session.participants(), {NoticeKind.LATE_PAYMENT_REFUNDED: now}, session, revision="0", now=now)


def payment_failed(session: Session, *, now: datetime) -> None:
    """Tells the student that a delayed payment method failed in the end."""
    _write([session.student], {NoticeKind.PAYMENT_FAILED: now}, session, revision="0", now=now)


def let_go_under_way(session: Session, *, now: datetime) -> None:
    """Tells the student who let go of a hold what becomes of a payment that the bank is still working on."""
    _write([session.student], {NoticeKind.LET_GO_UNDER_WAY: now}, session, revision="0", now=now)


def refund_failed(session: Session, *, refund: Refund, now: datetime) -> None:
    """Tells the student that the bank sent a refund back: once for each time that it was tried."""
    revision = f"{refund.pk}.{refund.attempt}"
    _write([session.student], {NoticeKind.REFUND_FAILED: now}, session, revision=revision, now=now)


def no_show_reported(report: NoShowReport, *, now: datetime) -> None:
    """Tells who is said not to have come."""
    _write(
        [report.absentee],
        {NoticeKind.NO_SHOW_REPORTED: now},
        report.session,
        revision=_round(report),
        now=now,
    )


def no_show_contested(report: NoShowReport, *, now: datetime) -> None:
    """Tells who reported."""
    _write(
        [report.reporter],
        {NoticeKind.NO_SHOW_CONTESTED: now},
        report.session,
        revision=_round(report),
        now=now,
    )


def no_show_withdrawn(report: NoShowReport, *, now: datetime) -> None:
    """Tells who was said not to have come."""
    due = {NoticeKind.NO_SHOW_WITHDRAWN: now}
    _write([report.absentee], due, report.session, revision=_round(report), now=now)


def _round(report: NoShowReport) -> str:
    """ "0" for the first."""
    return str(report.round - 1)


def no_show_decided(report: NoShowReport, *, now: datetime) -> None:
    """Tells both."""
    people = report.session.participants()
    _write(people, {NoticeKind.NO_SHOW_DECIDED: now}, report.session, revision="0", now=now)


def calendar_unreadable(calendar: BusyCalendar, *, now: datetime) -> None:
    """Tells the mentor that a calendar of theirs cannot be read, once an outage."""
    outbox.write(
        occasion=NoticeKind.CALENDAR_UNREADABLE,
        reference=calendar.pk,
        people=[calendar.mentor.user],
        revision=outage_of(calendar),
        due_at=now,
        now=now,
    )


def room_fell_back(session: Session, *, now: datetime) -> None:
    """Tells the mentor that the room could not be made where they wanted it."""
    _write(
        [session.mentor.user],
        {NoticeKind.ROOM_FELL_BACK: now},
        session,
        revision=str(session.sequence),
        now=now,
    )


def _write(
    people: Iterable[User],
    due: Mapping[NoticeKind, datetime],
    session: Session,
    *,
    revision: str,
    now: datetime,
) -> None:
    outbox.write_all(due, reference=session.pk, people=people, revision=revision, now=now)
