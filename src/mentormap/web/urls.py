"""The addresses of the pages; the trailing slash is optional for all (middleware.py)."""

from django.urls import URLPattern, URLResolver, path

from mentormap.web.views.home import home
from mentormap.web.views.time_zone import time_zone

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("time-zone", time_zone, name="time_zone"),
]
