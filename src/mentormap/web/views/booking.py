"""The page of one mentor, and booking there."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from mentormap.accounts.models import User
from mentormap.bookings.booking_request import BookingRequest, EmailNotVerified
from mentormap.bookings.checkout import book_or_wait
from mentormap.bookings.errors import Refused
from mentormap.bookings.idempotency import digest
from mentormap.bookings.limits import HoldsPaused
from mentormap.bookings.links import session_path
from mentormap.bookings.models import Session
from mentormap.bookings.slots.finder import SlotRefused
from mentormap.lib import clock
from mentormap.lib.when import format_when
from mentormap.mentors.models import Mentor
from mentormap.web.forms.booking import BookingForm
from mentormap.web.http.context import PageRequest, assume_zone
from mentormap.web.http.drafts import FIELDS, forget_draft, keep_draft
from mentormap.web.http.parts import render_part_or_page
from mentormap.web.http.refusals import STATUSES
from mentormap.web.http.zone_switch import switches_zone
from mentormap.web.presenters.mentor_page import MentorPage
from mentormap.web.presenters.picker import is_looking, picked_start


@require_http_methods(["GET", "HEAD", "POST"])
@switches_zone
def mentor(request: PageRequest, mentor_id: int) -> HttpResponse:
    """GET shows the mentor with the form, or for htmx the open times alone; POST books and goes to the payment page."""
    mentors = Mentor.objects.visible_to(request.user).select_related("user", "booking_rules")
    found = mentors.filter(pk=mentor_id).first()
    if found is None:
        raise Http404
    assume_zone(request, found.time_zone)
    now = clock.now()
    if request.method == "POST" and not is_looking(request.POST):
        return _submit(request, found, now=now)
    page = MentorPage.of(request, found, now=now)
    return _show(page, _as_filled_in(request) if request.method == "POST" else page.form())


def _as_filled_in(request: PageRequest) -> BookingForm:
    """Not judged yet: the person is still looking for a time."""
    filled = {name: request.POST[name] for name in FIELDS if name in request.POST}
    return BookingForm(initial={**filled, "starts_at": picked_start(request.POST)})


def _submit(request: PageRequest, mentor: Mentor, *, now: datetime) -> HttpResponse:
    form = BookingForm(request.POST)
    if not form.is_valid():
        return _show(MentorPage.of(request, mentor, now=now), form, status=422)
    if not isinstance(request.user, User):
        keep_draft(request, mentor.pk, form.cleaned_data)
        messages.info(request, "Log in or sign up to book. What you have filled in is kept.")
        return _see_other(f"{reverse('account_login')}?{urlencode({'next': f'{request.path}#book'})}")
    try:
        session = _book(request, _read_request(request, request.user, mentor, form), now=now)
    except Refused as refusal:
        return _show_refusal(MentorPage.of(request, mentor, now=now), form, refusal)
    forget_draft(request)
    return _see_other(session.payment_page(now=now) or session_path(session))


def _book(request: PageRequest, asked: BookingRequest, *, now: datetime) -> Session:
    """Books; the second request of a double-click waits for the first, and a form sent again after its hold ended books again."""
    origin = f"{request.scheme}://{request.get_host()}"
    session = book_or_wait(asked, origin=origin, now=now)
    is_unpaid = not session.was_paid and not session.is_under_way
    if is_unpaid and not session.payment_page(now=now):
        return book_or_wait(replace(asked, key=""), origin=origin, now=now)
    return session


def _read_request(request: PageRequest, student: User, mentor: Mentor, form: BookingForm) -> BookingRequest:
    """The key is of this rendering of the form and of what was filled in: other facts are another booking."""
    fields = form.cleaned_data
    facts = {name: fields[name] for name in ("title", "description", "starts_at", "duration_minutes")}
    nonce = request.POST.get("nonce", "")[:64]
    return BookingRequest(
        student=student,
        mentor=mentor,
        key=f"form-{digest(nonce, mentor.pk, *facts.values())}" if nonce else "",
        address=get_adapter().get_client_ip(request),
        **facts,
    )


def _show_refusal(page: MentorPage, form: BookingForm, refusal: Refused) -> HttpResponse:
    """The same page as it was filled in, with the errors; `desk` was made after the try, which may have ended the student's hold."""
    if isinstance(refusal, EmailNotVerified):
        keep_draft(page.request, page.mentor.pk, form.cleaned_data)
    form.refuse(refusal.field, _as_read_here(refusal, page.request))
    next_open = refusal.next_open if isinstance(refusal, SlotRefused) else []
    response = _show(page, form, status=STATUSES[refusal.kind], next_open=next_open)
    if refusal.retry_after:
        response["Retry-After"] = str(refusal.retry_after)
    return response


def _as_read_here(refusal: Refused, request: PageRequest) -> str:
    """Formats the end of a pause in the time zone of the page."""
    if not isinstance(refusal, HoldsPaused):
        return refusal.sentence
    return refusal.in_words(lambda end: format_when(end, request.viewer_zone, request.viewer_locale))


def _show(
    page: MentorPage, form: BookingForm, *, status: int = 200, next_open: Sequence[datetime] = ()
) -> HttpResponse:
    context = page.context(form, next_open)
    return render_part_or_page(
        page.request, "mentors/_times.html", "mentors/profile.html", context, status=status
    )


def _see_other(url: str) -> HttpResponse:
    """303: what follows a POST is a GET (RFC 9110 section 15.4.4)."""
    return HttpResponseRedirect(url, status=303)
