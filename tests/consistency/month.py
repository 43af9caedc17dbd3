"""A month of bookings, moves and cancellations, told by workers that are away, work side by side, and die in the middle of it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from mentormap.accounts.models import User
from mentormap.bookings import cancellation
from mentormap.bookings.errors import Refused
from mentormap.bookings.models import LINK_LEAD, Session
from mentormap.bookings.notices import scheduled, write
from mentormap.bookings.notices.messages import AnyMessage
from mentormap.bookings.notices.render import render_notice
from mentormap.bookings.reconciliation import reconcile
from mentormap.bookings.reschedule import reschedule
from mentormap.mentors.models import Mentor
from mentormap.notifications import outbox, preferences
from mentormap.notifications.models import Delivery
from mentormap.notifications.notice_kinds import Channel, NoticeKind
from tests import make

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
OUTAGES = (MINUTE, 5 * HOUR, MINUTE, 20 * MINUTE, DAY, MINUTE, 2 * DAY, 20 * MINUTE)
OPTIONAL = (NoticeKind.REMINDER, NoticeKind.LINK, NoticeKind.FINISHED)
"""Of these every channel can be turned off."""


class WorkerDied(BaseException):
    """Killed after a message went out and before that was written down."""


@dataclass(frozen=True)
class Key:
    """What is to be sent once."""

    occasion: str
    session: int
    revision: str
    person: int
    channel: str


@dataclass(frozen=True)
class Choice:
    """From `at` on this person does, or does not, want to hear of an occasion on a channel."""

    at: datetime
    person: int
    occasion: str
    channel: str
    is_wanted: bool


@dataclass
class Month:
    """Goes from one instant at which something can happen to the next."""

    random: Random
    now: datetime
    ends_at: datetime
    students: list[User]
    mentors: list[Mentor]
    sent: list[tuple[Key, datetime]] = field(default_factory=list)
    deaths: Counter[Key] = field(default_factory=Counter)
    choices: list[Choice] = field(default_factory=list)
    outages: list[tuple[datetime, datetime]] = field(default_factory=list)
    _unwanted: set[tuple[int, NoticeKind, Channel]] = field(default_factory=set)
    _rendering: Delivery | None = None
    _is_second: bool = False

    def run(self) -> None:
        self.outages = list(self._outages())
        next_action = self.now
        while self.now < self.ends_at:
            if self.now >= next_action:
                self._act()
                next_action = self.now + self.random.randint(1, 16 * 60) * MINUTE
            if self.back_at(self.now) == self.now:
                self._work()
            self.now = self._next(next_action)

    def back_at(self, instant: datetime) -> datetime:
        """When a worker runs next: at once, unless all are away."""
        return next((end for start, end in self.outages if start <= instant < end), instant)

    def _outages(self) -> Iterator[tuple[datetime, datetime]]:
        """Each begins when the link of a session could be due."""
        start = self.now + DAY
        for length in OUTAGES:
            start = (start + self.random.randint(20, 50) * HOUR).replace(minute=45)
            yield start, start + length
            start += length

    def _next(self, next_action: datetime) -> datetime:
        """The next action, end of an outage or of a claim, or instant at which something may have to be sent."""
        leases = Delivery.objects.filter(lease_until__gt=self.now).values_list("lease_until", flat=True)
        ends = [end for _, end in self.outages]
        marks = [
            mark
            for session in Session.objects.booked()
            for mark in (session.scheduled_at - DAY, session.scheduled_at - LINK_LEAD, session.ends_at)
        ]
        return min(mark for mark in [next_action, *leases, *ends, *marks] if mark and mark > self.now)

    def _act(self) -> None:
        upcoming = list(Session.objects.upcoming(self.now).with_people())
        act = self.random.choice(["book", "book", "book", "move", "move", "cancel", "choose"])
        try:
            if act == "choose":
                self._choose()
            elif act == "book" or not upcoming:
                self._book()
            else:
                self._change(self.random.choice(upcoming), act)
        except Refused:
            return

    def _book(self) -> None:
        soon = self.random.choice([HOUR, 5 * HOUR, 2 * DAY, 6 * DAY])
        starts_at = (self.now + soon).replace(minute=0, second=0, microsecond=0) + HOUR
        next_outage = next((start for start, _ in self.outages if start > self.now + HOUR), None)
        if next_outage and self.random.random() < 0.3:
            starts_at = next_outage + LINK_LEAD
        starts_at = self._soon_after_outage() or starts_at
        student, mentor = self.random.choice(self.students), self.random.choice(self.mentors)
        if Session.objects.filter(mentor=mentor, status="scheduled", scheduled_at=starts_at).exists():
            return
        booked = make.session(
            student=student, mentor=mentor, starts_at=starts_at, source="recorded", created_at=self.now
        )
        write.session_booked(booked, now=self.now)

    def _change(self, session: Session, act: str) -> None:
        actor = self.random.choice([session.student, session.mentor.user])
        if act == "cancel":
            cancellation.cancel(session, actor=actor, now=self.now)
        else:
            later = session.scheduled_at + self.random.choice([-HOUR, HOUR, DAY, 3 * DAY])
            starts_at = self._soon_after_outage() or later
            reschedule(session, actor=actor, starts_at=starts_at, now=self.now)

    def _soon_after_outage(self) -> datetime | None:
        """A start of which, while nobody works, a reminder becomes due and has not been written yet."""
        back_at = self.back_at(self.now)
        is_long = back_at - self.now > 12 * HOUR
        hour = back_at.replace(minute=0, second=0, microsecond=0)
        return hour + self.random.randint(6, 12) * HOUR if is_long else None

    def _choose(self) -> None:
        """Somebody turns a channel of an occasion off, or on again."""
        person = self.random.choice([*self.students, *(mentor.user for mentor in self.mentors)])
        occasion, channel = self.random.choice(OPTIONAL), self.random.choice(list(Channel))
        self._unwanted ^= {(person.pk, occasion, channel)}
        is_wanted = (person.pk, occasion, channel) not in self._unwanted
        self.choices.append(Choice(self.now, person.pk, occasion, channel, is_wanted))
        wanted = [(occasion, each) for each in Channel if (person.pk, occasion, each) not in self._unwanted]
        preferences.choose(person, wanted, among=[occasion])

    def _work(self) -> None:
        """What the jobs do; whoever dies is started anew."""
        reconcile.complete_ended(now=self.now)
        scheduled.run(self.now)
        for channel in Channel:
            while self._sends(channel):
                pass

    def _sends(self, channel: Channel) -> bool:
        """One round of one worker; whether there may be more to do."""
        try:
            return bool(outbox.send_due(channel=channel, now=self.now, render=self._render, send=self._send))
        except WorkerDied:
            return True

    def _render(self, delivery: Delivery, now: datetime) -> AnyMessage | None:
        self._rendering = delivery
        return render_notice(delivery, now)

    def _send(self, _message: object) -> None:
        """While the message is on its way a second worker looks for work on the same channel."""
        delivery = self._rendering
        assert delivery is not None
        notice = delivery.notice
        key = Key(notice.occasion, notice.reference, notice.revision, notice.person_id or 0, delivery.channel)
        self.sent.append((key, self.now))
        if not self._is_second:
            self._is_second = True
            self._sends(Channel(delivery.channel))
            self._is_second = False
        if self.random.random() < 0.02:
            self.deaths[key] += 1
            raise WorkerDied
