"""The review of a session, from its student's first words to the mentor's answer."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from mentormap.accounts.models import User
from mentormap.bookings.models import Session
from mentormap.mentors import reviews
from mentormap.mentors.models import Mentor, Review
from tests import make
from tests.conftest import StandingClock
from tests.web.reading import browser, links, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_edge")]


@pytest.fixture
def session(sam: User, maya: Mentor, now: datetime) -> Session:
    """Sam was with Maya yesterday."""
    return make.session(student=sam, mentor=maya, starts_at=now - timedelta(days=1), status="completed")


def page(session: Session) -> str:
    return f"/sessions/{session.pk}/review"


def written(session: Session, now: datetime) -> Review:
    return reviews.record_review(
        mentor=session.mentor,
        student=session.student,
        session_id=session.pk,
        stars=5,
        text="Maya drew it on one page.",
        now=now,
    )


def test_a_student_reviews_and_everybody_reads_it(sam: User, session: Session, maya: Mentor) -> None:
    client = browser(sam)
    assert links(client.get(f"/sessions/{session.pk}"))["Write a review"] == page(session)
    response = client.post(page(session), {"stars": "4", "text": "Clear and kind."}, follow=True)
    assert "your review is on the mentor’s page" in words(response)
    read = words(client.get(f"/mentors/{maya.pk}"))
    assert read.endswith("What students say 4 of 5 stars Clear and kind. Sam, Mon 23 Nov 2026")
    assert list(Mentor.objects.values_list("rating", "review_count")) == [(Decimal(4), 1)]


def test_stars_must_be_picked_and_the_words_stay(sam: User, session: Session) -> None:
    response = browser(sam).post(page(session), {"text": "Clear and kind."})
    assert response.status_code == 422
    assert "Pick 1 to 5 stars." in words(response)
    assert "Clear and kind." in response.content.decode()
    assert not Review.objects.exists()


def test_a_review_is_changed_for_14_days(sam: User, session: Session, clock: StandingClock) -> None:
    written(session, clock.now)
    clock.advance(days=14)
    client = browser(sam)
    assert "Change your review" in words(client.get(page(session)))
    client.post(page(session), {"stars": "2", "text": "On reflection, less so."})
    assert Review.objects.get().stars == 2
    clock.advance(seconds=1)
    assert "these are over" in words(client.get(page(session)))
    client.post(page(session), {"stars": "1", "text": ""})
    assert Review.objects.get().stars == 2


def test_the_mentor_answers_once(maya: Mentor, session: Session, now: datetime) -> None:
    client = browser(maya.user)
    assert client.get(page(session)).status_code == 404
    written(session, now)
    assert links(client.get(f"/sessions/{session.pk}"))["Answer it"] == page(session)
    assert client.post(page(session), {"answer": " "}).status_code == 422
    client.post(page(session), {"answer": "Come back soon."})
    client.post(page(session), {"answer": "Or not."})
    assert Review.objects.get().answer == "Come back soon."
    assert "Maya answers Come back soon." in words(client.get(f"/mentors/{maya.pk}"))


@pytest.mark.parametrize("method", ["get", "post"])
def test_it_is_nobody_else_s(session: Session, now: datetime, method: str) -> None:
    written(session, now)
    client = browser(make.olga())
    assert getattr(client, method)(page(session), {"stars": "1"}).status_code == 404
    assert Review.objects.get().stars == 5


def test_a_session_to_come_has_no_review(sam: User, maya: Mentor, now: datetime) -> None:
    booked = make.session(student=sam, mentor=maya, starts_at=now + timedelta(days=1))
    client = browser(sam)
    assert client.get(page(booked)).status_code == 404
    assert "Write a review" not in links(client.get(f"/sessions/{booked.pk}"))


def test_a_hidden_review_is_told_to_its_people_alone(
    sam: User, maya: Mentor, session: Session, now: datetime
) -> None:
    reviews.hide(written(session, now), reason="It names a third person.", now=now)
    assert "Maya drew it" not in words(browser(make.olga()).get(f"/mentors/{maya.pk}"))
    read = words(browser(sam).get(f"/sessions/{session.pk}"))
    assert "An operator has hidden this review: It names a third person. " in read
    assert "third person.." not in read


def test_who_changes_a_hidden_review_reads_that_it_stays_hidden(
    sam: User, maya: Mentor, session: Session, now: datetime
) -> None:
    reviews.hide(written(session, now), reason="It names a third person.", now=now)
    assert "An operator has hidden this review: It names a third person." in words(
        browser(sam).get(page(session))
    )
    for person, sent in ((sam, {"stars": "4", "text": "Good."}), (maya.user, {"answer": "Thank you."})):
        saved = words(browser(person).post(page(session), sent, follow=True))
        assert "Saved. The review stays hidden: an operator has taken it off the mentor’s page." in saved
