"""The app's registration with Django."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "mentormap.notifications"
    default_auto_field = "django.db.models.BigAutoField"
