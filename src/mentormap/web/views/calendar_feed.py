"""A person's sessions in their own calendar: the feed, and the page that makes and ends its address."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from mentormap.accounts.feed_addresses import (
    end_feed_address,
    feed_address_of,
    make_feed_address,
    person_behind,
)
from mentormap.accounts.models import FeedAddress
from mentormap.accounts.verification import EmailUnproved, has_verified_email
from mentormap.bookings import feeds
from mentormap.bookings.links import feed_url
from mentormap.calendars import feeds as calendar_feeds
from mentormap.calendars.links import google_feed_url, outlook_feed_url, webcal_url
from mentormap.lib import clock
from mentormap.web.http.context import MemberRequest
from mentormap.web.http.reauthentication import ask_again


@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponseBase:
    """For calendar programs, which have no login; a program that has the current state gets 304."""
    person = person_behind(secret)
    if person is None:
        raise Http404
    meetings = feeds.meetings_of(person)
    etag = calendar_feeds.etag(meetings, name=feeds.NAME)
    unchanged = get_conditional_response(request, etag=etag)
    answer = unchanged or HttpResponse(
        calendar_feeds.write(meetings, name=feeds.NAME),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": 'inline; filename="mentormap.ics"'},
    )
    answer["ETag"], answer["Cache-Control"] = etag, "private, no-cache"
    return answer


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings_calendar(request: MemberRequest) -> HttpResponse:
    """Shows the address; a POST makes a new one, or turns it off, for which no password is needed."""
    if request.method == "POST":
        return _change(request)
    own = feed_address_of(request.user)
    if own:
        ask_again(request)
    context = {
        "feed": _addresses(own) if own else None,
        "is_verified": has_verified_email(request.user),
    }
    return render(request, "calendar_feed.html", context)


def _change(request: MemberRequest) -> HttpResponse:
    if "off" in request.POST:
        end_feed_address(request.user)
        messages.success(request, gettext("Turned off: the address leads nowhere now."))
        return redirect("settings_calendar")
    ask_again(request)
    try:
        make_feed_address(request.user, now=clock.now())
    except EmailUnproved:
        messages.error(request, gettext("Verify your email address first: open the link that we sent."))
    else:
        messages.success(
            request, gettext("Here is your new address. If there was another, it leads nowhere now.")
        )
    return redirect("settings_calendar")


def _addresses(own: FeedAddress) -> dict[str, str]:
    address = feed_url(own.secret)
    return {
        "address": address,
        "webcal": webcal_url(address),
        "google": google_feed_url(address),
        "outlook": outlook_feed_url(address, name=feeds.NAME),
    }
