"""The app's registration with Django."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "mentormap.operations"
    default_auto_field = "django.db.models.BigAutoField"
