"""A mentor's hours and rules, as rows on the mentor's page."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from mentormap.availability.models import BookingRules, DateOverride, Vacation, WeeklyHours
from mentormap.lib import clock
from mentormap.operations.admin.base import Rows


class HourRows(Rows):
    model = WeeklyHours
    fields = ("weekday", "starts", "ends")
    readonly_fields = fields


class OverrideRows(Rows):
    model = DateOverride
    verbose_name_plural = gettext_lazy("days with other hours, to come")
    fields = ("day", "starts", "ends")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(day__gte=clock.now().date())


class VacationRows(Rows):
    """The note is the mentor's alone."""

    model = Vacation
    verbose_name_plural = gettext_lazy("vacations, to come")
    fields = ("first_day", "last_day")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(last_day__gte=clock.now().date())


class RulesRows(Rows):
    model = BookingRules
    fields = (
        "start_step_minutes",
        "minimum_notice_minutes",
        "horizon_days",
        "buffer_before_minutes",
        "buffer_after_minutes",
        "most_a_day",
        "most_a_week",
    )
    readonly_fields = fields
