"""The sessions of a person, as student and as mentor: the list, each one, and what can be done with it."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import BooleanField, Case, DateTimeField, F, Q, QuerySet, Value, When
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from mentormap.accounts.models import User
from mentormap.bookings import cancellation, no_shows
from mentormap.bookings.cancellation import LessComesBack
from mentormap.bookings.errors import Refused
from mentormap.bookings.models import PaymentStatus, Session, SessionQuerySet, SessionStatus
from mentormap.bookings.notices import invites
from mentormap.calendars import links as calendar_links
from mentormap.lib import clock
from mentormap.lib.languages import Text
from mentormap.lib.money import Money, format_money
from mentormap.lib.numbers import parse_id
from mentormap.mentors.models import Mentor
from mentormap.mentors.reviews import review_of
from mentormap.web.forms.notes import NotesForm
from mentormap.web.http.context import MemberRequest
from mentormap.web.http.own_sessions import own_sessions, session_or_404
from mentormap.web.http.query_strings import changed_query
from mentormap.web.http.redirects import local_next
from mentormap.web.presenters.delivery_log import delivery_log
from mentormap.web.presenters.tickets import Ticket, dispute_words, move_words, refund_words

PAGE = 20
STATUSES: Final[dict[str, Text]] = {"": gettext_lazy("All"), **dict(SessionStatus.choices)}
SIDES: Final[dict[str, Text]] = {
    "": gettext_lazy("All"),
    "student": gettext_lazy("You learn"),
    "mentor": gettext_lazy("You mentor"),
}


@login_required
@require_safe
def sessions(request: MemberRequest) -> HttpResponse:
    """Upcoming ones first, the nearest at the top; then the others, the latest at the top."""
    now = clock.now()
    status, side = _choice(request, "status", STATUSES), _choice(request, "as", SIDES)
    chosen = _on_side(_with_status(own_sessions(request.user), status), request.user, side)
    ordered = _in_order(chosen, now).prefetch_related("payment__refunds", "payment__disputes")
    page = Paginator(ordered, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "tickets": [Ticket(session, request.user, now) for session in page],
        "filters": _filters(request),
        "is_filtered": bool(status or side),
        "earlier": changed_query(request, page=page.number - 1) if page.has_previous() else "",
        "later": changed_query(request, page=page.number + 1) if page.has_next() else "",
    }
    return render(request, "sessions/list.html", context)


@login_required
@require_safe
@vary_on_headers("HX-Request")
def session(request: MemberRequest, pk: int) -> HttpResponse:
    """One session with its history; htmx asks for the video link's part alone."""
    ticket = _ticket(request, pk)
    if request.htmx:
        return render(request, "sessions/_video.html", {"ticket": ticket})
    return _show(request, ticket, NotesForm.of(ticket.session))


@login_required
@require_POST
def notes(request: MemberRequest, pk: int) -> HttpResponse:
    ticket = _ticket(request, pk)
    form = NotesForm(request.POST)
    if not form.is_valid():
        return _show(request, ticket, form, status=422)
    found, typed = ticket.session, form.cleaned_data["notes"]
    if not found.write_notes(typed, seen=form.cleaned_data["seen"] or None):
        form = NotesForm.to_put_together(found, typed)
        return _show(request, ticket, form, status=HTTPStatus.CONFLICT)
    messages.success(request, gettext("Notes saved."))
    return redirect("session", pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: MemberRequest, pk: int) -> HttpResponse:
    """Says what would come back; a POST cancels."""
    ticket = _ticket(request, pk)
    if request.method == "POST":
        return _cancel(request, ticket)
    preview = cancellation.refund_preview(ticket.session, actor=request.user, now=ticket.now)
    context = {"ticket": ticket, "session": ticket.session, "preview": preview}
    return render(request, "sessions/cancel.html", context)


def _cancel(request: MemberRequest, ticket: Ticket) -> HttpResponse:
    promised = _promised_refund(request, ticket.session)
    try:
        ended = cancellation.cancel(ticket.session, actor=request.user, now=ticket.now, promised=promised)
    except LessComesBack as refusal:
        messages.error(request, refusal.sentence)
        return redirect("session_cancel", ticket.session.pk)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        _tell_what_became(request, ended)
    return redirect("session", ticket.session.pk)


def _promised_refund(request: MemberRequest, session: Session) -> Money | None:
    """Returns the refund that the confirmed page promised."""
    sent = parse_id(request.POST.get("comes_back", ""))
    return None if sent is None else Money(sent, session.currency)


@login_required
@require_POST
def release(request: MemberRequest, pk: int) -> HttpResponse:
    """Ends the holder's own hold."""
    ticket = _ticket(request, pk)
    if not ticket.is_student:
        raise Http404
    try:
        ended = cancellation.release(ticket.session, actor=request.user, now=ticket.now)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect("session", pk)
    _tell_what_became(request, ended)
    return redirect("session", pk) if ended.was_paid else redirect(local_next(request, default="/sessions"))


@login_required
@require_safe
def calendar(request: MemberRequest, pk: int) -> HttpResponseBase:
    """The invite as a file; a session that was never paid has none."""
    ticket = _ticket(request, pk)
    if not ticket.session.was_paid:
        raise Http404
    return HttpResponse(
        invites.download(ticket.session, ticket.now),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="mentormap-session-{pk}.ics"'},
    )


def _ticket(request: MemberRequest, pk: int) -> Ticket:
    return Ticket(session_or_404(request.user, pk), request.user, clock.now())


def _show(request: MemberRequest, ticket: Ticket, form: NotesForm, *, status: int = 200) -> HttpResponse:
    found = ticket.session
    meeting = invites.meeting_of(found)
    context = {
        "ticket": ticket,
        "session": found,
        "form": form,
        "are_changed": status == HTTPStatus.CONFLICT,
        "google_url": calendar_links.google_url(meeting),
        "outlook_url": calendar_links.outlook_url(meeting),
        "no_show": no_shows.report_of(found) if ticket.has_begun else None,
        "review": review_of(found.pk) if found.status == SessionStatus.COMPLETED else None,
        "refunds": [
            (refund, refund_words(refund, is_blocked=ticket.is_disputed, is_student=ticket.is_student))
            for refund in found.payment.refunds.all()
        ],
        "disputes": [
            (each, dispute_words(each, is_student=ticket.is_student)) for each in found.payment.disputes.all()
        ],
        "history": [(move, move_words(move)) for move in found.history.select_related("actor")],
        "notices": delivery_log(found, request.user, now=ticket.now),
    }
    return render(request, "sessions/session.html", context, status=status)


def _tell_what_became(request: MemberRequest, ended: Session) -> None:
    """After a cancellation, or after letting go, which may have come a moment after the payment."""
    if ended.is_upcoming:
        messages.info(request, "Your payment had just arrived, so this session is booked. You can cancel it.")
    elif ended.is_released and ended.payment.refund_on_arrival:
        messages.success(
            request,
            gettext(
                "The time is let go. If your bank still completes the payment, all of it goes back to you."
            ),
        )
    elif ended.is_released:
        messages.success(request, gettext("The time is let go, and nothing was charged."))
    else:
        messages.success(
            request,
            gettext("The session is cancelled. %(what_comes_back)s")
            % {"what_comes_back": _what_comes_back(request, ended)},
        )


def _what_comes_back(request: MemberRequest, ended: Session) -> str:
    payment = ended.payment
    owed = Money(payment.owed_minor, payment.currency)
    if not owed:
        return (
            gettext("Nothing is left to give back.")
            if payment.lost_minor
            else gettext("By its cancellation policy nothing comes back.")
        )
    amount = format_money(owed, locale=request.viewer_locale)
    is_back = ended.payment_status == PaymentStatus.REFUNDED
    if not is_back and payment.disputes.blocking().exists():
        return gettext("%(amount)s goes back once the bank has decided the dispute.") % {"amount": amount}
    if request.user.pk == ended.student_id:
        return gettext("%(amount)s goes back to you.") % {"amount": amount}
    return gettext("%(student)s gets %(amount)s back.") % {
        "student": ended.student.get_short_name(),
        "amount": amount,
    }


def _choice(request: MemberRequest, name: str, choices: Mapping[str, Text]) -> str:
    """A filter's value, if it is one of its choices."""
    value = request.GET.get(name, "")
    return value if value in choices else ""


def _filters(request: MemberRequest) -> list[dict[str, Any]]:
    """Returns filters by status, and for mentors by role."""
    filters = [_filter(request, gettext("Status"), "status", STATUSES)]
    if Mentor.objects.filter(user=request.user).exists():
        filters.append(_filter(request, gettext("Your part"), "as", SIDES))
    return filters


def _filter(request: MemberRequest, label: str, name: str, choices: Mapping[str, Text]) -> dict[str, Any]:
    current = _choice(request, name, choices)
    links = [
        (words, changed_query(request, **{name: value, "page": ""}), value == current)
        for value, words in choices.items()
    ]
    return {"label": label, "links": links}


def _with_status(chosen: SessionQuerySet, status: str) -> SessionQuerySet:
    """Holds that were let go are listed among the cancelled alone."""
    return chosen.filter(status=status) if status else chosen.not_released()


def _on_side(chosen: SessionQuerySet, user: User, side: str) -> SessionQuerySet:
    sides = {"student": Q(student=user), "mentor": Q(mentor__user=user)}
    return chosen.filter(sides.get(side, Q()))


def _in_order(chosen: SessionQuerySet, now: datetime) -> "QuerySet[Session]":
    is_ahead = Q(status=SessionStatus.SCHEDULED, ends_at__gt=now)
    return chosen.annotate(
        is_past=Case(When(is_ahead, then=Value(False)), default=Value(True), output_field=BooleanField()),
        ahead_at=Case(When(is_ahead, then=F("scheduled_at")), default=None, output_field=DateTimeField()),
    ).order_by("is_past", "ahead_at", "-scheduled_at", "-pk")
