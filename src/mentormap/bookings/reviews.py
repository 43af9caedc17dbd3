"""Reviewing a session: its student may once it is completed, its mentor may answer."""

from datetime import datetime

from django.utils.translation import gettext

from mentormap.bookings.errors import RefusalKind, Refused
from mentormap.bookings.models import Session, SessionStatus
from mentormap.mentors import reviews
from mentormap.mentors.models import Review


class ReviewRefused(Refused):
    kind = RefusalKind.CONFLICT
    code = "cannot-review"


class AnswerRefused(Refused):
    kind = RefusalKind.CONFLICT
    code = "cannot-answer"


def review(session: Session, *, stars: int, text: str, now: datetime) -> Review:
    """Stores the student's review of a completed session, which can be changed for 14 days. Raises ReviewRefused."""
    if session.status != SessionStatus.COMPLETED:
        raise ReviewRefused(gettext("A session can be reviewed once it is over. Come back after it."))
    try:
        return reviews.record_review(
            mentor=session.mentor,
            student=session.student,
            session_id=session.pk,
            stars=stars,
            text=text,
            now=now,
        )
    except reviews.TooLateToEdit:
        raise ReviewRefused(
            gettext("A review can be changed for 14 days, and these are over. It stays as it is.")
        ) from None


def answer(session: Session, *, text: str, now: datetime) -> Review:
    """Stores the mentor's answer, once. Raises AnswerRefused."""
    found = reviews.review_of(session.pk)
    if found is None:
        raise AnswerRefused(gettext("There is no review of this session to answer yet."))
    try:
        reviews.answer(found, text=text, now=now)
    except reviews.AlreadyAnswered:
        raise AnswerRefused(
            gettext("You have answered this review already. The answer stays as it is.")
        ) from None
    found.refresh_from_db()
    return found
