"""Reviews of a mentor, and the resulting rating; bookings decides who may review."""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Count, Q, Sum

from mentormap.accounts.models import User
from mentormap.mentors.models import Mentor, Review, ReviewQuerySet, mean_stars

_OF_THE_STUDENT: Final = ("stars", "text", "edited_at")
"""The mentor may answer while these are changed."""


class TooLateToEdit(ValueError):
    """The 14 days in which a review can be changed are over."""


class AlreadyAnswered(ValueError):
    """A mentor answers a review once."""


def review_of(session_id: int) -> Review | None:
    return Review.objects.filter(session_id=session_id).first()


@transaction.atomic
def record_review(
    *, mentor: Mentor, student: User, session_id: int, stars: int, text: str, now: datetime
) -> Review:
    """Writes the session's review, or changes it, and the mentor's rating and number of reviews with it.

    Raises TooLateToEdit for one that is older than 14 days.
    """
    locked = Mentor.objects.locked(mentor.pk)
    review = review_of(session_id)
    if review is None:
        review = Review(mentor=locked, student=student, session_id=session_id, created_at=now)
    elif now > review.editable_until():
        raise TooLateToEdit
    elif (review.stars, review.text) != (stars, text.strip()):
        review.edited_at = now
    review.stars, review.text = stars, text.strip()
    review.save(update_fields=_OF_THE_STUDENT if review.pk else None)
    count_reviews(locked)
    mentor.rating, mentor.review_count = locked.rating, locked.review_count
    return review


def answer(review: Review, *, text: str, now: datetime) -> None:
    """The mentor's one answer, read below the review. Raises AlreadyAnswered."""
    unanswered = Review.objects.filter(pk=review.pk, answered_at=None)
    if not unanswered.update(answer=text.strip(), answered_at=now):
        raise AlreadyAnswered


def hide(review: Review, *, reason: str, now: datetime) -> None:
    """An operator takes it off the mentor's page, and it counts no more; hiding twice keeps the first reason."""
    _set_hidden(Review.objects.filter(pk=review.pk, hidden_at=None), review, hidden_at=now, reason=reason)


def unhide(review: Review) -> None:
    """An operator lets it be read and counted again."""
    _set_hidden(Review.objects.filter(pk=review.pk), review, hidden_at=None, reason="")


@transaction.atomic
def _set_hidden(rows: ReviewQuerySet, review: Review, *, hidden_at: datetime | None, reason: str) -> None:
    mentor = Mentor.objects.locked(review.mentor_id)
    rows.update(hidden_at=hidden_at, hidden_reason=reason)
    count_reviews(mentor)


def count_reviews(mentor: Mentor) -> None:
    """Reckons rating and number again from all reviews that are shown; the caller has locked the mentor."""
    shown = Q(hidden_at=None)
    sums = mentor.reviews.aggregate(
        total=Sum("stars", default=0, filter=shown), number=Count("pk", filter=shown)
    )
    mentor.rating = mean_stars(sums["total"], sums["number"])
    mentor.review_count = sums["number"]
    mentor.save(update_fields=["rating", "review_count"])
