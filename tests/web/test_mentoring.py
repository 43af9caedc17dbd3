"""Becoming a mentor: from the first look to published, edited and paused."""

import re
from datetime import datetime, time
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from mentormap.accounts.models import User
from mentormap.availability.hours import hours_of
from mentormap.availability.weekly import WeeklyRange
from mentormap.lib.money import Money
from mentormap.mentors.models import Expertise, Mentor
from mentormap.mentors.photos import MOST_BYTES
from tests import make
from tests.web.reading import browser, links, words
from tests.web.test_booking import errors

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_edge"), pytest.mark.long]

PROFILE = {
    "headline": "Compiler writer",
    "about": "I have written three compilers.",
    "new_expertise": "Compilers, Parsing",
    "hourly_rate": "80",
    "currency": "EUR",
}
HOURS = {"time_zone": "Europe/Berlin", "starts_0": "09:00", "ends_0": "12:00"}


@pytest.fixture
def client(sam: User) -> Client:
    return browser(sam)


def photo(file_format: str = "JPEG", content: bytes | None = None) -> SimpleUploadedFile:
    file = BytesIO()
    Image.new("RGB", (300, 300), "red").save(file, file_format)
    return SimpleUploadedFile("me.jpg", file.getvalue() if content is None else content, "image/jpeg")


def missing(client: Client) -> list[str]:
    """What the checklist still names."""
    page = client.get("/mentoring").content.decode()
    items = re.findall(r'<a href="[^"]*">([^<]*)</a>\s*<span class="quiet small">(.*?)</span>', page)
    return [name for name, standing in items if standing == "missing"]


def test_who_is_not_logged_in_is_asked_to(visitor: Client) -> None:
    for path in ("/mentoring", "/mentoring/profile", "/mentoring/hours"):
        assert visitor.get(path)["Location"] == f"/login?next={path}"


def test_an_unverified_address_comes_first() -> None:
    client = browser(make.olga(verified=False))
    for path in ("/mentoring", "/mentoring/profile", "/mentoring/hours"):
        response = client.get(path)
        assert response.status_code == 403
        assert "We sent a link to olga@example.com" in words(response)
    assert client.post("/mentoring/profile", PROFILE).status_code == 403
    assert not Mentor.objects.exists()


def test_looking_changes_nothing(client: Client) -> None:
    for path in ("/mentoring", "/mentoring/profile", "/mentoring/hours"):
        assert client.get(path).status_code == 200
    assert not Mentor.objects.exists()
    assert links(client.get("/mentoring"))["Become a mentor"] == "/mentoring/profile"


def test_from_nothing_to_published(client: Client, sam: User, visitor: Client) -> None:
    assert client.post("/mentoring/profile", PROFILE)["Location"] == "/mentoring"
    sam_as_mentor = Mentor.objects.get()
    assert (sam_as_mentor.user, sam_as_mentor.state) == (sam, Mentor.State.DRAFT)
    assert sam_as_mentor.hourly_rate == Money(80_00, "EUR")
    assert [skill.name for skill in sam_as_mentor.expertise.all()] == ["Compilers", "Parsing"]
    assert missing(client) == ["Your weekly hours"]

    assert client.post("/mentoring/hours", HOURS)["Location"] == "/mentoring"
    assert hours_of(sam_as_mentor) == [WeeklyRange(0, time(9), time(12))]
    assert missing(client) == []

    page = f"/mentors/{sam_as_mentor.pk}"
    assert links(client.get("/mentoring"))["Preview"] == page
    assert visitor.get(page).status_code == 404
    client.post("/mentoring/publish")
    assert visitor.get(page).status_code == 200
    client.post("/mentoring/pause")
    assert visitor.get(page).status_code == 404
    assert "Publish again" in words(client.get("/mentoring"))


def test_a_draft_may_be_saved_unfinished_and_the_checklist_names_the_rest(client: Client) -> None:
    client.post("/mentoring/profile", {"headline": "Compiler writer", "currency": "USD"})
    assert missing(client) == [
        "Something about you",
        "What you help with",
        "Your hourly rate",
        "Your weekly hours",
    ]
    client.post("/mentoring/publish")
    assert Mentor.objects.get().state == Mentor.State.DRAFT
    assert "Something is still missing: see the checklist." in words(client.get("/mentoring"))


def test_hours_may_come_first(client: Client) -> None:
    client.post("/mentoring/hours", HOURS | {"time_zone": "Asia/Tokyo"})
    assert Mentor.objects.get().time_zone == "Asia/Tokyo"
    assert missing(client) == ["A headline", "Something about you", "What you help with", "Your hourly rate"]


def test_who_is_published_cannot_take_back_what_students_need() -> None:
    maya = make.mentor()
    response = browser(maya.user).post("/mentoring/profile", {"currency": "USD"})
    assert response.status_code == 422
    assert errors(response) == [
        "Write a headline, as you are published: students see it first.",
        "Write something about you, as you are published.",
        "Name at least one thing that you help with, as you are published.",
        "Name your rate, as you are published.",
    ]
    assert Mentor.objects.get().headline == maya.headline


def test_a_profile_is_edited_from_what_it_says() -> None:
    maya = make.mentor(rate=Money(79_50, "EUR"))
    client = browser(maya.user)
    page = client.get("/mentoring/profile").content.decode()
    assert f'value="{maya.headline}"' in page
    assert 'name="hourly_rate" value="79.50"' in page
    assert '<option value="EUR" selected>' in page
    skill = Expertise.objects.get()
    changed = PROFILE | {"expertise": str(skill.pk), "new_expertise": ""}
    assert client.post("/mentoring/profile", changed).status_code == 302
    stored = Mentor.objects.get()
    assert (stored.headline, list(stored.expertise.all())) == ("Compiler writer", [skill])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"headline": "x" * 121}, "Shorten the headline to at most 120 characters."),
        ({"about": "x" * 4001}, "Shorten this to at most 4000 characters."),
        ({"hourly_rate": "much"}, "Write a number, such as 80."),
        (
            {"hourly_rate": "80.555"},
            "80.555 is not an amount of EUR: write a number with at most 2 decimals.",
        ),
        ({"hourly_rate": "80.5", "currency": "JPY"}, "80.5 is not an amount of JPY: write a whole number."),
        (
            {"hourly_rate": "0.50"},
            "A session of 30 minutes would cost 0.25 EUR, and a card payment must be at least 0.50 EUR. Name a higher rate.",
        ),
        ({"hourly_rate": "-5"}, None),
        ({"currency": "ZZZ"}, None),
        ({"new_expertise": "x" * 61}, "Shorten each to at most 60 characters."),
        (
            {"new_expertise": "a,b,c,d,e,f,g,h,i"},
            "Name at most 8: those that you want to be asked about most.",
        ),
        ({"expertise": "999"}, "Pick from the list, or add your own below."),
        ({"expertise": str(2**63)}, "Pick from the list, or add your own below."),
    ],
)
def test_a_profile_that_cannot_be_kept_says_why(
    changes: dict[str, str], sentence: str | None, client: Client
) -> None:
    response = client.post("/mentoring/profile", PROFILE | changes)
    assert (response.status_code, len(errors(response))) == (422, 1)
    assert "Nothing is saved yet: see below what to change." in words(response)
    assert sentence is None or errors(response)[0].replace("\u00a0", " ") == sentence
    assert not Mentor.objects.exists()
    assert "Compilers" in response.content.decode() or "new_expertise" in changes


def test_the_same_expertise_twice_is_one(client: Client) -> None:
    client.post("/mentoring/profile", PROFILE | {"new_expertise": " Go ,go,, GO,Type  theory"})
    assert [skill.name for skill in Mentor.objects.get().expertise.all()] == ["Go", "Type theory"]


def test_labels_do_not_call_optional_what_students_need(client: Client) -> None:
    page = words(client.get("/mentoring/profile"))
    assert re.findall(r"(\S+) \(optional\)", page) == ["else?", "file"]


def test_several_ranges_a_day_are_kept_and_shown_again(client: Client) -> None:
    several: dict[str, Any] = HOURS | {"starts_0": ["09:00", "13:00", ""], "ends_0": ["12:00", "00:00", ""]}
    client.post("/mentoring/hours", several)
    assert hours_of(Mentor.objects.get()) == [
        WeeklyRange(0, time(9), time(12)),
        WeeklyRange(0, time(13), time(0)),
    ]
    page = client.get("/mentoring/hours").content.decode()
    assert re.findall(r'name="(?:starts|ends)_0" id="[^"]*" value="([^"]*)"', page) == [
        "09:00",
        "12:00",
        "13:00",
        "00:00",
    ]
    assert "Monday 09:00–12:00, 13:00–24:00 Tuesday closed" in words(client.get("/mentoring"))


def test_overlapping_hours_are_refused_by_their_day_and_nothing_is_saved(client: Client) -> None:
    client.post("/mentoring/hours", HOURS)
    overlapping: dict[str, Any] = HOURS | {"starts_4": ["09:00", "11:00"], "ends_4": ["12:00", "13:00"]}
    response = client.post("/mentoring/hours", overlapping)
    assert response.status_code == 422
    assert errors(response) == [
        "Friday: 09:00 to 12:00 and 11:00 to 13:00 overlap. Let one end before the other starts."
    ]
    assert hours_of(Mentor.objects.get()) == [WeeklyRange(0, time(9), time(12))]


def test_an_unknown_zone_is_refused(client: Client) -> None:
    response = client.post("/mentoring/hours", HOURS | {"time_zone": "Mars/Base"})
    assert (response.status_code, errors(response)) == (422, ["Pick a time zone from the list."])


def test_rows_are_added_removed_and_copied_without_saving(client: Client) -> None:
    def rows(pressed: dict[str, str], **headers: str) -> dict[str, int]:
        response = client.post("/mentoring/hours", HOURS | pressed, headers=headers)
        assert response.status_code == 200
        names = re.findall(r'name="(starts_\d)"', response.content.decode())
        return {name: names.count(name) for name in ("starts_0", "starts_1")}

    assert rows({"add": "0"}) == {"starts_0": 2, "starts_1": 1}
    assert rows({"remove": "0-0"}) == {"starts_0": 1, "starts_1": 1}
    copied = client.post(
        "/mentoring/hours", HOURS | {"copy": "0"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "<main" not in copied
    assert len(re.findall(r'name="starts_\d" id="[^"]*" value="09:00"', copied)) == 5
    assert not Mentor.objects.exists()


def test_twenty_photos_an_hour_are_taken_and_no_text_is_lost(client: Client) -> None:
    for _ in range(20):
        sent = {"photo": photo(content=b"no photo"), "headline": "I help"}
        assert client.post("/mentoring/profile", PROFILE | sent).status_code == 422
    answer = client.post("/mentoring/profile", PROFILE | {"photo": photo(), "headline": "Kept as typed"})
    assert (answer.status_code, "Kept as typed" in answer.content.decode()) == (422, True)
    assert not Mentor.objects.filter(photo__gt="").exists()
    assert client.post("/mentoring/profile", PROFILE).status_code == 302


def test_a_photo_is_taken_shown_and_removed(client: Client) -> None:
    assert client.post("/mentoring/profile", PROFILE | {"photo": photo()}).status_code == 302
    own = Mentor.objects.get()
    assert own.headline == PROFILE["headline"]
    page = client.get("/mentoring/profile").content.decode()
    assert f'src="/mentors/{own.pk}/photo?v=' in page
    assert Image.open(own.photo).format == "WEBP"
    client.post("/mentoring/profile", PROFILE | {"remove_photo": "yes"})
    assert not Mentor.objects.get().photo
    assert f'src="/mentors/{own.pk}/portrait.svg"' in client.get("/mentoring/profile").content.decode()


@pytest.mark.parametrize(
    ("upload", "sentence"),
    [
        (photo(content=b"%PDF-1.7"), "This is no photo that we can read. Choose a JPEG, PNG or WebP file."),
        (photo("GIF"), "This is no photo that we can read. Choose a JPEG, PNG or WebP file."),
        (photo(content=bytes(MOST_BYTES + 1)), "This photo is larger than 5 MB. Choose a smaller one."),
        (photo(content=b""), "This file is empty. Choose another one."),
    ],
)
def test_what_is_no_photo_is_refused(upload: object, sentence: str, client: Client) -> None:
    response = client.post("/mentoring/profile", PROFILE | {"photo": upload})
    assert (response.status_code, errors(response)) == (422, [sentence])
    assert PROFILE["headline"] in response.content.decode()
    assert not Mentor.objects.filter(photo__gt="").exists()


def test_nobody_publishes_or_pauses_what_is_not_theirs() -> None:
    maya = make.mentor()
    olga = browser(make.olga())
    for path in ("/mentoring/pause", "/mentoring/publish"):
        assert olga.post(path)["Location"] == "/mentoring"
        assert olga.get(path).status_code == 405
    assert Mentor.objects.get() == maya
    assert Mentor.objects.get().state == Mentor.State.PUBLISHED


def test_a_hidden_mentor_is_told_why(now: datetime) -> None:
    maya = make.mentor(hidden_at=now, hidden_reason="the photo is not yours")
    assert "Your page is hidden. Reason: the photo is not yours. Students cannot find you" in words(
        browser(maya.user).get("/mentoring")
    )


def test_a_currency_is_named_in_the_viewers_language(client: Client, sam: User) -> None:
    User.objects.filter(pk=sam.pk).update(locale="de")
    page = client.get("/mentoring/profile").content.decode()
    assert page.index("USD, US-Dollar") < page.index("EUR, Euro") < page.index("AED, VAE-Dirham")
