"""The app's registration with Django."""

from django.apps import AppConfig


class BookingsConfig(AppConfig):
    name = "mentormap.bookings"
    default_auto_field = "django.db.models.BigAutoField"
