"""Statistics of Stripe's events: the last webhook and the last poll, what waits, and whether webhooks seem dead."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Min, Q, Subquery

from mentormap.payments.models import EventCursor, StripeEvent

SUBSCRIBED: Final = frozenset(
    {
        "charge.dispute.closed",
        "charge.dispute.created",
        "charge.dispute.funds_reinstated",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.updated",
        "charge.refunded",
        "checkout.session.async_payment_failed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.completed",
        "checkout.session.expired",
        "radar.early_fraud_warning.created",
        "radar.early_fraud_warning.updated",
        "refund.created",
        "refund.failed",
        "refund.updated",
    }
)
"""What the webhook is to be subscribed to, as the README says; asking brings other types too."""
GRACE: Final = timedelta(minutes=10)
"""A webhook may come later than asking: only after this long it is missed."""


@dataclass(frozen=True)
class EventStats:
    """`missed` counts the events that only asking has brought since the last webhook. Instants are UTC."""

    last_webhook: datetime | None
    last_asked: datetime | None
    waiting: int
    oldest_waiting: datetime | None
    failing: int
    missed: int

    @property
    def are_webhooks_dead(self) -> bool:
        return self.missed > 0


def event_stats(now: datetime) -> EventStats:
    """Three queries; a fourth as long as nobody has asked yet."""
    last_asked, last_webhook = _latest()
    waiting = StripeEvent.objects.filter(handled_at=None).aggregate(
        count=Count("pk"), oldest=Min("received_at"), failing=Count("pk", filter=~Q(last_error=""))
    )
    missed = StripeEvent.objects.filter(type__in=SUBSCRIBED, delivered_at=None, received_at__lte=now - GRACE)
    if last_webhook is not None:
        missed = missed.filter(received_at__gt=last_webhook)
    return EventStats(
        last_webhook=last_webhook,
        last_asked=last_asked,
        waiting=waiting["count"],
        oldest_waiting=waiting["oldest"],
        failing=waiting["failing"],
        missed=missed.count(),
    )


def _latest() -> tuple[datetime | None, datetime | None]:
    """The last asking and the last webhook."""
    delivered = StripeEvent.objects.exclude(delivered_at=None).order_by("-delivered_at")
    webhooks = delivered.values_list("delivered_at", flat=True)
    asked = EventCursor.objects.annotate(webhook=Subquery(webhooks[:1])).order_by("-read_to")
    return asked.values_list("read_to", "webhook").first() or (None, webhooks.first())
