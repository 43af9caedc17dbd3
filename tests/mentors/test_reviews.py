from datetime import datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

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


def test_a_session_is_reviewed_once(now: datetime) -> None:
    maya, sam = make.mentor(), make.sam()
    record_review(mentor=maya, student=sam, session_id=1, stars=5, text="", now=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        record_review(mentor=maya, student=sam, session_id=1, stars=1, text="", now=now)
    assert Mentor.objects.get().rating == Decimal("5.00")


@pytest.mark.parametrize("stars", [0, 6])
def test_stars_are_one_to_five(stars: int, now: datetime) -> None:
    maya, sam = make.mentor(), make.sam()
    with pytest.raises(IntegrityError), transaction.atomic():
        record_review(mentor=maya, student=sam, session_id=1, stars=stars, text="", now=now)
    assert not Review.objects.exists()
