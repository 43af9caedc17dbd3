"""The review of a session: its student writes it, its mentor answers it, on one page."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods

from mentormap.bookings import reviews
from mentormap.bookings.errors import Refused
from mentormap.bookings.models import Session, SessionStatus
from mentormap.lib import clock
from mentormap.mentors.models import Review
from mentormap.mentors.reviews import review_of
from mentormap.web.forms.reviews import AnswerForm, ReviewForm
from mentormap.web.http.context import MemberRequest
from mentormap.web.http.own_sessions import session_or_404

_STAYS_HIDDEN = gettext_lazy(
    "Saved. The review stays hidden: an operator has taken it off the mentor’s page."
)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: MemberRequest, pk: int) -> HttpResponse:
    """For its two people alone, and only when the session is completed."""
    session = session_or_404(request.user, pk)
    if session.status != SessionStatus.COMPLETED:
        raise Http404
    written = review_of(session.pk)
    if request.user.pk == session.student_id:
        return _review(request, session, written)
    if written is None:
        raise Http404
    return _answer(request, session, written)


def _review(request: MemberRequest, session: Session, written: Review | None) -> HttpResponse:
    now = clock.now()
    earlier = {"stars": written.stars, "text": written.text} if written else {}
    form = ReviewForm(request.POST if request.method == "POST" else None, initial=earlier)
    if not form.is_valid():
        return _show(request, session, written, form)
    try:
        reviews.review(session, now=now, **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(
            request,
            _STAYS_HIDDEN
            if _is_hidden(written)
            else gettext("Thank you: your review is on the mentor’s page."),
        )
    return redirect("session", session.pk)


def _answer(request: MemberRequest, session: Session, written: Review) -> HttpResponse:
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _show(request, session, written, form)
    try:
        reviews.answer(session, text=form.cleaned_data["answer"], now=clock.now())
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(
            request, _STAYS_HIDDEN if _is_hidden(written) else gettext("Your answer stands below the review.")
        )
    return redirect("session", session.pk)


def _is_hidden(review: Review | None) -> bool:
    return review is not None and review.hidden_at is not None


def _show(request: MemberRequest, session: Session, written: Review | None, form: forms.Form) -> HttpResponse:
    context = {
        "session": session,
        "review": written,
        "form": form,
        "is_student": request.user.pk == session.student_id,
        "is_editable": written is None or clock.now() <= written.editable_until(),
    }
    return render(request, "sessions/review.html", context, status=422 if form.errors else 200)
