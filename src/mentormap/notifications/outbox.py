"""The outbox: notices are written with the change itself, and sent by a worker afterwards.

A delivery is claimed for a while, rendered from what is true then, sent outside any transaction and marked last. A worker that
dies between sending and marking sends again: at least once, with the same Message-ID.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import Final, Generic, TypeVar

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from mentormap.accounts.models import User
from mentormap.lib import clock
from mentormap.lib.backoff import Backoff, spread
from mentormap.lib.plain_text import one_line
from mentormap.notifications import claims, outages, reach
from mentormap.notifications.errors import ChannelDownError, FinalError, OutOfReachError, RetryableError
from mentormap.notifications.models import Delivery, Notice
from mentormap.notifications.notice_kinds import ABOUT_SESSIONS, Channel, NoticeKind

M = TypeVar("M")

ABANDON_AFTER: Final = timedelta(days=1)
MOST_TRIES: Final = 100
"""More than the pauses below leave room for in a day: a delivery that ends its worker each time stops here."""
ROUND_SECONDS: Final = 8.0
"""How long one round goes on to take up deliveries: shorter than a worker's farewell."""
BACKOFF: Final = Backoff(timedelta(seconds=30), timedelta(hours=1))
_DOWN_PAUSE: Final = timedelta(minutes=5)

_log = structlog.get_logger(__name__)


def set_up() -> frozenset[Channel]:
    """The channels that this installation sends on."""
    return frozenset(Channel(name) for name in settings.NOTICE_CHANNELS)


def write(
    *,
    occasion: NoticeKind,
    reference: int,
    people: Iterable[User],
    revision: str,
    due_at: datetime,
    now: datetime,
) -> None:
    """One notice a person and one delivery a channel, inside the caller's transaction; a repeat changes nothing."""
    write_all({occasion: due_at}, reference=reference, people=people, revision=revision, now=now)


def write_all(
    due: Mapping[NoticeKind, datetime],
    *,
    reference: int,
    people: Iterable[User],
    revision: str,
    now: datetime,
) -> None:
    """The same for several kinds, each due at its own time, in three statements."""
    people = list(people)
    Notice.objects.bulk_create(
        [
            Notice(occasion=occasion, reference=reference, person=person, revision=revision, created_at=now)
            for occasion in due
            for person in people
        ],
        ignore_conflicts=True,
    )
    written = Notice.objects.filter(
        occasion__in=due, reference=reference, person__in=people, revision=revision
    )
    Delivery.objects.bulk_create(
        [
            Delivery(notice=notice, channel=channel, due_at=due[NoticeKind(notice.occasion)])
            for notice in written
            for channel in NoticeKind(notice.occasion).channels
            if channel in set_up()
        ],
        ignore_conflicts=True,
    )


def deliveries_about(*, reference: int, person: User, now: datetime) -> "QuerySet[Delivery]":
    """What this person was sent about a session, or is to be sent by now, the oldest first; nothing of what became stale.

    Whether SMS and push reach the person, and are wanted, shows at the first try: before it nothing is promised.
    """
    deliveries = Delivery.objects.filter(
        notice__reference=reference,
        notice__person=person,
        notice__occasion__in=ABOUT_SESSIONS,
        due_at__lte=now,
    )
    untried = Q(state=Delivery.State.WAITING, tries=0, channel__in=[Channel.SMS, Channel.PUSH])
    kept = deliveries.exclude(untried).exclude(state=Delivery.State.DROPPED)
    return kept.select_related("notice").order_by("due_at", "pk")


def send_due(
    *,
    channel: Channel,
    now: datetime,
    render: Callable[[Delivery, datetime], M | None],
    send: Callable[[M], None],
    prefetch: Callable[[Sequence[Delivery]], None] | None = None,
    limit: int | None = None,
) -> int:
    """Sends what is due on one channel, for some seconds or up to `limit`, and gives how many it dealt with.

    `prefetch` is shown what comes next, some deliveries at a time, so that `render` need not read for each alone.
    `render` gives None for what is no longer so. `send` raises FinalError for what can never succeed,
    OutOfReachError for what is dropped, ChannelDownError for what ends this round; whatever else either raises is tried
    again, later each time, for a day.
    """
    if not claims.is_due(channel, now=now) or outages.is_resting(channel, now=now):
        return 0
    return _Round(channel, clock.running(now), render, send, prefetch, limit).run()


def resend(delivery: Delivery, *, now: datetime) -> bool:
    """Makes what was sent, dropped or given up due again; False for what still waits."""
    done = Delivery.objects.filter(pk=delivery.pk).exclude(state=Delivery.State.WAITING)
    return bool(
        done.update(
            state=Delivery.State.WAITING,
            due_at=now,
            lease_until=None,
            tries=0,
            sent_at=None,
            failing_since=None,
            reported_at=None,
            last_error="",
        )
    )


def bring_forward(delivery: Delivery, *, now: datetime) -> bool:
    """Makes what waits for its time due now; False for what no longer waits."""
    waiting = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.WAITING)
    return bool(waiting.update(due_at=now, lease_until=None))


@dataclass
class _Round(Generic[M]):
    """One worker's way through what is due on a channel.

    What became of one delivery is recorded right after it, in the transaction that begins the next: a commit a message.
    """

    channel: Channel
    moment: Callable[[], datetime]
    render: Callable[[Delivery, datetime], M | None]
    send: Callable[[M], None]
    prefetch: Callable[[Sequence[Delivery]], None] | None
    limit: int | None
    count: int = 0
    has_sent: bool = False
    is_down: bool = False
    ends: float = field(default_factory=lambda: monotonic() + ROUND_SECONDS)
    outcome: Callable[[], None] | None = None

    def run(self) -> int:
        while self._goes_on() and (batch := claims.reserve(self.channel, now=self.moment())):
            self._work_off(deque(self._without_hopeless(batch)))
        return self.count

    def _goes_on(self) -> bool:
        has_room = self.limit is None or self.count < self.limit
        return has_room and not self.is_down and monotonic() < self.ends

    def _without_hopeless(self, batch: list[Delivery]) -> list[Delivery]:
        """Most people are out of reach on some channel: theirs are dropped together, so as to hold up nobody's."""
        hopeless = reach.out_of_reach(self.channel, batch)
        claims.drop(hopeless)
        self.count += len(hopeless)
        if hopeless:
            _log.info("deliveries_dropped", deliveries=[delivery.pk for delivery in hopeless])
        return [delivery for delivery in batch if delivery not in hopeless]

    def _work_off(self, batch: deque[Delivery]) -> None:
        try:
            if self.prefetch is not None:
                self.prefetch(list(batch))
            while batch and self._goes_on():
                delivery = batch.popleft()
                if self._begin(delivery):
                    self.count += 1
                    self.outcome = self._deliver(delivery, self.moment())
        finally:
            self._record()
            claims.hand_back(batch)

    def _begin(self, delivery: Delivery) -> bool:
        with transaction.atomic():
            if self.outcome is not None:
                self.outcome()
            is_ours = claims.begin(delivery, now=self.moment())
        self.outcome = None
        return is_ours

    def _record(self) -> None:
        if self.outcome is not None:
            self.outcome()
        self.outcome = None

    def _deliver(self, delivery: Delivery, now: datetime) -> Callable[[], None]:
        """Gives what is to be recorded."""
        if delivery.tries > MOST_TRIES:
            return partial(_abandon, delivery, "Taken up again and again, and never finished.")
        try:
            message = self.render(delivery, now)
            if message is not None:
                self.send(message)
        except OutOfReachError:
            message = None
        except FinalError as error:
            return partial(_abandon, delivery, _error_text(error))
        except ChannelDownError as error:
            self.is_down = True
            outages.note(self.channel, _error_text(error), now=now)
            return partial(_put_off, delivery, _error_text(error), now=now, is_down=True)
        except Exception as error:  # noqa: BLE001 - one row that breaks must not stop the others
            return partial(_put_off, delivery, _error_text(error), now=now)
        if message is None:
            return partial(_finish, delivery, Delivery.State.DROPPED)
        self._note_success(now)
        return partial(_finish, delivery, Delivery.State.SENT, sent_at=now)

    def _note_success(self, now: datetime) -> None:
        if not self.has_sent:
            outages.end(self.channel, now=now)
        self.has_sent = True


def _finish(delivery: Delivery, state: Delivery.State, *, sent_at: datetime | None = None) -> None:
    """Records that it was sent, even if another worker has the claim by now."""
    waiting = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.WAITING)
    waiting.update(state=state, sent_at=sent_at, lease_until=None, last_error="", failing_since=None)
    _log.info("delivery_done", delivery=delivery.pk, occasion=delivery.notice.occasion, state=str(state))


def _abandon(delivery: Delivery, error: str) -> None:
    claims.held(delivery).update(state=Delivery.State.FAILED, lease_until=None, last_error=error)
    _log.error("delivery_failed", delivery=delivery.pk, occasion=delivery.notice.occasion, error=error)


def _put_off(delivery: Delivery, error: str, *, now: datetime, is_down: bool = False) -> None:
    """While the channel is down tries do not count, and pauses are short beside the outage: what is urgent must not be late then."""
    since = delivery.failing_since or now
    if now - since >= ABANDON_AFTER:
        _abandon(delivery, error)
        return
    if is_down:
        pause = min(max((now - since) / 8, BACKOFF.first), _DOWN_PAUSE)
    else:
        pause = spread(BACKOFF.pause(delivery.tries))
    tries = delivery.tries - 1 if is_down else delivery.tries
    claims.held(delivery).update(lease_until=now + pause, tries=tries, failing_since=since, last_error=error)
    _log.warning("delivery_put_off", delivery=delivery.pk, tries=delivery.tries, error=error)


def _error_text(error: Exception) -> str:
    """On one line, for the operator; what no channel has put into words, with its name."""
    is_in_words = isinstance(error, RetryableError | FinalError)
    words = str(error) if is_in_words else f"{type(error).__name__}: {error}"
    return one_line(words)[:500]
