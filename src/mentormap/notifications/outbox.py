"""The outbox: what people are to be told is written with the change itself, and sent by a worker afterwards.

A delivery is claimed for a while, rendered from what is true then, sent outside any transaction and marked last. A worker that
dies between sending and marking sends again: at least once, with the same Message-ID.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from random import SystemRandom
from time import monotonic
from typing import Final, TypeVar

import structlog
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from mentormap.accounts.models import User
from mentormap.notifications.errors import FinalError
from mentormap.notifications.models import Delivery, Notice

M = TypeVar("M")

LEASE: Final = timedelta(minutes=10)
"""How long one delivery stays claimed: longer than any mail server may take for one message."""
MAX_TRIES: Final = 31
"""With the pauses below, a day."""
_FIRST_PAUSE: Final = timedelta(seconds=30)
_LONGEST_PAUSE: Final = timedelta(hours=1)

_log = structlog.get_logger(__name__)
_random = SystemRandom()


def write(
    *, occasion: str, reference: int, people: Iterable[User], revision: str, due_at: datetime, now: datetime
) -> None:
    """One notice a person and one delivery a channel, inside the caller's transaction; a repeat changes nothing."""
    write_all({occasion: due_at}, reference=reference, people=people, revision=revision, now=now)


def write_all(
    due: Mapping[str, datetime], *, reference: int, people: Iterable[User], revision: str, now: datetime
) -> None:
    """The same for several occasions, each due at its own time, in three statements."""
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
            Delivery(notice=notice, channel=channel, due_at=due[notice.occasion])
            for notice in written
            for channel in Delivery.Channel
        ],
        ignore_conflicts=True,
    )


def send_due(
    *,
    now: datetime,
    render: Callable[[Delivery, datetime], M | None],
    send: Callable[[M], None],
    limit: int = 20,
) -> int:
    """Sends up to `limit` deliveries that are due and gives how many it dealt with.

    `render` gives None for what is no longer so. `send` raises FinalError for what can never succeed; whatever else either
    raises is tried again, later each time, for a day.
    """
    started = monotonic()
    for count in range(limit):
        moment = now + timedelta(seconds=monotonic() - started)
        delivery = _claim(moment)
        if delivery is None:
            return count
        _deliver(delivery, moment, render, send)
    return limit


def resend(delivery: Delivery, *, now: datetime) -> bool:
    """Makes what was sent, dropped or given up due again; False for what still waits."""
    done = Delivery.objects.filter(pk=delivery.pk).exclude(state=Delivery.State.WAITING)
    return bool(
        done.update(
            state=Delivery.State.WAITING, due_at=now, lease_until=None, tries=0, sent_at=None, last_error=""
        )
    )


def bring_forward(delivery: Delivery, *, now: datetime) -> bool:
    """Makes what waits for its time due now; False for what no longer waits."""
    waiting = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.WAITING)
    return bool(waiting.update(due_at=now, lease_until=None))


def _claim(now: datetime) -> Delivery | None:
    """The longest due delivery that no other worker holds; who loses a race looks again."""
    while _claimable(now).exists():
        with transaction.atomic():
            pk = _unlocked(_claimable(now)).order_by("due_at", "pk").values_list("pk", flat=True).first()
            if pk is None:
                return None
            won = _claimable(now).filter(pk=pk).update(lease_until=now + LEASE, tries=F("tries") + 1)
        if won:
            return Delivery.objects.select_related("notice__person").get(pk=pk)
    return None


def _claimable(now: datetime) -> "QuerySet[Delivery]":
    is_free = Q(lease_until=None) | Q(lease_until__lte=now)
    return Delivery.objects.filter(is_free, state=Delivery.State.WAITING, due_at__lte=now)


def _unlocked(deliveries: "QuerySet[Delivery]") -> "QuerySet[Delivery]":
    """Passes over what other workers are claiming, where the database can; elsewhere the update decides."""
    if connection.features.has_select_for_update_skip_locked:
        return deliveries.select_for_update(skip_locked=True)
    return deliveries


def _deliver(
    delivery: Delivery,
    now: datetime,
    render: Callable[[Delivery, datetime], M | None],
    send: Callable[[M], None],
) -> None:
    try:
        message = render(delivery, now)
        if message is None:
            _finish(delivery, Delivery.State.DROPPED)
            return
        send(message)
    except FinalError as error:
        _give_up(delivery, error)
    except Exception as error:  # noqa: BLE001 - one row that breaks must not stop the others
        _put_off(delivery, error, now=now)
    else:
        _finish(delivery, Delivery.State.SENT, sent_at=now)


def _finish(delivery: Delivery, state: Delivery.State, *, sent_at: datetime | None = None) -> None:
    """What is sent is sent, even if another worker has the claim by now."""
    waiting = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.WAITING)
    waiting.update(state=state, sent_at=sent_at, lease_until=None, last_error="")
    _log.info("delivery_done", delivery=delivery.pk, occasion=delivery.notice.occasion, state=str(state))


def _give_up(delivery: Delivery, error: Exception) -> None:
    _held(delivery).update(state=Delivery.State.FAILED, lease_until=None, last_error=_told(error))
    _log.error("delivery_failed", delivery=delivery.pk, occasion=delivery.notice.occasion, error=_told(error))


def _put_off(delivery: Delivery, error: Exception, *, now: datetime) -> None:
    if delivery.tries >= MAX_TRIES:
        _give_up(delivery, error)
        return
    _held(delivery).update(lease_until=now + _pause(delivery.tries), last_error=_told(error))
    _log.warning("delivery_put_off", delivery=delivery.pk, tries=delivery.tries, error=_told(error))


def _held(delivery: Delivery) -> "QuerySet[Delivery]":
    """The row, if this worker's claim still stands."""
    return Delivery.objects.filter(
        pk=delivery.pk, state=Delivery.State.WAITING, lease_until=delivery.lease_until
    )


def _pause(tries: int) -> timedelta:
    """Half a minute after the first try, doubled up to an hour, give or take a tenth."""
    pause = min(_FIRST_PAUSE * (1 << min(tries - 1, 10)), _LONGEST_PAUSE)
    return pause * _random.uniform(0.9, 1.1)


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]
