"""No-show reports: what both say, and deciding for one of them."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy

from mentormap.bookings import no_shows
from mentormap.bookings.models import NoShowReport
from mentormap.lib import clock
from mentormap.operations.admin.base import Table, act_on_each, confirmed, given_reason, link, operator
from mentormap.operations.admin.site import site


class StandingFilter(admin.SimpleListFilter):
    """Contested ones that wait for an operator come first."""

    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:  # noqa: ARG002
        return [
            ("contested", "waits for you"),
            ("open", "can be contested"),
            ("decided", "decided"),
            ("withdrawn", "withdrawn"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[NoShowReport]) -> QuerySet[NoShowReport]:  # noqa: ARG002
        waiting = queryset.filter(decided_at=None, withdrawn_at=None)
        if self.value() == "contested":
            return waiting.exclude(contested_at=None)
        if self.value() == "open":
            return waiting.filter(contested_at=None)
        if self.value() == "withdrawn":
            return queryset.exclude(withdrawn_at=None)
        return queryset.exclude(decided_at=None) if self.value() else queryset


@admin.register(NoShowReport, site=site)
class NoShowTable(Table):
    list_display = (
        "id",
        "says",
        "of_session",
        "reported_at",
        "contested_at",
        "withdrawn_at",
        "decided_at",
        "decision",
    )
    list_display_links = ("id", "says")
    list_filter = (StandingFilter, "decision", "reported_at")
    list_select_related = ("session__student", "session__mentor__user", "reporter", "decided_by")
    search_fields = ("=session__id", "session__student__email", "session__mentor__user__email", "text")
    search_help_text = gettext_lazy("Session's number, email of either party, or words")
    ordering = ("-reported_at",)
    actions = ("decide_for_student", "decide_for_mentor")
    readonly_fields = ("says", "of_session")
    fields = (
        "says",
        "of_session",
        "reported_at",
        "text",
        "contested_at",
        "contest_text",
        "withdrawn_at",
        "decided_at",
        "decision",
        "decided_by",
        "reason",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[NoShowReport]:
        found: QuerySet[NoShowReport] = super().get_queryset(request)
        return found.select_related(*self.list_select_related)

    def actions_of(self, row: NoShowReport) -> tuple[str, ...]:
        return self.actions if row.is_pending else ()

    @admin.display(description=gettext_lazy("report"))
    def says(self, report: NoShowReport) -> str:
        return str(report)

    @admin.display(description=gettext_lazy("session"), ordering="session_id")
    def of_session(self, report: NoShowReport) -> str:
        return link(report.session)

    @admin.action(description=gettext_lazy("Decide for the student"))
    @confirmed(
        gettext_lazy("Decide {count} {things} for the student? All that is left of the payment goes back."),
        reason=gettext_lazy("Why? Student and mentor read this."),
    )
    def decide_for_student(self, request: HttpRequest, rows: QuerySet[NoShowReport]) -> None:
        self._decide(request, rows, NoShowReport.Decision.STUDENT)

    @admin.action(description=gettext_lazy("Decide for the mentor"))
    @confirmed(
        gettext_lazy(
            "Decide {count} {things} for the mentor? The session counts as held, and nothing goes back."
        ),
        reason=gettext_lazy("Why? Student and mentor read this."),
    )
    def decide_for_mentor(self, request: HttpRequest, rows: QuerySet[NoShowReport]) -> None:
        self._decide(request, rows, NoShowReport.Decision.MENTOR)

    def _decide(
        self, request: HttpRequest, rows: QuerySet[NoShowReport], decision: NoShowReport.Decision
    ) -> None:
        by, reason, now = operator(request), given_reason(request), clock.now()
        act_on_each(
            self,
            request,
            rows,
            lambda report: no_shows.decide(report, decision, reason=reason, by=by, now=now),
            done=gettext("{row}: decided for the student.")
            if decision == NoShowReport.Decision.STUDENT
            else gettext("{row}: decided for the mentor."),
        )
