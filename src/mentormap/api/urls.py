"""The addresses of the API, and its documentation at /api/docs; the trailing slash is optional for all."""

from django.urls import URLPattern, URLResolver, path

from mentormap.api.api import api

urlpatterns: list[URLPattern | URLResolver] = [path("", api.urls)]
