"""A month of bookings, moves and cancellations, with workers that are away, work side by side, and die in the middle of sending.

Every notice is sent once on each channel that its reader chose, none after it became stale, and every link within a minute of
its time while a worker runs.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random

import pytest
from django.db.models.functions import Coalesce, Greatest
from pytest_django.fixtures import Settings

from mentormap.accounts import phones
from mentormap.accounts.models import User
from mentormap.bookings import announcements, cancellation, notices, reconciliation
from mentormap.bookings.errors import Refused
from mentormap.bookings.messages import AnyMessage
from mentormap.bookings.models import Session
from mentormap.bookings.reschedule import reschedule
from mentormap.lib import clock as edge
from mentormap.mentors.models import Mentor
from mentormap.notifications import outbox, preferences
from mentormap.notifications.models import Delivery
from mentormap.notifications.occasions import Channel, Occasion
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
ALL_DAY = ((time(0), time(0)),)
OUTAGES = (MINUTE, 20 * MINUTE, 5 * HOUR, DAY, 2 * DAY)


class WorkerDied(BaseException):
    """Killed after a message went out and before that was written down."""


@dataclass
class Sent:
    """One message, and how its session stood at that moment."""

    delivery: Delivery
    at: datetime
    is_upcoming: bool
    sequence: int
    opens_at: datetime
    ends_at: datetime


@dataclass
class Month:
    """Goes from one instant at which something can happen to the next."""

    random: Random
    now: datetime
    ends_at: datetime
    students: list[User]
    mentors: list[Mentor]
    sent: list[Sent] = field(default_factory=list)
    deaths: Counter[int] = field(default_factory=Counter)
    outages: list[tuple[datetime, datetime]] = field(default_factory=list)
    _rendering: Delivery | None = None

    def run(self) -> None:
        self.outages = list(self._outages())
        next_action = self.now
        while self.now < self.ends_at:
            if self.now >= next_action:
                self._act()
                next_action = (
                    self.now + self.random.randint(1, 20) * HOUR + self.random.randint(0, 59) * MINUTE
                )
            if self.is_running(self.now):
                self._work()
            self.now = self._next(next_action)

    def is_running(self, instant: datetime) -> bool:
        return not any(start <= instant < end for start, end in self.outages)

    def _outages(self) -> Iterator[tuple[datetime, datetime]]:
        start = self.now + 2 * DAY
        for length in OUTAGES:
            start += self.random.randint(1, 60) * HOUR
            yield start, start + length
            start += length

    def _next(self, next_action: datetime) -> datetime:
        """The next action, delivery or end of an outage; at most six hours on."""
        waiting = Delivery.objects.filter(state=Delivery.State.WAITING)
        free_at = Greatest("due_at", Coalesce("lease_until", "due_at"))
        due = waiting.annotate(free_at=free_at).order_by("free_at").values_list("free_at", flat=True)
        ahead = [instant for instant in due[:50] if instant > self.now][:1]
        ends = [end for _, end in self.outages if end > self.now]
        earliest: datetime = min([next_action, self.now + 6 * HOUR, *ahead, *ends])
        return max(earliest, self.now + timedelta(seconds=1))

    def _act(self) -> None:
        upcoming = list(Session.objects.upcoming(self.now).with_people())
        act = self.random.choice(["book", "book", "book", "move", "cancel", "choose"])
        try:
            if act == "book" or not upcoming:
                self._book()
            elif act == "choose":
                self._choose()
            else:
                self._change(self.random.choice(upcoming), act)
        except Refused:
            return

    def _book(self) -> None:
        starts_at = (self.now + self.random.choice([HOUR, 5 * HOUR, 2 * DAY, 6 * DAY])).replace(
            minute=0, second=0, microsecond=0
        ) + HOUR
        student, mentor = self.random.choice(self.students), self.random.choice(self.mentors)
        if Session.objects.filter(mentor=mentor, status="scheduled", scheduled_at=starts_at).exists():
            return
        booked = make.session(
            student=student, mentor=mentor, starts_at=starts_at, source="recorded", created_at=self.now
        )
        notices.session_booked(booked, now=self.now)

    def _change(self, session: Session, act: str) -> None:
        actor = self.random.choice([session.student, session.mentor.user])
        if act == "cancel":
            cancellation.cancel(session, actor=actor, now=self.now)
        else:
            later = session.scheduled_at + self.random.choice([-HOUR, HOUR, DAY, 3 * DAY])
            reschedule(session, actor=actor, starts_at=later, now=self.now)

    def _choose(self) -> None:
        """Somebody turns a channel of the reminder off, or on again."""
        person = self.random.choice(self.students)
        channel = self.random.choice(list(Channel))
        wanted = preferences.wanted(person) ^ {(Occasion.REMINDER, channel)}
        preferences.choose(person, wanted, among=[Occasion.REMINDER])

    def _work(self) -> None:
        """Two workers, one after the other at the same instant; one of them may die at a message."""
        reconciliation.complete_ended(now=self.now)
        announcements.run(self.now)
        for channel in (*Channel, *Channel):
            try:
                outbox.send_due(channel=channel, now=self.now, render=self._render, send=self._send)
            except WorkerDied:
                continue

    def _render(self, delivery: Delivery, now: datetime) -> AnyMessage | None:
        self._rendering = delivery
        return notices.render(delivery, now)

    def _send(self, _message: object) -> None:
        delivery = self._rendering
        assert delivery is not None
        session = Session.objects.get(pk=delivery.notice.reference)
        self.sent.append(
            Sent(
                delivery,
                self.now,
                session.is_upcoming,
                session.sequence,
                session.link_opens_at(),
                session.ends_at,
            )
        )
        if self.random.random() < 0.02:
            self.deaths[delivery.pk] += 1
            raise WorkerDied


@pytest.fixture
def month(
    request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> Month:
    settings.NOTICE_CHANNELS = list(Channel)
    sam, olga = make.sam(), make.olga()
    phones.verify(sam, code=phones.new_code(sam, number="+4915123456789", now=now), now=now)
    every_hour = [make.mentor(make.person(name), zone="UTC", hours=ALL_DAY) for name in ("Maya", "Noor")]
    made = Month(Random(request.param), now, now + 30 * DAY, [sam, olga], every_hour)
    monkeypatch.setattr(edge, "now", lambda: made.now)
    made.run()
    return made


@pytest.mark.parametrize("month", [1], indirect=True)
def test_every_notice_is_sent_once_in_time_and_never_stale(month: Month) -> None:
    counted = Counter(one.delivery.pk for one in month.sent)
    assert {pk: count for pk, count in counted.items() if count > 1 + month.deaths[pk]} == {}
    sent = Delivery.objects.filter(state=Delivery.State.SENT)
    assert set(sent.values_list("pk", flat=True)) <= set(counted)
    assert not Delivery.objects.filter(state=Delivery.State.FAILED).exists()
    dropped = Delivery.objects.filter(state=Delivery.State.DROPPED).values_list("pk", flat=True)
    assert [pk for pk in dropped if counted[pk] > month.deaths[pk]] == []
    assert {one.delivery.channel for one in month.sent} == {"email", "sms", "in_app"}
    for one in month.sent:
        _judge(one, month)
    assert _without_link(month) == set()


def _without_link(month: Month) -> set[tuple[int, int]]:
    """Who missed the link of a session that took place, but for those that lay wholly within an outage."""
    linked = {
        (one.delivery.notice.reference, one.delivery.notice.person_id or 0)
        for one in month.sent
        if one.delivery.notice.occasion == Occasion.LINK and one.delivery.channel == "email"
    }
    took_place = Session.objects.with_people().filter(status="completed")
    reachable = [
        session for session in took_place if _runs_during(month, session.link_opens_at(), session.ends_at)
    ]
    assert len(reachable) > 10
    return {(session.pk, person.pk) for session in reachable for person in session.participants()} - linked


def _judge(one: Sent, month: Month) -> None:
    notice = one.delivery.notice
    assert one.at >= one.delivery.due_at
    if notice.occasion in {Occasion.LINK, Occasion.REMINDER, Occasion.BOOKED}:
        assert (one.is_upcoming, notice.revision) == (True, str(one.sequence))
        assert one.at < one.ends_at
    if notice.occasion == Occasion.REMINDER:
        assert one.at < one.opens_at
    if notice.occasion == Occasion.LINK:
        assert one.at >= one.opens_at
        first_try = one.delivery.tries == 1
        if first_try and month.is_running(one.delivery.due_at):
            assert one.at <= one.delivery.due_at + MINUTE


def _runs_during(month: Month, start: datetime, end: datetime) -> bool:
    return not any(since <= start and end <= until for since, until in month.outages)
