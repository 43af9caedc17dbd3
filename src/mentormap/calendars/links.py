"""Links that open a web calendar with a meeting filled in, or a feed to subscribe to."""

from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

from mentormap.calendars.meeting import Meeting
from mentormap.lib.plain_text import as_block, one_line
from mentormap.lib.spans import utc

_GOOGLE: Final = "https://calendar.google.com/calendar/render"
_OUTLOOK: Final = "https://outlook.live.com/calendar/0/deeplink/compose"
_GOOGLE_FEED: Final = "https://calendar.google.com/calendar/r"
_OUTLOOK_FEED: Final = "https://outlook.live.com/calendar/0/addfromweb"


def google_url(meeting: Meeting) -> str:
    """For Google Calendar; the session's page stands where the place does."""
    facts = {
        "action": "TEMPLATE",
        "text": one_line(meeting.title),
        "dates": f"{_instant(meeting.starts_at)}/{_instant(meeting.ends_at)}",
        "details": as_block(meeting.description),
        "location": meeting.url,
    }
    return _link(_GOOGLE, facts)


def outlook_url(meeting: Meeting) -> str:
    """For Outlook on the web; the session's page stands where the place does."""
    facts = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": one_line(meeting.title),
        "startdt": f"{utc(meeting.starts_at):%Y-%m-%dT%H:%M:%SZ}",
        "enddt": f"{utc(meeting.ends_at):%Y-%m-%dT%H:%M:%SZ}",
        "body": as_block(meeting.description),
        "location": meeting.url,
    }
    return _link(_OUTLOOK, facts)


def webcal_url(feed: str) -> str:
    """Returns the address that a calendar program on this machine opens to subscribe."""
    return f"webcal:{feed.partition(':')[2]}"


def google_feed_url(feed: str) -> str:
    """Google takes a webcal address alone."""
    return _link(_GOOGLE_FEED, {"cid": webcal_url(feed)})


def outlook_feed_url(feed: str, *, name: str) -> str:
    return _link(_OUTLOOK_FEED, {"url": feed, "name": name})


def _link(base: str, facts: dict[str, str]) -> str:
    """Blanks are %20: Outlook shows a + as it stands."""
    return f"{base}?{urlencode({name: fact for name, fact in facts.items() if fact}, quote_via=quote)}"


def _instant(instant: datetime) -> str:
    return f"{utc(instant):%Y%m%dT%H%M%SZ}"
