"""The demo's sessions as plans: people, times, topics and outcomes. Writes nothing."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Final

from mentormap.accounts.models import User
from mentormap.availability.open_hours import Hours
from mentormap.availability.slots import SlotInputs, SlotRules, open_slots
from mentormap.lib.spans import Span
from mentormap.mentors.models import Mentor
from mentormap.operations.demo import content
from mentormap.operations.demo.content import MentorText, Topic
from mentormap.operations.demo.people import Cast

PAST: Final = timedelta(days=170)
SOON: Final = timedelta(days=2)
AHEAD: Final = timedelta(days=16)
_APART: Final = timedelta(hours=3)
_NEWCOMERS: Final = frozenset({"Connor McBride", "Zanele Dlamini", "Beatriz Camargo"})
_DURATIONS: Final = (30, 60, 60, 60, 90, 120)


class Outcome(StrEnum):
    REVIEWED = "reviewed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    UPCOMING = "upcoming"


@dataclass(frozen=True)
class SessionPlan:
    """One session to be; instants are UTC."""

    mentor: Mentor
    student: User
    topic: Topic
    title: str
    description: str
    starts_at: datetime
    minutes: int
    outcome: Outcome
    booked_at: datetime

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)


class Planner:
    """Gives each person one session at a time; the same seed and the same day give the same plans."""

    def __init__(self, random: Random, *, now: datetime) -> None:
        self.random = random
        self.now = now
        self.busy: dict[int, list[datetime]] = defaultdict(list)
        self.starts: dict[tuple[str, bool], list[datetime]] = {}

    def all_plans(self, mentors: Sequence[Mentor], cast: Cast) -> list[SessionPlan]:
        """The logins' own sessions first, then everybody's."""
        plans = list(self._of_logins(mentors, cast))
        for mentor, text in zip(mentors, content.mentors(), strict=True):
            plans += self._past(mentor, text, cast.students)
        for mentor, text in zip(mentors[:12], content.mentors(), strict=False):
            plans += self._draw(mentor, text, cast.students, Outcome.UPCOMING, count=1)
        return sorted(plans, key=lambda plan: plan.booked_at)

    def _of_logins(self, mentors: Sequence[Mentor], cast: Cast) -> Iterator[SessionPlan]:
        wanted = [
            (cast.sam, "Tomás Ferreira", Outcome.REVIEWED),
            (cast.sam, "Grace Whitfield", Outcome.COMPLETED),
            (cast.sam, "Arjun Mehta", Outcome.CANCELLED),
            (cast.sam, "Aiko Tanaka", Outcome.UPCOMING),
            (cast.sam, "Hannah Vogel", Outcome.UPCOMING),
            (cast.olga, "Lucas Andrade", Outcome.REVIEWED),
            (cast.olga, "Maya Rosen", Outcome.UPCOMING),
            (cast.olga, "Leila Haddad", Outcome.UPCOMING),
        ]
        by_name = {text.name: (mentor, text) for mentor, text in zip(mentors, content.mentors(), strict=True)}
        for student, name, outcome in wanted:
            yield from self._draw(*by_name[name], [student], outcome, count=1)

    def _past(self, mentor: Mentor, text: MentorText, students: Sequence[User]) -> Iterator[SessionPlan]:
        if text.name in _NEWCOMERS:
            return
        reviewed, silent = self.random.randint(3, 14), self.random.randint(0, 5)
        yield from self._draw(mentor, text, students, Outcome.REVIEWED, count=reviewed)
        yield from self._draw(mentor, text, students, Outcome.COMPLETED, count=silent)

    def _draw(
        self, mentor: Mentor, text: MentorText, students: Sequence[User], outcome: Outcome, *, count: int
    ) -> Iterator[SessionPlan]:
        """Up to `count` sessions within the mentor's hours, each with another student while there are enough."""
        starts = self._starts(text, is_ahead=outcome is Outcome.UPCOMING)
        for student in self.random.sample(students, min(count, len(students))):
            start = next((start for start in starts if self._is_free(start, mentor, student)), None)
            if start is not None:
                yield self._plan(mentor, text, student, start, outcome)

    def _starts(self, text: MentorText, *, is_ahead: bool) -> list[datetime]:
        """All starts that the mentor's hours allow, in no order."""
        if (text.name, is_ahead) not in self.starts:
            window = (
                Span(self.now + SOON, self.now + AHEAD)
                if is_ahead
                else Span(self.now - PAST, self.now - SOON)
            )
            self.starts[text.name, is_ahead] = self._shuffled_starts(text, window)
        return self.starts[text.name, is_ahead]

    def _shuffled_starts(self, text: MentorText, window: Span) -> list[datetime]:
        inputs = SlotInputs(
            hours=Hours(text.hours),
            zone=text.time_zone,
            rules=SlotRules(step_minutes=60, horizon=PAST + AHEAD),
            taken=(),
            busy=(),
            booked=(),
            duration=timedelta(minutes=120),
            now=window.starts_at,
        )
        starts = open_slots(inputs, window=window)
        self.random.shuffle(starts)
        return starts

    def _is_free(self, start: datetime, *people: User | Mentor) -> bool:
        return all(abs(start - other) >= _APART for person in people for other in self._starts_of(person))

    def _starts_of(self, person: User | Mentor) -> list[datetime]:
        return self.busy[person.user_id if isinstance(person, Mentor) else person.pk]

    def _plan(
        self, mentor: Mentor, text: MentorText, student: User, start: datetime, outcome: Outcome
    ) -> SessionPlan:
        for person in (mentor, student):
            self._starts_of(person).append(start)
        topic = content.topics()[self.random.choice(text.expertise)]
        booked_at = min(start - timedelta(hours=self.random.randint(60, 200)), self._recently())
        return SessionPlan(
            mentor=mentor,
            student=student,
            topic=topic,
            title=self.random.choice(topic.titles),
            description=self.random.choice(topic.descriptions),
            starts_at=start,
            minutes=self.random.choice(_DURATIONS),
            outcome=outcome,
            booked_at=booked_at,
        )

    def _recently(self) -> datetime:
        return self.now - timedelta(minutes=self.random.randint(90, 3000))
