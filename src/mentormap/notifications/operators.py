"""Notices to operators: every active person with the right to the admin, on the channels of the occasion."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from mentormap.accounts.models import User
from mentormap.notifications import outbox
from mentormap.notifications.models import Delivery, Notice, Outage
from mentormap.notifications.notice_kinds import FOR_OPERATORS, NoticeKind

DEAD_AFTER: Final = timedelta(minutes=5)
DEAD_FAILURES: Final = 5
"""A channel is called dead when as many tries in a row failed, over at least that time."""
GATHERED: Final = timedelta(hours=1)
"""After one notice of deliveries that were given up, the next waits this long and tells of all since."""


def tell(occasion: NoticeKind, reference: int, *, now: datetime, revision: str = "0") -> None:
    """One notice for each operator, inside the caller's transaction; a repeat changes nothing."""
    people = User.objects.filter(is_staff=True, is_active=True)
    outbox.write(
        occasion=occasion, reference=reference, people=people, revision=revision, due_at=now, now=now
    )


def report(now: datetime) -> int:
    """Tells of what was given up and of channels that are dead, each once. Returns how many of both."""
    return _report_abandoned(now) + _report_dead_channels(now)


def abandoned_with(notice: Notice) -> "QuerySet[Delivery]":
    """Returns the deliveries that a notice of this occasion reports."""
    deliveries = Delivery.objects.filter(reported_at=notice.created_at)
    return deliveries.select_related("notice__person").order_by("pk")


def _report_abandoned(now: datetime) -> int:
    """Not of notices to operators themselves: nobody would hear of those."""
    failed = Delivery.objects.filter(state=Delivery.State.FAILED, reported_at=None)
    news = failed.exclude(notice__occasion__in=FOR_OPERATORS)
    first = news.order_by("pk").first()
    if first is None or _was_reported_lately(now):
        return 0
    with transaction.atomic():
        count = failed.filter(pk__in=news.values("pk")).update(reported_at=now)
        if count:
            tell(NoticeKind.DELIVERY_GIVEN_UP, first.pk, revision=now.isoformat(), now=now)
    return count


def _was_reported_lately(now: datetime) -> bool:
    lately = Notice.objects.filter(occasion=NoticeKind.DELIVERY_GIVEN_UP, created_at__gt=now - GATHERED)
    return lately.exists()


def _report_dead_channels(now: datetime) -> int:
    dead = Outage.objects.filter(
        ended_at=None, told_at=None, failures__gte=DEAD_FAILURES, since__lte=now - DEAD_AFTER
    )
    count = 0
    for outage in dead:
        with transaction.atomic():
            if Outage.objects.filter(pk=outage.pk, told_at=None, ended_at=None).update(told_at=now):
                tell(NoticeKind.CHANNEL_DEAD, outage.pk, now=now)
                count += 1
    return count
