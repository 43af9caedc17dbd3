"""The app's registration with Django."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "mentormap.payments"
    default_auto_field = "django.db.models.BigAutoField"
