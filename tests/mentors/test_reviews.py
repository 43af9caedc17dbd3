from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from mentormap.mentors import reviews
from mentormap.mentors.models import Mentor, Review
from mentormap.mentors.reviews import record_review
from tests import make

pytestmark = pytest.mark.django_db


def test_reviews_make_the_rating(now: datetime) -> None:
    maya, sam = make.mentor(), make.sam()
    for session_id, stars in enumerate([5, 4, 5]):
        review = record_review(
            mentor=maya, student=sam, session_id=session_id, stars=stars, text=" Clear. ", now=now
        )
    stored = Mentor.objects.get()
    assert (stored.rating, stored.review_count) == (Decimal("4.67"), 3)
    assert (maya.rating, maya.review_count) == (Decimal("4.67"), 3)
    assert (review.text, review.created_at) == ("Clear.", now)


def test_another_mentors_reviews_do_not_count(now: datetime) -> None:
    maya, noor, sam = make.mentor(), make.mentor(make.person("Noor")), make.sam()
    record_review(mentor=noor, student=sam, session_id=1, stars=1, text="", now=now)
    record_review(mentor=maya, student=sam, session_id=2, stars=5, text="", now=now)
    assert Mentor.objects.get(pk=maya.pk).rating == Decimal("5.00")


def test_a_second_review_of_a_session_changes_the_first(now: datetime) -> None:
    maya, sam = make.mentor(), make.sam()
    record_review(mentor=maya, student=sam, session_id=1, stars=5, text="", now=now)
    later = now + timedelta(days=14)
    record_review(mentor=maya, student=sam, session_id=1, stars=1, text="", now=later)
    review = Review.objects.get()
    assert (review.stars, review.created_at, review.edited_at) == (1, now, later)
    assert Mentor.objects.get().rating == Decimal("1.00")


def test_the_same_words_again_are_no_change(now: datetime) -> None:
    maya, sam = make.mentor(), make.sam()
    for _ in range(2):
        record_review(mentor=maya, student=sam, session_id=1, stars=5, text="Clear.", now=now)
    assert Review.objects.get().edited_at is None


def test_after_14_days_a_review_stays(now: datetime) -> None:
    maya, sam = make.mentor(), make.sam()
    record_review(mentor=maya, student=sam, session_id=1, stars=5, text="", now=now)
    with pytest.raises(reviews.TooLateToEdit):
        record_review(
            mentor=maya, student=sam, session_id=1, stars=1, text="", now=now + timedelta(days=14, seconds=1)
        )
    assert Mentor.objects.get().rating == Decimal("5.00")


def test_a_mentor_answers_once(now: datetime) -> None:
    maya, sam = make.mentor(), make.sam()
    review = record_review(mentor=maya, student=sam, session_id=1, stars=5, text="", now=now)
    reviews.answer(review, text=" Thank you. ", now=now)
    with pytest.raises(reviews.AlreadyAnswered):
        reviews.answer(review, text="And again.", now=now)
    review.refresh_from_db()
    assert (review.answer, review.answered_at) == ("Thank you.", now)


def test_a_hidden_review_does_not_count(now: datetime) -> None:
    maya, sam = make.mentor(), make.sam()
    rude = record_review(mentor=maya, student=sam, session_id=1, stars=1, text="", now=now)
    record_review(mentor=maya, student=sam, session_id=2, stars=5, text="", now=now)
    reviews.hide(rude, reason="Insults", now=now)
    reviews.hide(rude, reason="Again", now=now + timedelta(days=1))
    rude.refresh_from_db()
    assert (rude.hidden_at, rude.hidden_reason) == (now, "Insults")
    assert list(Mentor.objects.values_list("rating", "review_count")) == [(Decimal("5.00"), 1)]
    assert Review.objects.all().shown().get().session_id == 2
    reviews.unhide(rude)
    assert list(Mentor.objects.values_list("rating", "review_count")) == [(Decimal("3.00"), 2)]


def test_the_only_review_hidden_leaves_a_mentor_new(now: datetime) -> None:
    maya, sam = make.mentor(), make.sam()
    review = record_review(mentor=maya, student=sam, session_id=1, stars=1, text="", now=now)
    reviews.hide(review, reason="Insults", now=now)
    assert list(Mentor.objects.values_list("rating", "review_count")) == [(None, 0)]


def test_a_review_that_changes_while_hidden_stays_uncounted(now: datetime) -> None:
    maya, sam = make.mentor(), make.sam()
    review = record_review(mentor=maya, student=sam, session_id=1, stars=1, text="", now=now)
    reviews.hide(review, reason="Insults", now=now)
    record_review(mentor=maya, student=sam, session_id=1, stars=5, text="", now=now)
    assert list(Mentor.objects.values_list("rating", "review_count")) == [(None, 0)]


@pytest.mark.parametrize("stars", [0, 6])
def test_stars_are_one_to_five(stars: int, now: datetime) -> None:
    maya, sam = make.mentor(), make.sam()
    with pytest.raises(IntegrityError), transaction.atomic():
        record_review(mentor=maya, student=sam, session_id=1, stars=stars, text="", now=now)
    assert not Review.objects.exists()
