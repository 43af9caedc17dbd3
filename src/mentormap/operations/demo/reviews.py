"""Reviews by the demo's students."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from random import Random

from mentormap.bookings.models import Session
from mentormap.mentors.models import Mentor, Review, mean_stars
from mentormap.operations.demo import content
from mentormap.operations.demo.plans import Outcome, SessionPlan


def make_reviews(plans: Sequence[SessionPlan], sessions: Sequence[Session], random: Random) -> None:
    """One for each session that was reviewed, and the sums on the mentors."""
    writer = Writer(random)
    reviews = [
        writer.review(plan, session)
        for plan, session in zip(plans, sessions, strict=True)
        if plan.outcome is Outcome.REVIEWED
    ]
    for review in random.sample(reviews, k=len(reviews) // 6):
        answer = random.choice(content.remarks().answers)
        review.answer = answer.format(student=review.student.get_short_name())
        review.answered_at = review.created_at + timedelta(hours=random.randint(2, 40))
    Review.objects.bulk_create(reviews)
    _rate(reviews)


class Writer:
    """Never says the same of one mentor twice."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.used: dict[int, set[str]] = defaultdict(set)

    def review(self, plan: SessionPlan, session: Session) -> Review:
        stars = self.random.choices([5, 4, 3], weights=[72, 23, 5])[0]
        return Review(
            mentor=plan.mentor,
            student=plan.student,
            session_id=session.pk,
            stars=stars,
            text=self._text(plan, stars),
            created_at=plan.ends_at + timedelta(hours=self.random.randint(1, 30)),
        )

    def _text(self, plan: SessionPlan, stars: int) -> str:
        """Some give stars alone; praise that was spent already is left out too."""
        used = self.used[plan.mentor.pk]
        pool = plan.topic.praise if stars > 3 else content.remarks().lukewarm
        fresh = [phrase for phrase in pool if phrase not in used]
        if not fresh:
            return ""
        phrase = self.random.choice(fresh)
        used.add(phrase)
        if stars == 3:
            return phrase
        return f"{self._opening(plan, phrase, used)} {self._ending(used)}".strip()

    def _opening(self, plan: SessionPlan, phrase: str, used: set[str]) -> str:
        opening = self.random.choice([line for line in content.remarks().openings if line not in used])
        used.add(opening)
        return opening.format(mentor=plan.mentor.user.get_short_name(), praise=phrase)

    def _ending(self, used: set[str]) -> str:
        ending = self.random.choice([line for line in content.remarks().endings if line not in used])
        if ending:
            used.add(ending)
        return ending


def _rate(reviews: Sequence[Review]) -> None:
    stars: dict[Mentor, list[int]] = defaultdict(list)
    for review in reviews:
        stars[review.mentor].append(review.stars)
    for mentor, given in stars.items():
        mentor.rating = mean_stars(sum(given), len(given))
        mentor.review_count = len(given)
    Mentor.objects.bulk_update(stars, ["rating", "review_count"])
