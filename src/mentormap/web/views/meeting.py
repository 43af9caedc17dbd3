"""The page on which a mentor chooses the place of sessions."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods

from mentormap.mentors.places import RoomAddressMissing, choose_place
from mentormap.mentors.publishing import mentor_of
from mentormap.web.forms.meeting import MeetingForm
from mentormap.web.http.context import MemberRequest
from mentormap.web.views.mentoring import verified

_SAVED_FOR_ALL = gettext_lazy(
    "Saved, for what is booked from now on. Sessions booked in your own room move to its new address, "
    "unless their link has been sent."
)


@verified
@require_http_methods(["GET", "HEAD", "POST"])
def meeting(request: MemberRequest) -> HttpResponse:
    """For those who have begun to be mentors; others are led to the beginning."""
    own = mentor_of(request.user)
    if own is None:
        return redirect("mentoring")
    form = MeetingForm(request.POST if request.method == "POST" else None, mentor=own)
    if form.is_valid():
        before = own.meeting_room
        try:
            choose_place(own, **form.cleaned_data)
        except RoomAddressMissing as missing:
            form.add_error("room", str(missing))
        else:
            moves = own.meeting_room not in {"", before} and before != ""
            messages.success(
                request, _SAVED_FOR_ALL if moves else gettext("Saved, for what is booked from now on.")
            )
            return redirect("mentoring")
    return render(request, "mentoring/meeting.html", {"form": form}, status=422 if form.errors else 200)
