"""A session's video room where another service makes it: made after the booking, moved and removed with the session.

A mentor's own room is noted with the booking, too: whatever is chosen for later sessions, this one stays there, at its address.
Row first, network second, result third. What has no room 16 minutes before the start is held in a Jitsi room instead: from then
on no room is made any more, so that the link that is sent and the one on the page are the same.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial

import structlog
from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from mentormap.bookings.models import LINK_LEAD, PaymentStatus, Room, Session, SessionStatus
from mentormap.bookings.notices import write
from mentormap.lib import clock
from mentormap.lib.backoff import Backoff
from mentormap.lib.rounds import within_time_budget
from mentormap.meetings import providers
from mentormap.meetings.rooms import Made, Provider, RoomError, RoomGone, RoomPlan
from mentormap.mentors.models import MeetingPlace

LAST_CALL = LINK_LEAD + timedelta(minutes=1)
"""How long before the start a room may still be asked for: the call ends before the link is sent."""
LEASE = timedelta(minutes=2)
BACKOFF = Backoff(timedelta(seconds=15), timedelta(minutes=15))
BATCH = 50

_log = structlog.get_logger(__name__)
_UPCOMING = Q(session__status=SessionStatus.SCHEDULED, session__payment_status=PaymentStatus.PAID)


def request_room(session: Session, *, now: datetime) -> None:
    """Records which room a session has or is to get, in the transaction that confirms it; no row means Jitsi.

    So it is for one that is booked too late for another service to make it.
    """
    mentor = session.mentor
    facts = {"provider": mentor.meeting_place}
    if mentor.meeting_place == MeetingPlace.PERSONAL and mentor.meeting_room:
        facts |= {"state": Room.State.MADE, "url": mentor.meeting_room}
    elif mentor.meeting_place not in providers.configured() or session.scheduled_at - now <= LAST_CALL:
        return
    Room.objects.get_or_create(session=session, defaults=facts)


def run(now: datetime) -> int:
    """Makes, moves and removes what is due, and gives up what comes too late. Returns how many rooms were dealt with."""
    _reconsider(now)
    _follow_own_rooms(now)
    moment = clock.running(now)
    work: list[tuple[QuerySet[Room], Callable[[Room, Provider], None]]] = [
        (rooms_to_make(now), partial(_make, moment=moment)),
        (rooms_to_move(now), _move),
        (rooms_to_delete(now), _remove),
    ]
    return sum(_for_each_room(_free(rows, now), act, now=now) for rows, act in work) + fall_back(now)


def rooms_to_make(now: datetime) -> QuerySet[Room]:
    return Room.objects.filter(_UPCOMING, state=Room.State.WANTED, session__scheduled_at__gt=now + LAST_CALL)


def rooms_to_move(now: datetime) -> QuerySet[Room]:
    """Rooms of sessions that were moved since their service was informed."""
    stale = ~Q(planned_for=F("session__scheduled_at"))
    return Room.objects.filter(_UPCOMING, stale, state=Room.State.MADE, session__ends_at__gt=now)


def rooms_to_delete(now: datetime) -> QuerySet[Room]:
    """Rooms of cancelled sessions, and those that were ready too late; after the session's time nobody is kept out of an empty one.

    Whether a try that got no answer has made one, the service knows.
    """
    cancelled = Q(session__status=SessionStatus.CANCELLED)
    may_be_there = Q(state=Room.State.WANTED, tries__gt=0) | Q(state=Room.State.MADE)
    too_late = Q(state=Room.State.FALLEN_BACK) & (~Q(external_id="") | Q(tries__gt=0))
    return Room.objects.filter((cancelled & may_be_there) | too_late, session__ends_at__gt=now)


def fall_back(now: datetime) -> int:
    """Moves sessions without a room to Jitsi shortly before the start, and notifies the mentor."""
    late = Room.objects.filter(
        _UPCOMING,
        state=Room.State.WANTED,
        session__scheduled_at__lte=now + LAST_CALL,
        session__ends_at__gt=now,
    )
    return sum(_abandon(room, now=now) for room in late.select_related("session__mentor__user")[:BATCH])


def _reconsider(now: datetime) -> None:
    """A session that fell back and was then moved to a later day has time for a room again."""
    fallen = Room.objects.filter(state=Room.State.FALLEN_BACK, external_id="")
    early = fallen.filter(_UPCOMING, session__scheduled_at__gt=now + LAST_CALL)
    fallen.filter(pk__in=early.values("pk")).update(state=Room.State.WANTED, next_try_at=None)


def _follow_own_rooms(now: datetime) -> None:
    """Sessions in a mentor's own room move to its new address while their link is not about to be sent."""
    address = "session__mentor__meeting_room"
    own = Room.objects.filter(
        _UPCOMING, provider=MeetingPlace.PERSONAL, session__scheduled_at__gt=now + LAST_CALL
    )
    stale = own.exclude(Q((address, "")) | Q((address, F("url"))))
    present = Room.objects.filter(pk=OuterRef("pk")).values(address)
    Room.objects.filter(pk__in=stale.values("pk")).update(url=Subquery(present))


def _free(rows: QuerySet[Room], now: datetime) -> list[Room]:
    """Returns rooms that no worker has claimed, at services that are configured."""
    free = rows.filter(Q(next_try_at=None) | Q(next_try_at__lte=now), provider__in=providers.configured())
    return list(free.select_related("session").order_by("session__scheduled_at")[:BATCH])


def _for_each_room(rooms: Iterable[Room], act: Callable[[Room, Provider], None], *, now: datetime) -> int:
    """A room that fails backs off and does not hold up the others."""
    return sum(_try(room, act, now=now) for room in within_time_budget(rooms))


def _try(room: Room, act: Callable[[Room, Provider], None], *, now: datetime) -> bool:
    if not _claim(room, now):
        return False
    try:
        act(room, providers.configured()[room.provider])
    except RoomError as error:
        _put_off(room, error, now=now)
    return True


def _claim(room: Room, now: datetime) -> bool:
    """False if another worker has it, or has changed it since it was read."""
    unchanged = Room.objects.filter(
        pk=room.pk, state=room.state, tries=room.tries, next_try_at=room.next_try_at
    )
    room.tries += 1
    return bool(unchanged.update(tries=room.tries, next_try_at=now + LEASE))


def _put_off(room: Room, error: RoomError, *, now: datetime) -> None:
    """Later each time, up to a quarter of an hour."""
    Room.objects.filter(pk=room.pk).update(
        next_try_at=now + BACKOFF.pause(room.tries), last_error=str(error)[:500]
    )
    _log.warning("room_put_off", session=room.session_id, provider=room.provider, tries=room.tries)


def _make(room: Room, provider: Provider, *, moment: Callable[[], datetime]) -> None:
    """One that is ready only when links may be out, or after another worker gave it up, is noted, to be removed."""
    made = provider.make(_plan(room.session), may_exist=room.tries > 1)
    is_late = moment() >= room.session.link_opens_at()
    if is_late:
        _abandon(room, now=moment())
    if is_late or not _record(room, made):
        abandoned = Room.objects.filter(pk=room.pk, state=Room.State.FALLEN_BACK)
        abandoned.update(external_id=made.external_id, tries=0, next_try_at=None)


def _record(room: Room, made: Made) -> bool:
    return _settle(
        room,
        Room.State.MADE,
        url=made.url,
        external_id=made.external_id,
        planned_for=room.session.scheduled_at,
    )


def _move(room: Room, provider: Provider) -> None:
    """Makes a room again that somebody removed at the service."""
    try:
        provider.move(room.external_id, _plan(room.session))
    except RoomGone:
        _settle(room, Room.State.WANTED, url="", external_id="")
    else:
        _settle(room, Room.State.MADE, planned_for=room.session.scheduled_at)


def _remove(room: Room, provider: Provider) -> None:
    external_id = room.external_id or provider.find(room.session.uid.hex)
    if external_id:
        provider.remove(external_id)
    is_abandoned = room.state == Room.State.FALLEN_BACK
    _settle(room, Room.State.FALLEN_BACK if is_abandoned else Room.State.REMOVED, url="", external_id="")


def _settle(room: Room, state: Room.State, **facts: object) -> bool:
    """Sets the state and resets the tries. Returns False if the room has changed since it was read."""
    unchanged = Room.objects.filter(pk=room.pk, state=room.state, external_id=room.external_id)
    return bool(unchanged.update(state=state, tries=0, next_try_at=None, last_error="", **facts))


def _plan(session: Session) -> RoomPlan:
    return RoomPlan(
        key=session.uid.hex,
        title=session.title,
        starts_at=session.scheduled_at,
        minutes=session.duration_minutes,
    )


@transaction.atomic
def _abandon(room: Room, *, now: datetime) -> bool:
    waiting = Room.objects.filter(pk=room.pk, state=Room.State.WANTED)
    if not waiting.update(state=Room.State.FALLEN_BACK, next_try_at=None):
        return False
    write.room_fell_back(room.session, now=now)
    return True
