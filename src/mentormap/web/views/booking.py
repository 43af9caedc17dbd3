"""The page of one mentor, and booking there."""

from collections.abc import Sequence
from datetime import datetime

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from mentormap.accounts.models import User
from mentormap.bookings.checkout import BookingRequest, book
from mentormap.bookings.errors import EmailNotVerified, Refused, SlotRefused
from mentormap.lib import clock
from mentormap.mentors.models import Mentor
from mentormap.web.booking_desk import Desk, asked_for
from mentormap.web.context import PageRequest, assume_zone
from mentormap.web.drafts import FIELDS, forget_draft, keep_draft
from mentormap.web.forms.booking import BookingForm

LOOKING = ("show", "weeks", "pick")
"""Buttons that show other times, where no script does, and book nothing."""


@require_http_methods(["GET", "HEAD", "POST"])
def mentor(request: PageRequest, mentor_id: int) -> HttpResponse:
    """GET shows the mentor with the form, or for htmx the open times alone; POST books and goes to the payment page."""
    mentors = Mentor.objects.visible_to(request.user).select_related("user").prefetch_related("expertise")
    found = mentors.filter(pk=mentor_id).first()
    if found is None:
        raise Http404
    assume_zone(request, found.time_zone)
    desk = Desk.of(request, found, now=clock.now())
    if request.method != "POST":
        return _show(desk, desk.form())
    if any(button in request.POST for button in LOOKING):
        return _show(desk, _as_filled_in(request))
    return _submit(desk)


def _as_filled_in(request: PageRequest) -> BookingForm:
    """Not judged yet: the person is still looking for a time."""
    filled = {name: request.POST[name] for name in FIELDS if name in request.POST}
    if request.POST.get("pick"):
        filled["starts_at"] = request.POST["pick"]
    return BookingForm(initial=filled)


def _submit(desk: Desk) -> HttpResponse:
    request, form = desk.request, BookingForm(desk.request.POST)
    if not form.is_valid():
        return _show(desk, form, status=422)
    if not isinstance(request.user, User):
        keep_draft(request, desk.mentor.pk, request.POST.dict())
        return _see_other(f"{reverse('account_login')}?{urlencode({'next': request.path})}")
    try:
        session = book(
            _asked(request.user, desk.mentor, form),
            origin=f"{request.scheme}://{request.get_host()}",
            now=desk.now,
        )
    except Refused as refusal:
        return _refused(desk, form, refusal)
    forget_draft(request)
    return _see_other(session.payment.checkout_url)


def _asked(student: User, mentor: Mentor, form: BookingForm) -> BookingRequest:
    fields = form.cleaned_data
    return BookingRequest(
        student=student,
        mentor_id=mentor.pk,
        title=fields["title"],
        description=fields["description"],
        starts_at=fields["starts_at"],
        duration_minutes=fields["duration_minutes"],
    )


def _refused(desk: Desk, form: BookingForm, refusal: Refused) -> HttpResponse:
    """The same page as it was filled in, with what to mend; the hold is looked up anew, as booking may have ended it."""
    if isinstance(refusal, EmailNotVerified):
        keep_draft(desk.request, desk.mentor.pk, desk.request.POST.dict())
    form.refuse(refusal.field, refusal.sentence)
    next_open = refusal.next_open if isinstance(refusal, SlotRefused) else []
    fresh = Desk.of(desk.request, desk.mentor, now=desk.now)
    return _show(fresh, form, status=refusal.status, next_open=next_open)


def _show(
    desk: Desk, form: BookingForm, *, status: int = 200, next_open: Sequence[datetime] = ()
) -> HttpResponse:
    request = desk.request
    values = request.POST if request.method == "POST" else request.GET
    context = desk.context(form, asked_for(values, form.start), next_open)
    is_part = request.htmx and not request.htmx.history_restore_request
    template = "mentors/_times.html" if is_part else "mentors/profile.html"
    response = render(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _see_other(url: str) -> HttpResponse:
    """303: what follows a POST is a GET (RFC 9110 section 15.4.4)."""
    return HttpResponseRedirect(url, status=303)
