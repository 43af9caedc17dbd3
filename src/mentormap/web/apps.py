"""The app's registration with Django."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "mentormap.web"
    default_auto_field = "django.db.models.BigAutoField"
