"""Addresses for operators and their tools; those for load balancers are in operations/health/probes.py."""

from django.urls import URLPattern, URLResolver, path

from mentormap.operations.admin import site
from mentormap.operations.health.metrics import metrics
from mentormap.operations.health.overview import health
from mentormap.operations.webhooks.mail_reports import mail_webhook

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", health, name="health"),
    path("metrics", metrics, name="metrics"),
    path("webhooks/mail/<slug:service>", mail_webhook, name="mail_webhook"),
    path("admin/", site.urls),
]
