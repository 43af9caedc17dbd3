"""What people change about themselves, and the zone that anybody may change."""

from datetime import datetime

import pytest
from django.test import Client

from mentormap.accounts.models import User
from mentormap.notifications import suppressions
from mentormap.notifications.models import Suppression
from mentormap.web.forms.settings import LOCALES, locale_choices
from mentormap.web.http.browsers import browser_name
from tests.web.reading import words

pytestmark = pytest.mark.django_db


def test_name_zone_and_locale_are_saved(sam: User, sam_client: Client) -> None:
    data = {"name": "Sam Okafor", "time_zone": "Asia/Tokyo", "locale": "de"}
    answer = sam_client.post("/settings", data)
    assert answer["Location"] == "/settings"
    assert answer.cookies["time_zone"].value == "Asia/Tokyo"
    sam.refresh_from_db()
    assert (sam.name, sam.time_zone, sam.locale) == ("Sam Okafor", "Asia/Tokyo", "de")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "Write your name, as others should read it."),
        ({"name": "S" * 101}, "Write a name of at most 100 characters."),
        ({"time_zone": "Mars/Olympus"}, "Pick a time zone from the list."),
        ({"locale": "tlh"}, "Pick a way to write dates from the list."),
    ],
)
def test_refused_settings_say_what_to_write(
    sam: User, sam_client: Client, change: dict[str, str], sentence: str
) -> None:
    answer = sam_client.post("/settings", {"name": "Sam", "time_zone": "UTC", "locale": "en"} | change)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    sam.refresh_from_db()
    assert (sam.name, sam.time_zone) == ("Sam", "Europe/Berlin")


def test_a_name_is_one_line(sam: User, sam_client: Client) -> None:
    facts = {"name": "Sam\r\n\r\nSmith\u2028", "time_zone": "Asia/Tokyo", "locale": "de"}
    assert sam_client.post("/settings", facts).status_code == 302
    assert User.objects.get(pk=sam.pk).name == "Sam Smith"
    assert sam_client.post("/settings", facts | {"name": "\r\n"}).status_code == 422


def test_a_zone_that_few_people_choose_stays_a_choice(sam: User, sam_client: Client) -> None:
    sam.time_zone = "Etc/GMT+5"
    sam.save()
    assert '<option value="Etc/GMT+5" selected>' in sam_client.get("/settings").content.decode()


def test_every_locale_shows_how_it_writes() -> None:
    shown = dict(locale_choices("en"))
    assert list(shown) == list(LOCALES)
    assert shown["en"] == "English: Tue 24 Nov 2026, 18:00; 1,120.00\u00a0EUR"
    assert shown["de"] == "German: Di., 24. Nov. 2026, 18:00; 1.120,00\u00a0EUR"


def test_a_visitor_switches_the_zone_and_goes_back(visitor: Client) -> None:
    answer = visitor.post("/time-zone", {"time_zone": "Asia/Tokyo", "next": "/login?a=b"})
    assert answer["Location"] == "/login?a=b"
    cookie = answer.cookies["time_zone"]
    assert (cookie.value, cookie["samesite"], cookie["max-age"]) == ("Asia/Tokyo", "Lax", 31_536_000)
    assert "<strong>Asia/Tokyo (GMT+9)</strong>" in visitor.get("/").content.decode()


def test_a_member_switches_the_zone_of_the_account(sam: User, sam_client: Client) -> None:
    sam_client.post("/time-zone", {"time_zone": "Asia/Tokyo"})
    sam.refresh_from_db()
    assert sam.time_zone == "Asia/Tokyo"


def test_the_switch_leads_to_no_other_origin(visitor: Client) -> None:
    answer = visitor.post("/time-zone", {"time_zone": "Asia/Tokyo", "next": "//evil.com"})
    assert answer["Location"] == "/"


def test_a_zone_that_does_not_exist_is_refused(visitor: Client) -> None:
    answer = visitor.post("/time-zone", {"time_zone": "Mars/Olympus"})
    assert answer.status_code == 422
    assert "Pick a time zone from the list." in answer.content.decode()
    assert "time_zone" not in answer.cookies


def test_htmx_gets_the_form_alone(visitor: Client) -> None:
    part = visitor.get("/time-zone?next=/login", headers={"hx-request": "true"}).content.decode()
    assert part.startswith("<form")
    assert '<input type="hidden" name="next" value="/login">' in part


def test_a_browser_is_asked_for_its_zone_only_while_it_is_unknown(visitor: Client) -> None:
    assert "js/zone.js" in visitor.get("/").content.decode()
    visitor.cookies["time_zone"] = "Europe/Berlin"
    assert "js/zone.js" not in visitor.get("/").content.decode()


@pytest.mark.parametrize(
    ("reason", "happened"), [("bounce", "bounced"), ("complaint", "was reported as unwanted")]
)
def test_who_gets_no_mail_reads_why_and_asks_to_try_again(
    sam: User, sam_client: Client, now: datetime, reason: str, happened: str
) -> None:
    suppressions.suppress(sam.email, Suppression.Reason(reason), detail="550 <gone>", at=now)
    page = words(sam_client.get("/settings"))
    assert f"Mail to sam@example.com {happened} on Mon 23 Nov 2026, so we send none there." in page
    assert "The answer was: 550 <gone>" in page
    page = words(sam_client.post("/settings/mail-again", follow=True))
    assert "From the next mail on, we write to sam@example.com again." in page
    assert "No mail reaches you." not in page
    assert suppressions.of(sam.email) is None


def test_nobody_lifts_what_stops_mail_to_others(sam_client: Client, now: datetime) -> None:
    suppressions.suppress("olga@example.com", Suppression.Reason.BOUNCE, detail="", at=now)
    assert "No mail reaches you." not in words(sam_client.get("/settings"))
    sam_client.post("/settings/mail-again", {"email": "olga@example.com"})
    assert suppressions.of("olga@example.com") is not None


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
            "Safari on iPhone",
        ),
        ("curl/8.0", "A browser on an unknown system"),
    ],
)
def test_a_browser_is_named_as_people_say_it(user_agent: str, name: str) -> None:
    assert browser_name(user_agent) == name
