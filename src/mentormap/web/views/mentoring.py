"""Becoming a mentor and staying one: profile, photo, and what students see of it."""

from collections.abc import Callable
from functools import wraps
from typing import Final

from allauth.core.internal import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mentormap.accounts.verification import has_verified_email
from mentormap.availability.hours import has_hours, hours_of
from mentormap.bookings.policy import CancellationPolicy
from mentormap.lib import clock
from mentormap.lib.view_limits import BODY_BYTES, takes_bytes
from mentormap.mentors.models import Mentor
from mentormap.mentors.photos import MOST_BYTES, PhotoRefused, remove_photo, store_photo
from mentormap.mentors.publishing import (
    NotReady,
    ProfilePart,
    begin_draft,
    describe,
    mentor_of,
    missing_parts,
)
from mentormap.mentors.publishing import (
    pause as pause_mentor,
)
from mentormap.mentors.publishing import (
    publish as publish_mentor,
)
from mentormap.web.forms.mentoring import PhotoForm, ProfileForm
from mentormap.web.http.context import MemberRequest
from mentormap.web.presenters.typed_hours import Days

PHOTOS = {"photo": "20/h/user"}
"""The limit on photos from one person, because decoding them takes time and memory."""
View = Callable[[MemberRequest], HttpResponse]
PHOTO_FORM_BYTES: Final = 2 * MOST_BYTES + BODY_BYTES
"""Room for a photo that is over its limit, so that the form can say so."""


def verified(view: View) -> View:
    """For people who are logged in and have proved their address; others get instructions."""

    @wraps(view)
    def guarded(request: MemberRequest) -> HttpResponse:
        if has_verified_email(request.user):
            return view(request)
        return render(request, "mentoring/verify.html", status=403)

    return login_required(guarded)


@verified
@require_safe
def mentoring(request: MemberRequest) -> HttpResponse:
    """Where one stands as a mentor, and what is still to do."""
    own = mentor_of(request.user)
    if own is None:
        return render(request, "mentoring/begin.html")
    hours = hours_of(own)
    context = {
        "mentor": own,
        "days": Days.of(hours),
        "policy": CancellationPolicy.of(own).sentence(),
        "calendars": own.busy_calendars.all(),
        "missing": missing_parts(own, has_hours=bool(hours)),
        "parts": list(ProfilePart),
    }
    return render(request, "mentoring/overview.html", context)


@takes_bytes(PHOTO_FORM_BYTES, after_login=True)
@verified
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: MemberRequest) -> HttpResponse:
    """The first save begins the draft; facts and photo are saved together."""
    sent, files = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = ProfileForm(sent, mentor=own_or_new(request), locale=request.viewer_locale)
    photo_form = PhotoForm(sent, files)
    if not all([form.is_valid(), photo_form.is_valid()]):
        return _show_profile(request, form, photo_form)
    own = begin_draft(request.user, time_zone=request.viewer_zone, now=clock.now())
    if not _takes_photo(request, own, photo_form):
        return _show_profile(request, form, photo_form)
    if "remove_photo" in request.POST:
        remove_photo(own)
    fields = form.cleaned_data
    describe(
        own,
        headline=fields["headline"],
        about=fields["about"],
        rate=fields.get("rate"),
        currency=fields["currency"],
        expertise=fields["expertise"],
        added=fields["new_expertise"],
    )
    messages.success(request, gettext("Saved."))
    return redirect("mentoring")


def _takes_photo(request: MemberRequest, own: Mentor, form: PhotoForm) -> bool:
    """Returns whether there was no photo, or one that could be taken in place of the old one."""
    if form.cleaned_data["photo"] is None:
        return True
    if not ratelimit.consume(request, app="mentormap.web", action="photo", config=PHOTOS):
        form.add_error(
            "photo", gettext("You have uploaded 20 photos within an hour. Try this one again in an hour.")
        )
        return False
    try:
        store_photo(own, form.cleaned_data["photo"])
    except PhotoRefused as refusal:
        form.add_error("photo", str(refusal))
    return not form.errors


@verified
@require_POST
def publish(request: MemberRequest) -> HttpResponse:
    own = mentor_of(request.user)
    if own is None:
        return redirect("mentoring")
    try:
        publish_mentor(own, has_hours=has_hours(own))
    except NotReady as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, gettext("You are published: students can find and book you."))
    return redirect("mentoring")


@verified
@require_POST
def pause(request: MemberRequest) -> HttpResponse:
    own = mentor_of(request.user)
    if own is not None:
        pause_mentor(own)
        messages.success(request, gettext("You are paused: nobody new can book you. Booked sessions stay."))
    return redirect("mentoring")


def own_or_new(request: MemberRequest) -> Mentor:
    """One that is not stored yet looks like an empty draft."""
    return mentor_of(request.user) or Mentor(user=request.user, time_zone=request.viewer_zone)


def _show_profile(request: MemberRequest, form: ProfileForm, photo_form: PhotoForm) -> HttpResponse:
    status = 422 if form.errors or photo_form.errors else 200
    form.show_as_needed()
    context = {"form": form, "photo_form": photo_form, "mentor": mentor_of(request.user)}
    return render(request, "mentoring/profile.html", context, status=status)
