"""Pictures of mentors, and who may see them."""

from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from mentormap.accounts.models import User
from mentormap.mentors.models import Mentor
from mentormap.mentors.photos import store_photo
from tests import make
from tests.web.reading import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def pictured(maya: Mentor) -> Mentor:
    file = BytesIO()
    Image.new("RGB", (300, 300), "red").save(file, "JPEG")
    store_photo(maya, file.getvalue())
    return maya


def statuses(mentor: Mentor, *clients: Client) -> list[tuple[int, int]]:
    """Of portrait and photo, for each."""
    paths = (f"/mentors/{mentor.pk}/portrait.svg", f"/mentors/{mentor.pk}/photo")
    return [tuple(client.get(path).status_code for path in paths) for client in clients]  # type: ignore[misc]


def test_a_portrait_is_drawn_and_may_be_kept(maya: Mentor, visitor: Client) -> None:
    response = visitor.get(f"/mentors/{maya.pk}/portrait.svg")
    assert (response.status_code, response["Content-Type"]) == (200, "image/svg+xml")
    assert response["Cache-Control"] == "public, max-age=86400"
    again = visitor.get(f"/mentors/{maya.pk}/portrait.svg", headers={"If-None-Match": response["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_photo_is_served_as_it_was_rewritten(pictured: Mentor, visitor: Client) -> None:
    response = visitor.get(f"/mentors/{pictured.pk}/photo")
    assert (response.status_code, response["Content-Type"]) == (200, "image/webp")
    assert Image.open(BytesIO(response.content)).size == (512, 512)


def test_without_a_photo_there_is_none(maya: Mentor, visitor: Client) -> None:
    assert statuses(maya, visitor) == [(200, 404)]


@pytest.mark.parametrize("state", [Mentor.State.DRAFT, Mentor.State.PAUSED])
def test_who_is_not_published_is_pictured_to_themselves_and_operators(
    state: Mentor.State, pictured: Mentor, sam: User, visitor: Client
) -> None:
    Mentor.objects.update(state=state)
    seen = statuses(pictured, visitor, browser(sam), browser(pictured.user), browser(make.ada()))
    assert seen == [(404, 404), (404, 404), (200, 200), (200, 200)]


def test_a_student_still_sees_whom_they_have_booked(pictured: Mentor, sam: User, now: datetime) -> None:
    make.session(student=sam, mentor=pictured, starts_at=now + timedelta(days=2))
    Mentor.objects.update(state=Mentor.State.PAUSED)
    assert statuses(pictured, browser(sam), browser(make.olga())) == [(200, 200), (404, 404)]


def test_a_hidden_photo_is_for_its_mentor_and_operators_alone(
    pictured: Mentor, sam: User, visitor: Client, now: datetime
) -> None:
    make.session(student=sam, mentor=pictured, starts_at=now + timedelta(days=2))
    Mentor.objects.update(hidden_at=now)
    seen = statuses(pictured, visitor, browser(sam), browser(pictured.user), browser(make.ada()))
    assert seen == [(404, 404), (200, 404), (200, 200), (200, 200)]


def test_what_strangers_may_not_see_is_not_kept_by_caches(pictured: Mentor) -> None:
    Mentor.objects.update(state=Mentor.State.PAUSED)
    response: Any = browser(pictured.user).get(f"/mentors/{pictured.pk}/photo")
    assert response["Cache-Control"] == "private, no-cache"
