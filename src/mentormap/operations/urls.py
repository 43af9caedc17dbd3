"""The addresses that operators and their tools use."""

from django.urls import URLPattern, URLResolver, path

from mentormap.operations.admin import site
from mentormap.operations.health import health
from mentormap.operations.metrics import metrics

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", health, name="health"),
    path("metrics", metrics, name="metrics"),
    path("admin/", site.urls),
]
