"""The operators' log: who confirmed which action on what, and why."""

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.utils.translation import gettext_lazy

from mentormap.operations.admin.base import Table
from mentormap.operations.admin.site import site


@admin.register(LogEntry, site=site)
class LogTable(Table):
    """The log of operators' actions; those on a payment are in its timeline too."""

    list_display = ("action_time", "user", "object_repr", "content_type", "change_message")
    list_select_related = ("user", "content_type")
    list_filter = ("content_type",)
    search_fields = ("user__email", "user__name", "object_repr", "change_message", "=object_id")
    search_help_text = gettext_lazy(
        "Name or email of the operator, what it was done to, or words of the reason"
    )
    ordering = ("-action_time",)
    fields = ("action_time", "user", "content_type", "object_id", "object_repr", "change_message")
