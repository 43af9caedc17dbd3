"""`/metrics` in Prometheus' text format: the web process's own figures, and what the database says of the business."""

import hmac
from collections.abc import Iterable
from datetime import datetime
from ipaddress import ip_address

from django.conf import settings
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from mentormap.bookings.models import Session
from mentormap.lib import clock
from mentormap.notifications.models import Delivery
from mentormap.operations.models import Heartbeat
from mentormap.payments.models import Flag, Refund, StripeEvent


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """For programs on this machine, and for who brings METRICS_TOKEN as a bearer token."""
    if not (came_from_here(request) or has_token(request)):
        return HttpResponse(
            "Metrics are for this machine, or for `Authorization: Bearer` with METRICS_TOKEN.\n",
            status=403,
            content_type="text/plain; charset=utf-8",
        )
    return HttpResponse(generate_latest(REGISTRY) + generate_latest(_ours), content_type=CONTENT_TYPE_LATEST)


def came_from_here(request: HttpRequest) -> bool:
    """Whether the client itself is on this machine, and not only a proxy that hands its request on.

    Of X-Forwarded-For, the last TRUSTED_PROXY_COUNT entries were written by proxies of ours.
    """
    chain = [*_forwarded(request), request.META.get("REMOTE_ADDR", "")]
    if len(chain) == 1:
        return _is_loopback(chain[0])
    hops = settings.TRUSTED_PROXY_COUNT
    return 0 < hops < len(chain) and _is_loopback(chain[-1 - hops])


def _forwarded(request: HttpRequest) -> list[str]:
    header = request.headers.get("X-Forwarded-For") or request.headers.get("Forwarded", "")
    return [part.strip() for part in header.split(",") if part.strip()]


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def has_token(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if not settings.METRICS_TOKEN or scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())


class Business(Collector):
    """Asks the database at each scrape; seven queries."""

    def collect(self) -> Iterable[GaugeMetricFamily]:
        now = clock.now()
        yield self._holds()
        yield self._sessions()
        yield _by_state("mentormap_refunds", "Refunds by state.", Refund)
        yield _by_state("mentormap_deliveries", "Deliveries by state.", Delivery)
        yield self._flagged()
        yield from self._inbox(now)
        beat = Heartbeat.objects.newest()
        age = (now - beat).total_seconds() if beat else float("inf")
        yield _gauge("mentormap_worker_heartbeat_age_seconds", "Since a worker was last seen.", age)

    def _holds(self) -> GaugeMetricFamily:
        return _gauge("mentormap_holds", "Sessions that wait for payment.", Session.objects.holds().count())

    def _sessions(self) -> GaugeMetricFamily:
        family = GaugeMetricFamily(
            "mentormap_bookings", "Sessions by both states.", labels=["status", "payment_status"]
        )
        counted = Session.objects.values_list("status", "payment_status").annotate(Count("pk")).order_by()
        for status, payment_status, count in counted:
            family.add_metric([status, payment_status], count)
        return family

    def _flagged(self) -> GaugeMetricFamily:
        count = Flag.objects.open().values("payment").distinct().count()
        return _gauge("mentormap_payments_flagged", "Payments that wait for an operator.", count)

    def _inbox(self, now: datetime) -> Iterable[GaugeMetricFamily]:
        waiting = StripeEvent.objects.filter(handled_at=None).aggregate(
            count=Count("pk"), oldest=Min("received_at")
        )
        oldest = waiting["oldest"]
        age = (now - oldest).total_seconds() if oldest else 0
        yield _gauge("mentormap_inbox_waiting", "Events of Stripe's not yet acted upon.", waiting["count"])
        yield _gauge("mentormap_inbox_age_seconds", "Age of the oldest event not yet acted upon.", age)


def _gauge(name: str, documentation: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, documentation, value=value)


def _by_state(name: str, documentation: str, model: type[Refund] | type[Delivery]) -> GaugeMetricFamily:
    """A sample for each state, 0 where nothing is in it, so that an alert sees the first."""
    counts = dict(model.objects.values_list("state").annotate(Count("pk")).order_by())
    family = GaugeMetricFamily(name, documentation, labels=["state"])
    for state in model.State.values:
        family.add_metric([state], counts.get(state, 0))
    return family


_ours = CollectorRegistry()
_ours.register(Business())
