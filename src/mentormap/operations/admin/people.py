"""People and mentors, and how to hide a mentor from the list."""

from allauth.account.models import EmailAddress
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy

from mentormap.accounts.models import User
from mentormap.availability.models import BusyCalendar
from mentormap.lib import clock
from mentormap.lib.money import format_money
from mentormap.mentors import publishing
from mentormap.mentors.models import Mentor
from mentormap.operations.admin.base import Rows, Table, act_on_each, confirmed, given_reason, link
from mentormap.operations.admin.hours import HourRows, OverrideRows, RulesRows, VacationRows
from mentormap.operations.admin.site import site


class EmailRows(Rows):
    model = EmailAddress
    fields = ("email", "verified", "primary")
    readonly_fields = fields


@admin.register(User, site=site)
class UserTable(Table):
    list_display = ("id", "name", "email", "time_zone", "is_active", "is_staff", "is_demo", "date_joined")
    list_display_links = ("id", "name")
    list_filter = ("is_active", "is_staff", "is_demo")
    search_fields = ("=id", "name", "email")
    search_help_text = gettext_lazy("Number, name or email")
    ordering = ("-date_joined", "-id")
    inlines = (EmailRows,)
    fields = (
        "name",
        "email",
        "time_zone",
        "locale",
        "is_active",
        "is_staff",
        "is_demo",
        "date_joined",
        "last_login",
    )


class CalendarRows(Rows):
    """Without their addresses, which are secrets."""

    model = BusyCalendar
    fields = ("id", "name", "read_at", "failing_since", "failures", "last_error", "next_read_at")
    readonly_fields = fields
    verbose_name_plural = "busy calendars"


@admin.register(Mentor, site=site)
class MentorTable(Table):
    list_display = (
        "id",
        "person",
        "headline",
        "rate",
        "time_zone",
        "state",
        "hidden_at",
        "rating",
        "review_count",
    )
    list_display_links = ("id", "person")
    list_filter = ("state", ("hidden_at", admin.EmptyFieldListFilter), "currency", "expertise")
    search_fields = ("=id", "user__name", "user__email", "headline")
    search_help_text = gettext_lazy("Number, name, email or headline")
    ordering = ("-created_at",)
    inlines = (HourRows, OverrideRows, VacationRows, RulesRows, CalendarRows)
    actions = ("hide", "unhide")
    readonly_fields = ("account", "helps_with", "rate", "slots")
    fields = (
        "account",
        "headline",
        "about",
        "photo",
        "helps_with",
        "rate",
        "full_refund_hours",
        "late_refund_percent",
        "reschedule_hours",
        "time_zone",
        "slots",
        "state",
        "hidden_at",
        "hidden_reason",
        "rating",
        "review_count",
        "created_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mentor]:
        """A page draws act_on_each of its fields several times."""
        return super().get_queryset(request).select_related("user").prefetch_related("expertise")

    def actions_of(self, row: Mentor) -> tuple[str, ...]:
        return ("unhide",) if row.hidden_at else ("hide",)

    @admin.display(description=gettext_lazy("mentor"), ordering="user__name")
    def person(self, mentor: Mentor) -> str:
        return f"{mentor.name} <{mentor.user.email}>"

    @admin.display(description=gettext_lazy("expertise"))
    def helps_with(self, mentor: Mentor) -> str:
        return ", ".join(str(one) for one in mentor.expertise.all())

    @admin.display(description=gettext_lazy("hourly rate"), ordering="hourly_rate_minor")
    def rate(self, mentor: Mentor) -> str:
        return format_money(mentor.hourly_rate, locale="en") if mentor.hourly_rate else "–"

    @admin.display(description=gettext_lazy("open slots"))
    def slots(self, mentor: Mentor) -> str:
        address = f"{reverse('mentoring_slots')}?mentor={mentor.pk}"
        return format_html(
            gettext('<a class="text-primary-600 dark:text-primary-500" href="{}">Why is there no slot?</a>'),
            address,
        )

    @admin.display(description=gettext_lazy("account"))
    def account(self, mentor: Mentor) -> str:
        return link(mentor.user, f"{mentor.name} <{mentor.user.email}>")

    @admin.action(description=gettext_lazy("Hide from the list"))
    @confirmed(
        gettext_lazy("Hide {count} {things}? Nobody finds or books them; booked sessions stay."),
        reason=gettext_lazy("Why? The mentor reads this."),
    )
    def hide(self, request: HttpRequest, rows: QuerySet[Mentor]) -> None:
        now, reason = clock.now(), given_reason(request)
        act_on_each(
            self,
            request,
            rows,
            lambda mentor: publishing.hide(mentor, reason=reason, now=now),
            done=gettext("{row} is hidden."),
        )

    @admin.action(description=gettext_lazy("Show in the list again"))
    @confirmed(gettext_lazy("Let {count} {things} be found and booked again?"))
    def unhide(self, request: HttpRequest, rows: QuerySet[Mentor]) -> None:
        act_on_each(self, request, rows, publishing.unhide, done=gettext("{row} is in the list again."))
