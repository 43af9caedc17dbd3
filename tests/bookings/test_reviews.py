from datetime import datetime, timedelta

import pytest

from mentormap.bookings import reviews
from mentormap.bookings.models import Session
from mentormap.bookings.reviews import AnswerRefused, ReviewRefused
from mentormap.mentors.models import Review
from mentormap.mentors.reviews import review_of
from tests import make

pytestmark = pytest.mark.django_db


def over(now: datetime, status: str = "completed", payment_status: str = "paid") -> Session:
    """Sam's hour with Maya, yesterday."""
    return make.session(
        student=make.sam(),
        mentor=make.mentor(),
        starts_at=now - timedelta(days=1),
        status=status,
        payment_status=payment_status,
    )


def test_a_completed_session_is_reviewed_by_its_student(now: datetime) -> None:
    session = over(now)
    review = reviews.review(session, stars=4, text="Clear.", now=now)
    assert (review.mentor, review.student, review.session_id) == (session.mentor, session.student, session.pk)
    assert review_of(session.pk) == review


@pytest.mark.parametrize(("status", "payment_status"), [("scheduled", "paid"), ("cancelled", "refunded")])
def test_no_other_session_is_reviewed(now: datetime, status: str, payment_status: str) -> None:
    session = over(now, status, payment_status)
    with pytest.raises(ReviewRefused):
        reviews.review(session, stars=4, text="", now=now)
    assert not Review.objects.exists()


def test_late_changes_are_refused_in_words(now: datetime) -> None:
    session = over(now)
    reviews.review(session, stars=4, text="", now=now)
    with pytest.raises(ReviewRefused, match="14 days"):
        reviews.review(session, stars=1, text="", now=now + timedelta(days=15))


def test_the_mentor_answers_once(now: datetime) -> None:
    session = over(now)
    with pytest.raises(AnswerRefused, match="no review"):
        reviews.answer(session, text="Thanks.", now=now)
    reviews.review(session, stars=4, text="", now=now)
    assert reviews.answer(session, text="Thanks.", now=now).answer == "Thanks."
    with pytest.raises(AnswerRefused, match="already"):
        reviews.answer(session, text="And more.", now=now)
