"""The app's registration with Django, which finds the page at /api/docs by it."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "mentormap.api"
