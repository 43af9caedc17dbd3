"""`/metrics` in Prometheus' text format: the web process's own figures, and what the database says of the business."""

import hmac
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import Error
from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, TextChoices
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from mentormap.bookings.lifecycle import HELD
from mentormap.bookings.models import Session
from mentormap.lib import clock, disk, zone_data
from mentormap.lib.forwarding import LOOPBACK, WAS_FORWARDED, is_trusted
from mentormap.notifications import outbox
from mentormap.notifications.models import Delivery, Outage
from mentormap.operations.health import metric_files
from mentormap.operations.models import Heartbeat
from mentormap.payments.event_stats import EventStats, event_stats
from mentormap.payments.models import Dispute, Flag, Refund


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Serves programs on this machine that call it directly, and requests with METRICS_TOKEN as a bearer token."""
    if not (came_from_here(request) or has_token(request)):
        return HttpResponse(
            "Metrics are for this machine, or for `Authorization: Bearer` with METRICS_TOKEN.\n",
            status=403,
            content_type="text/plain; charset=utf-8",
        )
    return HttpResponse(
        generate_latest(_of_requests()) + generate_latest(_ours), content_type=CONTENT_TYPE_LATEST
    )


def _of_requests() -> CollectorRegistry:
    """Returns this process's own metrics, or the sums over all web processes if several run."""
    if metric_files.VARIABLE not in os.environ:
        return REGISTRY
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return together


def came_from_here(request: HttpRequest) -> bool:
    """Returns whether there is no proxy in between: one on this machine that does not name its client would open the metrics to all."""
    meta = request.META
    return meta.get(WAS_FORWARDED) is False and is_trusted(meta.get("REMOTE_ADDR", ""), LOOPBACK)


def has_token(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if not settings.METRICS_TOKEN or scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())


class Business(Collector):
    """Asks the database at each scrape; at most ten queries."""

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Yields all metrics, or only `mentormap_database_up` if the database cannot be reached: the scrape succeeds, so alerts show why."""
        try:
            found = list(self._figures(clock.now()))
        except Error:
            found = []
        free = disk.free_bytes(settings.DATA_DIR)
        yield _gauge("mentormap_disk_free_bytes", "Room left in the data folder.", free)
        yield _gauge("mentormap_database_up", "1 if the database answers.", bool(found))
        yield from found

    def _figures(self, now: datetime) -> Iterable[GaugeMetricFamily]:
        yield from self._sessions()
        yield from self._refunds()
        yield from self._deliveries(now)
        yield from self._waiting()
        yield from self._news(event_stats(now), now)
        yield _zones()
        beat = Heartbeat.objects.newest()
        yield _age("mentormap_worker_heartbeat_age_seconds", "Since a worker was last seen.", beat, now)

    def _sessions(self) -> Iterable[GaugeMetricFamily]:
        """Holds are sessions whose payment is pending."""
        counted = Session.objects.values_list("status", "payment_status").annotate(Count("pk")).order_by()
        counts = {(status, payment_status): count for status, payment_status, count in counted}
        yield _gauge("mentormap_holds", "Sessions that wait for payment.", counts.get(HELD, 0))
        family = GaugeMetricFamily(
            "mentormap_bookings", "Sessions by both states.", labels=["status", "payment_status"]
        )
        for states, count in counts.items():
            family.add_metric(states, count)
        yield family

    def _refunds(self) -> Iterable[GaugeMetricFamily]:
        """Yields refunds by state, and failed ones that are still owed."""
        sums = {"all_of_it": Count("pk"), "awaited": Count("pk", filter=Q(given_up_at=None))}
        counted = list(Refund.objects.values_list("state").annotate(**sums).order_by())
        by_state = {state: count for state, count, _ in counted}
        yield _labelled_gauge("mentormap_refunds", "Refunds by state.", "state", by_state, Refund.State)
        failed = sum(awaited for state, _, awaited in counted if state in Refund.DEAD)
        yield _gauge("mentormap_refunds_failed", "Failed refunds that somebody still waits for.", failed)

    def _deliveries(self, now: datetime) -> Iterable[GaugeMetricFamily]:
        """Yields the state of deliveries; a due one is tried within seconds, unless its channel is down."""
        due = Min("due_at", filter=Q(state=Delivery.State.WAITING, due_at__lte=now))
        outage = Exists(Outage.objects.filter(channel=OuterRef("channel"), ended_at=None))
        found = Delivery.objects.values_list("channel", "state", outage)
        states, down, oldest = Counter[str](), dict[str, bool](), dict[str, datetime | None]()
        for channel, state, is_down, count, since in found.annotate(count=Count("pk"), since=due).order_by():
            states[state] += count
            down[channel], oldest[channel] = is_down, since or oldest.get(channel)
        yield _labelled_gauge("mentormap_deliveries", "Deliveries by state.", "state", states, Delivery.State)
        failing = GaugeMetricFamily("mentormap_channel_down", "1 while every try fails.", labels=["channel"])
        age = GaugeMetricFamily(
            "mentormap_delivery_due_age_seconds", "Age of the oldest delivery due.", labels=["channel"]
        )
        for channel in sorted(outbox.set_up()):
            failing.add_metric([channel], down.get(channel, False))
            age.add_metric([channel], (now - (oldest.get(channel) or now)).total_seconds())
        yield failing
        yield age

    def _waiting(self) -> Iterable[GaugeMetricFamily]:
        """Yields what waits for an operator."""
        open_flags, disputes = Flag.objects.open(), Dispute.objects.all()
        yield _counts("mentormap_flags_open", "Open flags by name.", open_flags, "name", Flag.Name)
        yield _counts("mentormap_disputes", "Disputes by status.", disputes, "status", Dispute.Status)

    def _news(self, news: EventStats, now: datetime) -> Iterable[GaugeMetricFamily]:
        """How Stripe's events reach us."""
        waiting = (now - news.oldest_waiting).total_seconds() if news.oldest_waiting else 0
        yield _gauge("mentormap_inbox_waiting", "Events of Stripe's not yet acted upon.", news.waiting)
        yield _gauge("mentormap_inbox_age_seconds", "Age of the oldest event not yet acted upon.", waiting)
        yield _gauge("mentormap_webhooks_missed", "Events that only asking has brought.", news.missed)
        yield _age("mentormap_webhook_age_seconds", "Since the last webhook.", news.last_webhook, now)
        yield _age(
            "mentormap_poll_age_seconds", "Since Stripe was last asked for events.", news.last_asked, now
        )


def _zones() -> GaugeMetricFamily:
    """Yields 1 always: the labels name the data in use."""
    data = zone_data.in_use()
    family = GaugeMetricFamily(
        "mentormap_time_zones_info", "The time-zone data in use.", labels=["version", "source"]
    )
    family.add_metric([data.version, data.source], 1)
    return family


def _gauge(name: str, documentation: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, documentation, value=value)


def _age(name: str, documentation: str, since: datetime | None, now: datetime) -> GaugeMetricFamily:
    """In seconds; infinite for what never was, so that an alert sees it."""
    return _gauge(name, documentation, (now - since).total_seconds() if since else float("inf"))


def _counts(
    name: str, documentation: str, rows: QuerySet[Any], column: str, values: type[TextChoices]
) -> GaugeMetricFamily:
    counts = dict(rows.values_list(column).annotate(Count("pk")).order_by())
    return _labelled_gauge(name, documentation, column, counts, values)


def _labelled_gauge(
    name: str, documentation: str, label: str, counts: Mapping[str, int], values: type[TextChoices]
) -> GaugeMetricFamily:
    """A sample for each value, 0 where there is none, so that an alert sees the first."""
    family = GaugeMetricFamily(name, documentation, labels=[label])
    for value in values.values:
        family.add_metric([value], counts.get(value, 0))
    return family


_ours = CollectorRegistry()
_ours.register(Business())
