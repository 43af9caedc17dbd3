"""Work that waits for the operator although the program is well: flags, failed refunds and mails, and missing webhooks."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Value

from mentormap.notifications.models import Delivery
from mentormap.operations.health.ages import in_words
from mentormap.operations.health.checks import Finding
from mentormap.payments.event_stats import EventStats, event_stats
from mentormap.payments.models import Flag, Refund

SLOW: Final = timedelta(minutes=5)
"""The poller asks every 15 seconds, and the inbox is drained every second."""


def everything(*, now: datetime) -> list[Finding]:
    """All of it; five queries."""
    return [flags(list(Flag.objects.open()), now), *rest(now)]


def rest(now: datetime) -> list[Finding]:
    """Without the flags, for who has read them already; four queries."""
    failed, news = _count_failures(), event_stats(now)
    return [
        _count_finding("refunds", failed.get("refunds", 0), "failed", _REFUNDS_REMEDY),
        _count_finding("mails", failed.get("mails", 0), "given up", _MAILS_REMEDY),
        webhook(news, now),
        poller(news, now),
        inbox(news, now),
    ]


_REFUNDS_REMEDY: Final = "Try them again, or pay back in another way and resolve the flag."
_MAILS_REMEDY: Final = "The reason is shown with each. Remove the cause, then send them again."


def flags(open_flags: Sequence[Flag], now: datetime) -> Finding:
    """The oldest first."""
    if not open_flags:
        return Finding("flags", is_ok=True, message="none is open")
    message = f"{len(open_flags)} open, the oldest for {in_words(now - open_flags[0].raised_at)}"
    return Finding("flags", is_ok=True, message=message, remedy="Each says what to do.", waits=True)


def _count_failures() -> dict[str, int]:
    """How many, by name; where there are none the name is missing."""
    refunds = Refund.objects.failed()
    mails = Delivery.objects.filter(state=Delivery.State.FAILED)
    counted = [
        rows.order_by().annotate(name=Value(name)).values_list("name").annotate(Count("pk"))
        for name, rows in (("refunds", refunds), ("mails", mails))
    ]
    return dict(counted[0].union(counted[1]))


def _count_finding(name: str, count: int, word: str, remedy: str) -> Finding:
    return Finding(name, is_ok=True, message=f"{count or 'none'} {word}", remedy=remedy, waits=bool(count))


def webhook(news: EventStats, now: datetime) -> Finding:
    """Dead webhooks cost seconds, not money, as long as the poller works."""
    last = f"last {in_words(now - news.last_webhook)} ago" if news.last_webhook else "none has ever come"
    if not news.are_webhooks_dead:
        return Finding("last webhook", is_ok=True, message=last)
    message = f"{last}; since then only asking Stripe has brought {news.missed} events: webhooks seem dead"
    remedy = "Look at the endpoint in Stripe's dashboard: its address, its secret, what it answers."
    return Finding("last webhook", is_ok=True, message=message, remedy=remedy, waits=True)


def poller(news: EventStats, now: datetime) -> Finding:
    """Asking is what everything rests on when webhooks fail."""
    remedy = "Look at the worker's log for job_waits: the way to Stripe, or the key."
    if news.last_asked is None:
        return Finding(
            "last asked", is_ok=True, message="Stripe was never asked for events", remedy=remedy, waits=True
        )
    age = now - news.last_asked
    return Finding("last asked", is_ok=True, message=f"{in_words(age)} ago", remedy=remedy, waits=age > SLOW)


def inbox(news: EventStats, now: datetime) -> Finding:
    if news.oldest_waiting is None:
        return Finding("inbox", is_ok=True, message="empty")
    age = now - news.oldest_waiting
    message = f"{news.waiting} events wait, the oldest for {in_words(age)}; {news.failing} have failed"
    remedy = "The error stands with each; a worker tries again by itself."
    return Finding("inbox", is_ok=True, message=message, remedy=remedy, waits=age > SLOW)
