"""The viewer of a page: time zone, and locale of dates and numbers."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from mentormap.accounts.models import User

ZONE_COOKIE = "time_zone"
ASSUMED_ZONE = "UTC"
ASSUMED_LOCALE = "en"


class PageRequest(HttpRequest):
    """A request as the middleware hands it to pages.

    `viewer_zone` is an IANA name, `viewer_locale` Babel's; `knows_zone` says whether the zone is known from the person or their browser.
    """

    viewer_zone: str
    viewer_locale: str
    knows_zone: bool
    htmx: HtmxDetails


class MemberRequest(PageRequest):
    """A request of a person who is logged in."""

    user: User


def assume_zone(request: PageRequest, zone: str) -> None:
    """Shows times in this zone, such as a mentor's, to a visitor whose own zone nobody knows."""
    if not request.knows_zone:
        request.viewer_zone = zone
