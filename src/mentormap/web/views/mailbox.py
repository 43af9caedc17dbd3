"""The mailbox of development: what was mailed, and what is still to come. In production it is not there."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from itertools import groupby
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe
from icalendar import Calendar, Event

from mentormap.bookings.notices.prefetch import Prefetch
from mentormap.bookings.notices.render import render_notice, subject_of
from mentormap.lib import clock
from mentormap.notifications import outbox
from mentormap.notifications.channels import mailbox, senders
from mentormap.notifications.channels.mailbox import Mail, MailPart
from mentormap.notifications.models import Delivery
from mentormap.notifications.notice_kinds import Channel

PAGE = 30
FRAMED = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
        "sandbox allow-popups allow-popups-to-escape-sandbox"
    ),
    "X-Frame-Options": "SAMEORIGIN",
}
SHOWN = {
    "SUMMARY": "What",
    "DTSTART": "Starts",
    "DTEND": "Ends",
    "STATUS": "Status",
    "LOCATION": "Where",
    "ORGANIZER": "Organizer",
    "ATTENDEE": "Invited",
    "DESCRIPTION": "Description",
    "UID": "UID",
    "SEQUENCE": "Sequence",
}
View = Callable[..., HttpResponse]


def demo_only(view: View) -> View:
    """404 outside demo mode."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@demo_only
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """All that was sent, the newest first, allauth's mails too; below it what waits for its time."""
    page = Paginator(mailbox.names(), PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "mails": [mailbox.heading(name) for name in page],
        "waiting": _waiting(clock.now()),
    }
    return render(request, "mailbox/list.html", context)


@demo_only
@require_safe
def mail(request: HttpRequest, name: str) -> HttpResponse:
    """One mail: its text, its HTML in a frame of its own, its invite and its files."""
    found = _read(name)
    context = {"mail": found, "name": name, "invites": [_invite(part) for part in found.calendars]}
    return render(request, "mailbox/mail.html", context)


@demo_only
@require_safe
def html(_request: HttpRequest, name: str) -> HttpResponse:
    """The HTML side alone: no script runs, nothing is fetched, links open outside the frame."""
    page = _read(name).html.replace("<head>", '<head><base target="_blank">', 1)
    return HttpResponse(page, headers=FRAMED)


@demo_only
@require_safe
def attachment(_request: HttpRequest, name: str, index: int) -> HttpResponse:
    attachments = _read(name).attachments
    if index >= len(attachments):
        raise Http404
    part = attachments[index]
    return HttpResponse(
        part.content,
        content_type=part.mime_type,
        headers={"Content-Disposition": f'attachment; filename="{part.name}"'},
    )


@demo_only
@require_POST
def send_now(request: HttpRequest, pk: int) -> HttpResponse:
    """Sends what waits without waiting, so that the video link can be tried at once."""
    now, delivery = clock.now(), get_object_or_404(Delivery, pk=pk)
    outbox.bring_forward(delivery, now=now)
    channel = Channel(delivery.channel)
    with senders.sender(channel) as send:
        outbox.send_due(channel=channel, now=now, render=render_notice, send=send)
    delivery.refresh_from_db()
    match delivery.state:
        case Delivery.State.SENT:
            messages.success(request, "Sent.")
        case Delivery.State.DROPPED:
            messages.info(request, "Not sent: it is no longer so, or its reader gets nothing in this way.")
        case _:
            messages.error(request, gettext("Not sent. %(last_error)s") % {"last_error": delivery.last_error})
    return redirect("mailbox")


@dataclass(frozen=True)
class PendingNotice:
    """A notice that is still to come, and its ways."""

    subject: str
    deliveries: list[Delivery]

    @property
    def first(self) -> Delivery:
        return self.deliveries[0]


def _waiting(now: datetime) -> list[PendingNotice]:
    """Returns waiting notices, the newest first, so that a new booking is on top; stale ones are left out."""
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING).select_related("notice__person")
    newest = list(waiting.order_by("-notice_id", "pk")[: PAGE * len(Channel)])
    prefetch = Prefetch(*newest)
    notices_of = [list(of_one) for _, of_one in groupby(newest, key=lambda delivery: delivery.notice_id)]
    named = [
        (subject_of(ways[0], max(now, ways[0].due_at), prefetch=prefetch), ways) for ways in notices_of[:PAGE]
    ]
    return [PendingNotice(subject, ways) for subject, ways in named if subject]


def _read(name: str) -> Mail:
    found = mailbox.read(name)
    if found is None:
        raise Http404
    return found


def _invite(part: MailPart) -> dict[str, Any]:
    """A calendar part as it was sent, and what calendars read in it."""
    raw = part.content.decode(errors="replace")
    event = _event(raw)
    facts = [(label, _fact(event[name])) for name, label in SHOWN.items() if name in event]
    return {"mime_type": part.mime_type, "raw": raw, "facts": facts}


def _event(raw: str) -> Event:
    """The first event; an empty one if the text is no calendar."""
    try:
        return next(iter(Calendar.from_ical(raw).events), Event())
    except ValueError:
        return Event()


def _fact(value: Any) -> str:
    return f"{value.dt:%Y-%m-%d %H:%M %Z}" if hasattr(value, "dt") else str(value)
