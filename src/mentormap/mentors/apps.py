"""The app's registration with Django."""

from django.apps import AppConfig


class MentorsConfig(AppConfig):
    name = "mentormap.mentors"
    default_auto_field = "django.db.models.BigAutoField"
