"""Addresses for operators and their tools; those for load balancers are in operations/probes.py."""

from django.urls import URLPattern, URLResolver, path

from mentormap.operations.admin import site
from mentormap.operations.health import health
from mentormap.operations.mail_webhooks import mail_webhook
from mentormap.operations.metrics import metrics

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", health, name="health"),
    path("metrics", metrics, name="metrics"),
    path("webhooks/mail/<slug:service>", mail_webhook, name="mail_webhook"),
    path("admin/", site.urls),
]
