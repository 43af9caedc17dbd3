"""The app's registration with Django."""

from django.apps import AppConfig


class AvailabilityConfig(AppConfig):
    name = "mentormap.availability"
    default_auto_field = "django.db.models.BigAutoField"
