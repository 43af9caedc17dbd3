from urllib.parse import parse_qsl, urlsplit

import pytest

from mentormap.calendars.links import google_url, outlook_url
from tests.calendars.meetings import meeting


def asked(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query, strict_parsing=True))


def test_google_is_handed_the_meeting() -> None:
    url = google_url(meeting())
    assert url.partition("?")[0] == "https://calendar.google.com/calendar/render"
    assert asked(url) == {
        "action": "TEMPLATE",
        "text": "System Design Review",
        "dates": "20261124T170000Z/20261124T183000Z",
        "details": "Need help with distributed systems",
        "location": "https://mentormap.example/sessions/7",
    }


def test_outlook_is_handed_the_meeting() -> None:
    url = outlook_url(meeting())
    assert url.partition("?")[0] == "https://outlook.live.com/calendar/0/deeplink/compose"
    assert asked(url) == {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": "System Design Review",
        "startdt": "2026-11-24T17:00:00Z",
        "enddt": "2026-11-24T18:30:00Z",
        "body": "Need help with distributed systems",
        "location": "https://mentormap.example/sessions/7",
    }


@pytest.mark.parametrize("link", [google_url, outlook_url])
def test_a_hostile_title_stays_a_title(link: object) -> None:
    assert callable(link)
    url = link(meeting(title="Q&A? #1 \r\n+ 100% ü=1&location=evil", description=""))
    assert {"Q&A? #1 + 100% ü=1&location=evil"} == {asked(url).get("text", asked(url).get("subject"))}
    assert asked(url)["location"] == "https://mentormap.example/sessions/7"
    assert "+" not in url


def test_an_empty_description_is_left_out() -> None:
    assert "details" not in asked(google_url(meeting(description="\0")))
