"""Who may send what: workers take deliveries in batches, and begin each by a claim of its own.

Killed at any statement, a worker delays its batch by seconds; only the one that it was sending waits for a whole lease.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from mentormap.notifications.models import Delivery
from mentormap.notifications.notice_kinds import Channel

BATCH: Final = 50
RESERVED: Final = timedelta(seconds=30)
"""How long a batch is kept from other workers; what was not begun by then is anybody's."""
LEASE: Final = timedelta(minutes=3)
"""How long one that was begun stays claimed: longer than any mail server may take for one message."""


def is_due(channel: Channel, *, now: datetime) -> bool:
    """Looks without taking the write lock of SQLite."""
    return _claimable(channel, now).exists()


def held(delivery: Delivery) -> "QuerySet[Delivery]":
    """The row, if this worker's claim still stands."""
    return Delivery.objects.filter(
        pk=delivery.pk, state=Delivery.State.WAITING, lease_until=delivery.lease_until
    )


def reserve(channel: Channel, *, now: datetime) -> list[Delivery]:
    """Reserves due deliveries, oldest first. Several workers get different ones; empty if others were quicker."""
    until = now + RESERVED
    with transaction.atomic():
        free = _skip_locked(_claimable(channel, now)).order_by("due_at", "pk")
        pks = list(free.values_list("pk", flat=True)[:BATCH])
        _claimable(channel, now).filter(pk__in=pks).update(lease_until=until)
    ours = Delivery.objects.filter(pk__in=pks, lease_until=until)
    return list(ours.select_related("notice__person").order_by("due_at", "pk"))


def begin(delivery: Delivery, *, now: datetime) -> bool:
    """Claims one for a whole lease; False if its reservation lapsed and somebody else has it."""
    until = now + LEASE
    if not held(delivery).update(lease_until=until, tries=F("tries") + 1):
        return False
    delivery.lease_until, delivery.tries = until, delivery.tries + 1
    return True


def hand_back(batch: Sequence[Delivery]) -> None:
    """Releases deliveries that were reserved and not begun."""
    if batch:
        _reserved(batch).update(lease_until=None)


def drop(batch: Sequence[Delivery]) -> None:
    """Part of what was reserved, and cannot be sent: in one statement, whatever their number."""
    if batch:
        dropped = {"state": Delivery.State.DROPPED, "last_error": "", "failing_since": None}
        _reserved(batch).update(lease_until=None, **dropped)


def _reserved(batch: Sequence[Delivery]) -> "QuerySet[Delivery]":
    """The rows of one reservation that nobody else has taken since."""
    pks = [delivery.pk for delivery in batch]
    return Delivery.objects.filter(pk__in=pks, lease_until=batch[0].lease_until)


def _claimable(channel: Channel, now: datetime) -> "QuerySet[Delivery]":
    is_free = Q(lease_until=None) | Q(lease_until__lte=now)
    return Delivery.objects.filter(is_free, channel=channel, state=Delivery.State.WAITING, due_at__lte=now)


def _skip_locked(deliveries: "QuerySet[Delivery]") -> "QuerySet[Delivery]":
    """Passes over what other workers are claiming, where the database can; elsewhere the update decides."""
    if connection.features.has_select_for_update_skip_locked:
        return deliveries.select_for_update(skip_locked=True)
    return deliveries
