"""The page of a no-show: one reports that the other did not come, the other may contest it, both read what became of it."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from mentormap.accounts.models import User
from mentormap.bookings import no_shows, report_times
from mentormap.bookings.errors import Refused
from mentormap.bookings.models import NoShowReport, Session
from mentormap.lib import clock
from mentormap.web.forms.no_shows import NoShowForm
from mentormap.web.http.context import MemberRequest
from mentormap.web.http.own_sessions import session_or_404


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def no_show(request: MemberRequest, pk: int) -> HttpResponse:
    """A POST reports; where the page has shown the other's report, it contests that, and reports nothing."""
    session = session_or_404(request.user, pk)
    form = NoShowForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        return _answer(request, session, form.cleaned_data["text"])
    now, known = clock.now(), no_shows.report_of(session)
    report = known if known and not known.withdrawn_at else None
    context = {
        "session": session,
        "other": session.counterpart_of(request.user),
        "is_student": request.user.pk == session.student_id,
        "report": report,
        "withdrawn": known if not report else None,
        "is_own": report is not None and report.reporter_id == request.user.pk,
        "can_withdraw": report is not None and report.is_open and report.reporter_id == request.user.pk,
        "can_contest": report is not None and _can_contest(report, request.user, now),
        "report_until": report_times.reportable_until(session, by=request.user) if known else None,
        "obstacle": "" if report else no_shows.obstacle(session, viewer=request.user, now=now),
        "form": form,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "sessions/no_show.html", context, status=status)


@login_required
@require_POST
def withdraw(request: MemberRequest, pk: int) -> HttpResponse:
    """Takes back one's own report."""
    session = session_or_404(request.user, pk)
    try:
        no_shows.withdraw(session, actor=request.user, now=clock.now())
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        other = session.counterpart_of(request.user).get_short_name()
        messages.success(
            request, gettext("Your report is withdrawn, and we notify %(other)s.") % {"other": other}
        )
    return redirect("session", pk)


def _answer(request: MemberRequest, session: Session, text: str) -> HttpResponse:
    """A report that was withdrawn meanwhile is not contested by one of one's own."""
    other = session.counterpart_of(request.user).get_short_name()
    act = no_shows.contest if "contests" in request.POST else no_shows.report
    try:
        report = act(session, actor=request.user, text=text, now=clock.now())
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect("session_no_show", session.pk)
    if report.reporter_id == request.user.pk:
        messages.success(
            request, gettext("Your report is saved, and %(other)s gets a mail.") % {"other": other}
        )
    else:
        messages.success(
            request,
            gettext("You have contested it: an operator decides, and %(other)s gets a mail.")
            % {"other": other},
        )
    return redirect("session_no_show", session.pk)


def _can_contest(report: NoShowReport, viewer: User, now: datetime) -> bool:
    return report.is_open and report.reporter_id != viewer.pk and now < report.contestable_until
