"""The pages after the payment page: success, or back without paying."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from mentormap.accounts.models import User
from mentormap.bookings import cancellation
from mentormap.bookings.errors import Refused
from mentormap.bookings.links import read_back_token
from mentormap.bookings.models import PaymentStatus, Session, SessionQuerySet, SessionStatus
from mentormap.bookings.notices import invites
from mentormap.bookings.settlement.settle import settle
from mentormap.calendars import links as calendar_links
from mentormap.lib import clock
from mentormap.payments.gateway import GatewayError
from mentormap.web.forms.booking import BookingForm
from mentormap.web.http.context import MemberRequest, PageRequest, assume_zone
from mentormap.web.http.query_strings import changed_query
from mentormap.web.presenters.mentor_page import MentorPage, facts_of
from mentormap.web.presenters.tickets import Ticket


@login_required
@require_safe
@vary_on_headers("HX-Request")
def success(request: MemberRequest) -> HttpResponse:
    """Settles before it shows, so that nobody waits for a webhook; without a parameter, the latest paid session."""
    checkout_id = request.GET.get("checkout")
    found = _settle_own(request.user, checkout_id) if checkout_id else _latest_paid(request.user)
    if found is None:
        return render(request, "checkout/nothing.html")
    meeting = invites.meeting_of(found)
    context = {
        "ticket": Ticket(found, request.user, clock.now()),
        "session": found,
        "outcome": _outcome(found),
        "google_url": calendar_links.google_url(meeting),
        "outlook_url": calendar_links.outlook_url(meeting),
        **_next_look(request),
    }
    template = "checkout/_outcome.html" if request.htmx else "checkout/success.html"
    return render(request, template, context)


def _next_look(request: MemberRequest) -> dict[str, object]:
    """After how many seconds the page looks again by itself, and where; each pause is twice the last, up to a minute."""
    looks = request.GET.get("looks", "")
    count = int(looks[:2]) if looks.isdecimal() else 0
    return {"pause": min(3 * 2 ** min(count, 10), 60), "again": changed_query(request, looks=count + 1)}


@require_http_methods(["GET", "HEAD", "POST"])
def back(request: PageRequest, token: str) -> HttpResponse:
    """The way back from the payment page, which the token alone opens; a GET changes nothing, a POST lets go."""
    uid = read_back_token(token)
    found = _with_all(Session.objects.all()).filter(uid=uid).first() if uid else None
    if found is None:
        raise Http404
    assume_zone(request, found.mentor.time_zone)
    if request.method == "POST":
        return _release(request, found, token)
    now = clock.now()
    context = {
        "ticket": Ticket(found, found.student, now),
        "session": found,
        "token": token,
        "can_change": found.mentor.is_listed and not found.was_paid and not found.is_under_way,
        **_form_as_it_was(request, found, now),
    }
    return render(request, "checkout/back.html", context)


def _release(request: HttpRequest, found: Session, token: str) -> HttpResponse:
    """Releases the hold; whoever has the token acts for the student."""
    try:
        cancellation.release(found, actor=found.student, now=clock.now())
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    return redirect("checkout_back", token)


def _settle_own(student: User, checkout_id: str) -> Session:
    """The student's own session of that checkout, as Stripe has it now if Stripe can be asked. Anybody else's is 404."""
    if "\0" in checkout_id:
        raise Http404
    own = Session.objects.filter(student=student, payment__checkout_id=checkout_id)
    row = own.values_list("payment_id", "payment_status").first()
    if row is None:
        raise Http404
    payment_id, payment_status = row
    if payment_status == PaymentStatus.PENDING:
        with suppress(GatewayError):
            settle(payment_id, now=clock.now())
    return _with_all(own).get()


def _latest_paid(student: User) -> Session | None:
    paid = Session.objects.filter(student=student, payment_status=PaymentStatus.PAID)
    live = paid.exclude(status=SessionStatus.CANCELLED)
    return _with_all(live).order_by("-payment__paid_at", "-pk").first()


def _with_all(chosen: SessionQuerySet) -> SessionQuerySet:
    return chosen.with_people().prefetch_related("payment__refunds")


def _outcome(found: Session) -> str:
    """Returns the page's state: booked, cancelled, released, processing (by the bank) or confirming (by us)."""
    if found.status == SessionStatus.CANCELLED:
        return "cancelled" if found.was_paid else "released"
    if found.was_paid:
        return "booked"
    return "processing" if found.is_under_way else "confirming"


def _form_as_it_was(request: PageRequest, found: Session, now: datetime) -> dict[str, Any]:
    """Returns the context of the booking form as it was filled in; its held time is free for whoever has the token."""
    desk = MentorPage(request, found.mentor, now, found if found.is_hold else None)
    return desk.context(BookingForm(initial=facts_of(found)))
