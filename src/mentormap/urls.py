"""Every address of the program: pages, API, admin, and what operators watch."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
