"""A session's room at another service: made after the booking, moved and removed with it, or Jitsi's in its place."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from mentormap.bookings import lifecycle, links, rooms
from mentormap.bookings.models import Room, Session
from mentormap.bookings.notices.render import render_notice
from mentormap.bookings.settlement.settle import settle
from mentormap.lib import clock
from mentormap.meetings import providers
from mentormap.meetings.rooms import Made, RoomError, RoomGone, RoomPlan
from mentormap.mentors.models import MeetingPlace, Mentor
from mentormap.mentors.places import choose_place
from mentormap.notifications.channels.email import Message
from mentormap.notifications.models import Delivery, Notice
from mentormap.notifications.notice_kinds import NoticeKind
from tests import make
from tests.conftest import Stripe

pytestmark = pytest.mark.django_db
STARTS_IN = timedelta(hours=5)


@dataclass
class Service:
    """Remembers what it was asked; `error` is raised instead of an answer."""

    asked: list[tuple[str, object]] = field(default_factory=list)
    error: RoomError | None = None
    found: str = ""

    def _hear(self, verb: str, what: object) -> None:
        self.asked.append((verb, what))
        if self.error:
            raise self.error

    def make(self, plan: RoomPlan, *, may_exist: bool) -> Made:
        self._hear("look and make" if may_exist else "make", plan.starts_at)
        return Made(url=f"https://zoom.example/{plan.key}", external_id="room-1")

    def move(self, external_id: str, plan: RoomPlan) -> None:
        assert external_id == "room-1"
        self._hear("move", plan.starts_at)

    def find(self, key: str) -> str:
        self._hear("find", key)
        return self.found

    def remove(self, external_id: str) -> None:
        self._hear("remove", external_id)

    def check(self) -> None:
        """Nothing to ask."""


@pytest.fixture
def zoom(monkeypatch: pytest.MonkeyPatch) -> Service:
    service = Service()
    monkeypatch.setattr(providers, "configured", lambda: {"zoom": service})
    return service


@pytest.fixture
def maya() -> Mentor:
    return make.mentor(meeting_place=MeetingPlace.ZOOM)


@pytest.fixture
def session(zoom: Service, maya: Mentor, now: datetime) -> Session:
    """Booked with Maya, who meets at Zoom; the room is still to be made."""
    made = make.session(student=make.sam(), mentor=maya, starts_at=now + STARTS_IN)
    rooms.request_room(made, now=now)
    return made


def room() -> Room:
    return Room.objects.get()


def link(session: Session) -> str:
    return links.meeting_link(Session.objects.with_people().get(pk=session.pk))


def test_a_paid_booking_wants_a_room(stripe: Stripe, zoom: Service, maya: Mentor, now: datetime) -> None:
    held = make.hold(student=make.sam(), mentor=maya, starts_at=now + STARTS_IN, now=now)
    assert not Room.objects.exists()
    stripe.pay(held.payment.checkout_id)
    settle(held.payment_id, now=now)
    assert (room().session, room().provider, room().state) == (held, "zoom", Room.State.WANTED)


def test_it_is_made_once(session: Session, zoom: Service, now: datetime) -> None:
    assert [rooms.run(now) for _ in range(2)] == [1, 0]
    assert zoom.asked == [("make", session.scheduled_at)]
    assert (room().state, room().external_id, room().tries) == (Room.State.MADE, "room-1", 0)
    assert link(session) == f"https://zoom.example/{session.uid.hex}"


@pytest.mark.parametrize("place", [MeetingPlace.JITSI, MeetingPlace.GOOGLE_MEET])
def test_jitsi_and_what_is_not_set_up_need_none(zoom: Service, place: MeetingPlace, now: datetime) -> None:
    maya = make.mentor(meeting_place=place, meeting_room="https://meet.example/maya")
    booked = make.session(student=make.sam(), mentor=maya, starts_at=now + STARTS_IN)
    rooms.request_room(booked, now=now)
    assert not Room.objects.exists()
    assert link(booked) == links.jitsi_url(booked)


OWN = "https://meet.example/maya"
NEW = "https://meet.example/new"


@pytest.fixture
def in_own_room(now: datetime) -> Session:
    """Booked with a mentor who meets in her own room."""
    olga = make.mentor(make.olga(), meeting_place=MeetingPlace.PERSONAL, meeting_room=OWN)
    booked = make.session(student=make.person("Uma"), mentor=olga, starts_at=now + STARTS_IN)
    rooms.request_room(booked, now=now)
    return booked


def choose(session: Session, place: MeetingPlace, room: str, *, before: timedelta) -> None:
    choose_place(session.mentor, place=place, room=room)
    rooms.run(session.scheduled_at - before)


def test_a_mentors_own_room_is_there_at_once_and_asks_nobody(
    zoom: Service, in_own_room: Session, now: datetime
) -> None:
    assert link(in_own_room) == OWN
    Session.objects.update(scheduled_at=now + 2 * STARTS_IN, ends_at=now + 3 * STARTS_IN)
    assert rooms.run(now) == 0
    lifecycle.cancel(in_own_room, why="", now=now)
    assert rooms.run(now) == 0
    assert (zoom.asked, room().state) == ([], Room.State.MADE)


@pytest.mark.parametrize("place", [MeetingPlace.JITSI, MeetingPlace.ZOOM])
def test_what_is_booked_stays_in_the_mentors_own_room(
    zoom: Service, in_own_room: Session, place: MeetingPlace
) -> None:
    choose(in_own_room, place, "", before=timedelta(hours=4))
    assert link(in_own_room) == OWN


@pytest.mark.parametrize("place", [MeetingPlace.JITSI, MeetingPlace.PERSONAL])
def test_what_is_booked_in_the_own_room_follows_its_address(
    in_own_room: Session, place: MeetingPlace
) -> None:
    choose(in_own_room, place, NEW, before=timedelta(hours=4))
    assert link(in_own_room) == NEW


def test_what_was_moved_to_a_later_day_follows_it_too(in_own_room: Session, now: datetime) -> None:
    choose(in_own_room, MeetingPlace.PERSONAL, NEW, before=timedelta(minutes=10))
    assert link(in_own_room) == OWN
    Session.objects.update(scheduled_at=in_own_room.scheduled_at + timedelta(days=1))
    rooms.run(in_own_room.scheduled_at)
    assert link(in_own_room) == NEW


def test_what_is_booked_stays_at_jitsi(now: datetime) -> None:
    booked = make.session(student=make.sam(), mentor=make.mentor(), starts_at=now + STARTS_IN)
    rooms.request_room(booked, now=now)
    choose(booked, MeetingPlace.PERSONAL, NEW, before=timedelta(hours=4))
    assert link(booked) == links.jitsi_url(booked)


@pytest.mark.parametrize(("minutes", "expected"), [(17, NEW), (16, OWN), (15, OWN), (0, OWN)])
def test_a_new_address_of_an_own_room_counts_until_the_link_is_about_to_be_sent(
    in_own_room: Session, minutes: int, expected: str
) -> None:
    choose(in_own_room, MeetingPlace.PERSONAL, NEW, before=timedelta(minutes=minutes))
    assert link(in_own_room) == expected


def test_a_new_address_is_for_this_mentors_own_rooms_alone(
    session: Session, in_own_room: Session, zoom: Service, now: datetime
) -> None:
    rooms.run(now)
    for mentor in (session.mentor, make.mentor(make.person("Mina"))):
        choose_place(mentor, place=MeetingPlace.PERSONAL, room=NEW)
    rooms.run(now)
    assert link(in_own_room) == OWN
    assert link(session) == f"https://zoom.example/{session.uid.hex}"


def test_what_is_booked_too_late_is_held_at_jitsi(zoom: Service, maya: Mentor, now: datetime) -> None:
    booked = make.session(student=make.sam(), mentor=maya, starts_at=now + timedelta(minutes=15))
    rooms.request_room(booked, now=now)
    assert not Room.objects.exists()
    assert link(booked) == links.jitsi_url(booked)


def test_trouble_is_tried_again_later_each_time_and_looks_first(
    session: Session, zoom: Service, now: datetime
) -> None:
    zoom.error = RoomError("503")
    assert rooms.run(now) == 1
    assert (room().last_error, room().next_try_at) == ("503", now + timedelta(seconds=15))
    assert rooms.run(now + timedelta(seconds=14)) == 0
    rooms.run(now + timedelta(seconds=15))
    assert room().next_try_at == now + timedelta(seconds=45)
    zoom.error = None
    rooms.run(now + timedelta(seconds=45))
    assert [verb for verb, _ in zoom.asked] == ["make", "look and make", "look and make"]
    assert (room().state, room().last_error) == (Room.State.MADE, "")


def test_two_workers_do_not_make_two(session: Session, zoom: Service, now: datetime) -> None:
    seen = room()
    seen.session = session
    rooms.run(now)
    assert rooms._claim(seen, now) is False


def test_a_worker_that_died_leaves_it_to_the_next(session: Session, zoom: Service, now: datetime) -> None:
    assert rooms._claim(room(), now)
    assert rooms.run(now + rooms.LEASE - timedelta(seconds=1)) == 0
    assert rooms.run(now + rooms.LEASE) == 1
    assert zoom.asked == [("look and make", session.scheduled_at)]


def test_it_falls_back_to_jitsi_before_the_link_is_sent(
    session: Session, zoom: Service, maya: Mentor, now: datetime
) -> None:
    zoom.error = RoomError("503")
    last = session.scheduled_at - rooms.LAST_CALL
    rooms.run(last - timedelta(seconds=1))
    assert (room().state, len(zoom.asked)) == (Room.State.WANTED, 1)
    rooms.run(last)
    rooms.run(last)
    assert (room().state, [verb for verb, _ in zoom.asked]) == (Room.State.FALLEN_BACK, ["make", "find"])
    assert link(session) == links.jitsi_url(session)
    notice = Notice.objects.get()
    assert (notice.occasion, notice.person) == (NoticeKind.ROOM_FELL_BACK, maya.user)
    told = render_notice(Delivery.objects.filter(channel="email").get(), last)
    assert isinstance(told, Message)
    assert "Zoom did not make a room for this session in time" in " ".join(told.text.split())


def test_a_room_that_was_ready_too_late_is_removed(
    session: Session, zoom: Service, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker gave it up while the service was making it."""
    in_time = zoom.make

    def make_late(plan: RoomPlan, *, may_exist: bool) -> Made:
        rooms.fall_back(session.scheduled_at - rooms.LAST_CALL)
        return in_time(plan, may_exist=may_exist)

    monkeypatch.setattr(zoom, "make", make_late)
    rooms.run(now)
    assert zoom.asked == [("make", session.scheduled_at), ("remove", "room-1")]
    assert (room().state, room().external_id) == (Room.State.FALLEN_BACK, "")


def test_a_room_that_is_ready_when_links_may_be_out_is_removed(
    session: Session, zoom: Service, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mails with Jitsi's link have gone out while the service was making it."""
    monkeypatch.setattr(clock, "running", lambda _: session.link_opens_at)
    rooms.run(session.scheduled_at - rooms.LAST_CALL - timedelta(seconds=1))
    assert [verb for verb, _ in zoom.asked] == ["make", "remove"]
    assert (room().state, room().external_id) == (Room.State.FALLEN_BACK, "")
    assert link(session) == links.jitsi_url(session)
    assert Notice.objects.get().occasion == NoticeKind.ROOM_FELL_BACK


@pytest.mark.parametrize("found", ["room-1", ""])
@pytest.mark.parametrize("is_cancelled", [True, False])
def test_a_room_that_was_made_without_an_answer_is_looked_for_and_removed(
    session: Session, zoom: Service, now: datetime, found: str, *, is_cancelled: bool
) -> None:
    zoom.error = RoomError("timed out")
    rooms.run(now)
    zoom.error, zoom.found = None, found
    late = session.scheduled_at - rooms.LAST_CALL
    if is_cancelled:
        lifecycle.cancel(session, now=now, why="Cancelled by the student.")
    for _ in range(3):
        rooms.run(late)
    expected = [("find", session.uid.hex), ("remove", "room-1")]
    assert zoom.asked[1:] == (expected if found else expected[:1])
    assert room().state == (Room.State.REMOVED if is_cancelled else Room.State.FALLEN_BACK)


def test_a_room_that_is_noted_while_it_is_looked_for_is_not_forgotten(
    session: Session, zoom: Service, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker's try is answered after this one was told that there is none."""

    def find_none(key: str) -> str:
        Room.objects.update(external_id="room-1", tries=0, next_try_at=None)
        return ""

    Room.objects.update(state=Room.State.FALLEN_BACK, tries=1)
    monkeypatch.setattr(zoom, "find", find_none)
    late = session.scheduled_at - rooms.LAST_CALL
    rooms.run(late)
    assert room().external_id == "room-1"
    rooms.run(late)
    assert zoom.asked == [("remove", "room-1")]


def test_a_room_that_was_ready_too_late_is_removed_when_its_service_answers(
    session: Session, zoom: Service, now: datetime
) -> None:
    Room.objects.update(state=Room.State.FALLEN_BACK, external_id="room-1")
    zoom.error = RoomError("503")
    rooms.run(now)
    assert (room().external_id, room().last_error) == ("room-1", "503")
    zoom.error = None
    rooms.run(now + timedelta(hours=1))
    assert (room().state, room().external_id) == (Room.State.FALLEN_BACK, "")


def test_nothing_is_made_once_links_may_be_out(session: Session, zoom: Service, now: datetime) -> None:
    """A worker that was away sends Jitsi's link; a room made after it would part the two."""
    Room.objects.update(next_try_at=session.scheduled_at)
    assert link(session) == links.jitsi_url(session)
    rooms.run(session.scheduled_at - timedelta(minutes=5))
    assert zoom.asked == []
    assert link(session) == links.jitsi_url(session)


def test_a_session_that_moved_takes_its_room_along(session: Session, zoom: Service, now: datetime) -> None:
    rooms.run(now)
    later = session.scheduled_at + timedelta(days=1)
    Session.objects.update(scheduled_at=later, ends_at=later + timedelta(hours=1))
    assert [rooms.run(now) for _ in range(2)] == [1, 0]
    assert zoom.asked[1:] == [("move", later)]
    assert (room().planned_for, room().state) == (later, Room.State.MADE)


def test_a_room_that_somebody_removed_is_made_anew_at_the_move(
    session: Session, zoom: Service, now: datetime
) -> None:
    rooms.run(now)
    Session.objects.update(scheduled_at=session.scheduled_at + timedelta(hours=1))
    zoom.error = RoomGone("404")
    rooms.run(now)
    zoom.error = None
    rooms.run(now)
    assert [verb for verb, _ in zoom.asked] == ["make", "move", "make"]
    assert room().state == Room.State.MADE


def test_a_session_that_fell_back_and_moved_has_time_for_a_room_again(
    session: Session, zoom: Service, now: datetime
) -> None:
    late = session.scheduled_at - rooms.LAST_CALL
    Room.objects.update(next_try_at=session.ends_at)
    rooms.run(late)
    assert room().state == Room.State.FALLEN_BACK
    Session.objects.update(scheduled_at=session.scheduled_at + timedelta(days=1))
    rooms.run(late)
    assert room().state == Room.State.MADE


def test_a_cancelled_session_s_room_is_removed(session: Session, zoom: Service, now: datetime) -> None:
    rooms.run(now)
    lifecycle.cancel(session, now=now, why="Cancelled by the student.")
    assert [rooms.run(now) for _ in range(2)] == [1, 0]
    assert zoom.asked[1:] == [("remove", "room-1")]
    assert (room().state, room().url) == (Room.State.REMOVED, "")


def test_what_was_cancelled_before_its_room_was_made_needs_none(
    session: Session, zoom: Service, now: datetime
) -> None:
    lifecycle.cancel(session, now=now, why="Cancelled by the student.")
    assert rooms.run(now) == 0
    assert zoom.asked == []


def test_a_service_that_is_no_longer_set_up_falls_back(
    session: Session, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    monkeypatch.setattr(providers, "configured", dict)
    assert rooms.run(now) == 0
    rooms.run(session.scheduled_at - rooms.LAST_CALL)
    assert room().state == Room.State.FALLEN_BACK
