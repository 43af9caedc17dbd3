"""No-shows: one says that the other did not come, the other may say the opposite, and time or an operator decides.

What nobody contests within 72 hours stands: by the student's word everything goes back, by the mentor's the session counts as
held. Where the two contradict each other, whether by contesting or by both reporting, an operator decides. Until it
is contested or decided, the reporter can withdraw the report: the other then has as much time left to report as when it was made.
"""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext

from mentormap.accounts.models import User
from mentormap.bookings import cancellation, lifecycle, report_times
from mentormap.bookings.errors import RefusalKind, Refused
from mentormap.bookings.models import (
    TIME_BEFORE_REPORT,
    TIME_TO_CONTEST,
    AuditEntry,
    HistoryNote,
    NoShowReport,
    PaymentStatus,
    Session,
    SessionStatus,
)
from mentormap.bookings.notices import write
from mentormap.lib.deadlocks import retried_on_deadlock
from mentormap.lib.when import format_when
from mentormap.payments import flags, refunds
from mentormap.payments.models import Flag

BATCH: Final = 200


class CannotReport(Refused):
    """It is not the time for a no-show report, or there is nothing to decide by one."""

    kind = RefusalKind.CONFLICT
    code = "cannot-report"


class CannotContest(Refused):
    """There is no report of the other's that is still to be decided."""

    kind = RefusalKind.CONFLICT
    code = "cannot-contest"


class CannotWithdraw(Refused):
    """The person has made no report, or it is already contested or decided."""

    kind = RefusalKind.CONFLICT
    code = "cannot-withdraw"


class CannotDecide(Refused):
    """The report is already decided or withdrawn, or the session is not over."""

    kind = RefusalKind.CONFLICT
    code = "cannot-decide"


def report_of(session: Session) -> NoShowReport | None:
    found = NoShowReport.objects.select_related("reporter", "decided_by").filter(session=session).first()
    if found is not None:
        found.session = session
    return found


def obstacle(session: Session, *, viewer: User, now: datetime) -> str:
    """Why nothing can be reported: before 10 minutes from the start, once their time is over, where no money depends on it, and after
    three reports that they have withdrawn.

    In the viewer's zone. Empty if it can.
    """
    zone = viewer.time_zone or session.mentor.time_zone
    if session.status == SessionStatus.CANCELLED or session.is_hold:
        return gettext("This session did not take place, so nobody can have missed it.")
    if now < session.scheduled_at + TIME_BEFORE_REPORT:
        when = format_when(session.scheduled_at + TIME_BEFORE_REPORT, zone, viewer.locale)
        return gettext("This can be reported from 10 minutes after the start: from %(when)s on.") % {
            "when": when
        }
    if session.payment_status == PaymentStatus.REFUNDED:
        return gettext("Everything was refunded already, so there is nothing to decide.")
    if not report_times.is_reportable(session, by=viewer, now=now):
        until = format_when(report_times.reportable_until(session, by=viewer), zone, viewer.locale)
        return gettext("This could be reported until %(until)s.") % {"until": until}
    if not report_times.has_reports_left(session, by=viewer):
        return gettext("You have reported this three times and withdrawn it, so you cannot report it again.")
    return ""


@retried_on_deadlock
@transaction.atomic
def report(session: Session, *, actor: User, text: str, now: datetime) -> NoShowReport:
    """Says that the other did not come, and tells the other. Raises CannotReport.

    The same again changes nothing; where the other has reported already, it contests that report, or raises CannotContest.
    """
    current = lifecycle.locked(pk=session.pk)
    known = report_of(current)
    if known is None or known.withdrawn_at is not None:
        return _made(current, known, actor=actor, text=text, now=now)
    if known.reporter_id != actor.pk:
        _contest(known, text=text, now=now)
    return known


def _made(
    session: Session, withdrawn: NoShowReport | None, *, actor: User, text: str, now: datetime
) -> NoShowReport:
    """With the session and its payment locked. The one that was withdrawn makes way; the history keeps that it was there."""
    if why := obstacle(session, viewer=actor, now=now):
        raise CannotReport(why)
    number = withdrawn.round + 1 if withdrawn else 1
    if withdrawn:
        withdrawn.delete()
    made = NoShowReport.objects.create(
        session=session, reporter=actor, text=text.strip(), reported_at=now, round=number
    )
    lifecycle.note(session, HistoryNote.NO_SHOW_REPORTED, at=now, actor=actor)
    write.no_show_reported(made, now=now)
    return made


@retried_on_deadlock
@transaction.atomic
def withdraw(session: Session, *, actor: User, now: datetime) -> NoShowReport:
    """Takes back one's own report, and tells the other, who has the rest of their time to report. The same again changes nothing.

    Raises CannotWithdraw where there is none, or it is decided, or contested: it is then the other's claim as well.
    """
    known = report_of(lifecycle.locked(pk=session.pk))
    if known is None or known.reporter_id != actor.pk:
        raise CannotWithdraw(gettext("You have reported nothing about this session."))
    if known.withdrawn_at is not None:
        return known
    if known.decided_at is not None:
        raise CannotWithdraw(gettext("This is decided already, so your report can no longer be withdrawn."))
    if known.contested_at is not None:
        raise CannotWithdraw(
            gettext("Your report is contested, so it can no longer be withdrawn: an operator decides now.")
        )
    known.withdrawn_at = now
    known.save(update_fields=["withdrawn_at"])
    lifecycle.note(known.session, HistoryNote.NO_SHOW_WITHDRAWN, at=now, actor=actor)
    write.no_show_withdrawn(known, now=now)
    return known


@retried_on_deadlock
@transaction.atomic
def contest(session: Session, *, actor: User, text: str, now: datetime) -> NoShowReport:
    """Says the opposite of the other's report: an operator decides. The same again changes nothing. Raises CannotContest."""
    known = report_of(lifecycle.locked(pk=session.pk))
    if known is None or known.reporter_id == actor.pk:
        raise CannotContest(gettext("Nobody has reported that you did not come."))
    if known.withdrawn_at is not None:
        raise CannotContest(gettext("The report was withdrawn, so there is nothing to contest."))
    _contest(known, text=text, now=now)
    return known


def _contest(report: NoShowReport, *, text: str, now: datetime) -> None:
    """With the session and its payment locked."""
    if report.decided_at is None and report.contested_at is not None:
        return
    if not report.is_open or now >= report.contestable_until:
        raise CannotContest(gettext("This report could be contested for 72 hours, and they are over."))
    report.contested_at, report.contest_text = now, text.strip()
    report.save(update_fields=["contested_at", "contest_text"])
    note = f"{report}, and {report.absentee} contests it."
    flags.raise_flag(report.session.payment, Flag.Name.NO_SHOW, note, now=now)
    lifecycle.note(report.session, HistoryNote.NO_SHOW_CONTESTED, at=now, actor=report.absentee)
    write.no_show_contested(report, now=now)


def due(now: datetime) -> list[NoShowReport]:
    """Returns reports that were not contested in time; a session that is not completed yet has to wait."""
    waiting = NoShowReport.objects.filter(
        decided_at=None, withdrawn_at=None, contested_at=None, reported_at__lte=now - TIME_TO_CONTEST
    )
    over = waiting.exclude(session__status=SessionStatus.SCHEDULED)
    return list(over.select_related("session").order_by("reported_at", "pk")[:BATCH])


def decide_uncontested(report: NoShowReport, *, now: datetime) -> None:
    """Decides for the reporter. Does nothing if the report was contested, decided, withdrawn or replaced since it was read."""
    _decide_uncontested(report.session_id, now=now)
    cancellation.try_refunds(report.session.payment_id, now=now)


@retried_on_deadlock
@transaction.atomic
def _decide_uncontested(session_id: int, *, now: datetime) -> None:
    report = report_of(lifecycle.locked(pk=session_id))
    if report is not None and report.is_open and now >= report.contestable_until:
        _decide(report, _in_favour_of_reporter(report), now=now)


def _in_favour_of_reporter(report: NoShowReport) -> NoShowReport.Decision:
    return NoShowReport.Decision.STUDENT if report.is_by_student else NoShowReport.Decision.MENTOR


def decide(
    report: NoShowReport, decision: NoShowReport.Decision, *, reason: str, by: User, now: datetime
) -> None:
    """An operator's word, once the session is over; `reason` is for both to read. Raises CannotDecide.

    The refund is tried at once, after the commit; a job sends what was not.
    """
    _decide_by_hand(report.session_id, decision, reason=reason, by=by, now=now)
    cancellation.try_refunds(report.session.payment_id, now=now)


@retried_on_deadlock
@transaction.atomic
def _decide_by_hand(
    session_id: int, decision: NoShowReport.Decision, *, reason: str, by: User, now: datetime
) -> None:
    session = lifecycle.locked(pk=session_id)
    report = report_of(session)
    if report is None or report.decided_at is not None:
        raise CannotDecide(gettext("This is decided already."))
    if report.withdrawn_at is not None:
        raise CannotDecide(gettext("The report was withdrawn, so there is nothing to decide."))
    if session.status == SessionStatus.SCHEDULED:
        raise CannotDecide(gettext("The session is not over yet."))
    report.decided_by, report.reason = by, reason[:200]
    _decide(report, decision, now=now)
    for flag in session.payment.flags.open().filter(name=Flag.Name.NO_SHOW):
        flags.resolve(flag, by=by, resolution=f"Decided for the {decision.value}: {reason}", now=now)
    AuditEntry.objects.create(
        session=session, at=now, by=by, what=f"Decided the no-show for the {decision.value}: {reason}"[:600]
    )


def _decide(report: NoShowReport, decision: NoShowReport.Decision, *, now: datetime) -> None:
    """With the session and its payment locked. What went back before, goes back no second time."""
    session = report.session
    report.decided_at, report.decision = now, decision
    report.save(update_fields=["decided_at", "decision", "decided_by", "reason"])
    left = refunds.left_to_give(session.payment)
    if decision == NoShowReport.Decision.STUDENT and left:
        cancellation.refund(session, left, reason="the mentor did not come", now=now)
    write.no_show_decided(report, now=now)
