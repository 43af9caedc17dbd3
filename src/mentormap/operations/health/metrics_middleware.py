"""Counts requests of the web process by labels that no client can multiply."""

from typing import Any

from django.http import HttpRequest
from django_prometheus.middleware import PrometheusAfterMiddleware


class RequestCountsMiddleware(PrometheusAfterMiddleware):
    """Latencies go by methods that HTTP knows: django-prometheus would keep any that was ever sent, in memory and for good."""

    def label_metric(self, metric: Any, request: HttpRequest, response: Any = None, **labels: str) -> Any:
        if "method" in labels:
            labels["method"] = self._method(request)  # type: ignore[no-untyped-call]
        return super().label_metric(metric, request, response, **labels)  # type: ignore[no-untyped-call]
