"""The addresses that operators and their tools use."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, path

from mentormap.operations.health import health
from mentormap.operations.metrics import metrics

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", health, name="health"),
    path("metrics", metrics, name="metrics"),
    path("admin/", admin.site.urls),
]
