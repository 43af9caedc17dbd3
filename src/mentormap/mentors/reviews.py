"""What students say of a mentor, and the rating that comes of it; bookings says who may review."""

from datetime import datetime

from django.db import transaction
from django.db.models import Count, Sum

from mentormap.accounts.models import User
from mentormap.mentors.models import Mentor, Review, mean_stars


@transaction.atomic
def record_review(
    *, mentor: Mentor, student: User, session_id: int, stars: int, text: str, now: datetime
) -> Review:
    """Writes the review, and the mentor's rating and number of reviews with it.

    One review a session: a second raises IntegrityError.
    """
    locked = Mentor.objects.select_for_update().get(pk=mentor.pk)
    review = Review.objects.create(
        mentor=locked, student=student, session_id=session_id, stars=stars, text=text.strip(), created_at=now
    )
    count_reviews(locked)
    mentor.rating, mentor.review_count = locked.rating, locked.review_count
    return review


def count_reviews(mentor: Mentor) -> None:
    """Reckons rating and number anew from all reviews; the caller has locked the mentor."""
    sums = mentor.reviews.aggregate(total=Sum("stars", default=0), number=Count("pk"))
    mentor.rating = mean_stars(sums["total"], sums["number"])
    mentor.review_count = sums["number"]
    mentor.save(update_fields=["rating", "review_count"])
