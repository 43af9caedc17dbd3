"""Moving a session: pick another open time, see what changes, confirm."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from mentormap.bookings import reschedule as rescheduling
from mentormap.bookings.errors import Refused
from mentormap.bookings.models import Session
from mentormap.bookings.policy import hours_in_words
from mentormap.bookings.reschedule import CannotMove, MovedMeanwhile, TooLateToMove
from mentormap.bookings.slots.finder import SlotRefused
from mentormap.lib import clock
from mentormap.lib.when import format_when
from mentormap.web.forms.rescheduling import RescheduleForm
from mentormap.web.http.context import MemberRequest
from mentormap.web.http.own_sessions import session_or_404
from mentormap.web.http.parts import render_part_or_page
from mentormap.web.http.refusals import STATUSES
from mentormap.web.http.zone_switch import switches_zone
from mentormap.web.presenters.picker import Picker, is_looking, picked_start
from mentormap.web.presenters.tickets import Ticket


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@switches_zone
def reschedule(request: MemberRequest, pk: int) -> HttpResponse:
    """GET shows the open times, or for htmx their part alone; a POST with a time asks, and the confirmed one moves."""
    found = session_or_404(request.user, pk)
    desk = ReschedulePage(request, Ticket(found, request.user, clock.now()))
    try:
        rescheduling.check_movable(found, now=desk.ticket.now)
    except Refused as refusal:
        return _cannot(desk, refusal)
    if request.method != "POST" or is_looking(request.POST):
        return _show(desk, desk.form())
    return _submit(desk, RescheduleForm(request.POST))


@dataclass(frozen=True)
class ReschedulePage:
    """Where one of its two people moves one session."""

    request: MemberRequest
    ticket: Ticket

    @property
    def session(self) -> Session:
        return self.ticket.session

    def form(self) -> RescheduleForm:
        """As it was filled in, not judged yet: the person is still looking for a time."""
        values = self.request.POST if self.request.method == "POST" else self.request.GET
        seen = values.get("seen", str(self.session.sequence))
        return RescheduleForm(initial={"starts_at": picked_start(values), "seen": seen})

    def times(self, form: RescheduleForm, next_open: Sequence[datetime]) -> Picker:
        session = self.session
        return Picker.of(
            self.request,
            page=reverse("session_reschedule", args=[session.pk]),
            owner=session.mentor.user.get_short_name(),
            inputs=rescheduling.slot_inputs(session, actor=self.request.user, now=self.ticket.now),
            start=form.start,
            near=session.scheduled_at,
            next_open=next_open,
        )

    def what(self, form: RescheduleForm) -> dict[str, Any]:
        """The arguments of both the move and its preview."""
        starts_at: datetime = form.cleaned_data["starts_at"]
        return {"actor": self.request.user, "starts_at": starts_at, "now": self.ticket.now}


def _submit(desk: ReschedulePage, form: RescheduleForm) -> HttpResponse:
    is_confirmed = desk.request.POST.get("confirmed") == "yes"
    if form.is_valid() and not is_confirmed and form.cleaned_data["starts_at"] == desk.session.scheduled_at:
        form.add_error("starts_at", gettext("That is the time that it has now. Pick another one."))
    if not form.is_valid():
        return _show(desk, form, status=422)
    try:
        if is_confirmed:
            return _move(desk, form)
        after = rescheduling.as_moved(desk.session, **desk.what(form))
    except SlotRefused as refusal:
        form.add_error("starts_at", refusal.sentence)
        return _show(desk, form, status=STATUSES[refusal.kind], next_open=refusal.next_open)
    context = {"ticket": desk.ticket, "session": desk.session, "after": after, "form": form}
    return render(desk.request, "sessions/reschedule_confirm.html", context)


def _move(desk: ReschedulePage, form: RescheduleForm) -> HttpResponse:
    """Raises SlotRefused."""
    request, session = desk.request, desk.session
    try:
        moved = rescheduling.reschedule(session, seen=form.cleaned_data["seen"], **desk.what(form))
    except (CannotMove, TooLateToMove, MovedMeanwhile) as refusal:
        messages.error(request, refusal.sentence)
    else:
        start = format_when(moved.scheduled_at, request.viewer_zone, request.viewer_locale)
        other = moved.counterpart_of(request.user).get_short_name()
        messages.success(
            request,
            gettext("The session is moved to %(start)s. %(other)s gets a mail.")
            % {"start": start, "other": other},
        )
    return redirect("session", session.pk)


def _cannot(desk: ReschedulePage, refusal: Refused) -> HttpResponse:
    if desk.request.method == "POST":
        messages.error(desk.request, refusal.sentence)
        return redirect("session", desk.session.pk)
    context = {"ticket": desk.ticket, "session": desk.session, "sentence": refusal.sentence}
    return render(desk.request, "sessions/reschedule_closed.html", context)


def _show(
    desk: ReschedulePage, form: RescheduleForm, *, status: int = 200, next_open: Sequence[datetime] = ()
) -> HttpResponse:
    request, policy = desk.request, desk.session.cancellation_policy
    context = {
        "ticket": desk.ticket,
        "session": desk.session,
        "form": form,
        "times": desk.times(form, next_open),
        "notice": "" if desk.ticket.is_student else hours_in_words(policy.reschedule_hours),
    }
    return render_part_or_page(
        request, "sessions/_new_times.html", "sessions/reschedule.html", context, status=status
    )
